"""Cookies that say nothing (docs/protocol.md §2.2) corrupt nothing: they are replaced in their own place alone."""

import json

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cassette.model import Body, Call, Cassette, Line, Recorded, RequestPart, ResponsePart, SocketExchange
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor
from harness.services.copilot import COPILOT

FILLERS = ["_EDGE_V=1", "_C_ETH=1", "_C_Auth=", "_EDGE_S=F=1", "MSFPC=en-US", "SRCHD=AF=NOFORM", "name=Al", "a=true"]
WORDS = ["1", "F=1", "Al", "Almost", "en-US", "AF=NOFORM", "true", "_EDGE_V=1", '"', "\\", " ", "&", "ü", "0.1", "%31"]


@settings(max_examples=60, deadline=None)
@given(
    cookies=st.lists(st.sampled_from(FILLERS), min_size=1),
    words=st.lists(st.sampled_from(WORDS) | st.text(max_size=4), max_size=30),
)
def test_session_with_filler_cookies_keeps_every_other_byte(cookies, words):
    text = "".join(words)
    document = json.dumps({"text": text, "first": words[:1], "n": 1}).encode()
    delta = json.dumps({"event": "appendText", "text": text}).encode()
    sent = RequestPart(headers=(("cookie", "; ".join(cookies)), ("x-a", "1")), body=Body(data=document))
    cookie = ("set-cookie", f"{cookies[0]}; Path=/")
    call = Call(
        method="POST",
        target="/?a=1",
        request=sent,
        response=ResponsePart(status=200, headers=(cookie,), body=sent.body),
    )
    messages = (Line("<", 1, "text", delta), Line("<", 2, "text", delta), Line(">", 3, "binary", document))
    socket = SocketExchange(target="/1", at=1, response=ResponsePart(status=101), messages=messages)
    recorded = Recorded(at="2026-11-23T05:00:00Z", by="relay")
    clean = redact_cassette(Redactor(COPILOT), Cassette(recorded=recorded, exchanges=(call, socket)))
    assert clean.exchanges[1] == socket
    assert without_cookies(clean.exchanges[0]) == without_cookies(call)


def without_cookies(call):
    parts = [
        msgspec.structs.replace(part, headers=tuple(pair for pair in part.headers if "cookie" not in pair[0]))
        for part in (call.request, call.response)
    ]
    return msgspec.structs.replace(call, request=parts[0], response=parts[1])
