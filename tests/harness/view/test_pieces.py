"""The pieces of an answer: where the profile says, or at the usual places of well-known services."""

import json

import pytest

from harness.cassette.model import Body, Call, Cassette, Line, Recorded, RequestPart, ResponsePart, SocketExchange
from harness.services.copilot import COPILOT
from harness.services.neutral import NEUTRAL
from harness.view.session_data import session_data

STREAM = (("content-type", "text/event-stream"),)


def pieces(exchange, profile=NEUTRAL):
    cassette = Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), exchanges=(exchange,))
    return [event["piece"] for event in session_data(cassette, profile, "one")["events"] if "piece" in event]


def stream(*values):
    lines = tuple(
        Line("<", at, "text", f"data: {json.dumps(value)}\n\n".encode()) for at, value in enumerate(values, 1)
    )
    return Call(
        method="POST",
        target="/v1",
        request=RequestPart(body=Body(data=b"{}")),
        response=ResponsePart(status=200, headers=STREAM, stream=lines),
    )


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: {"choices": [{"delta": {"content": text}}]},
        lambda text: {"candidates": [{"content": {"parts": [{"text": text}]}}]},
        lambda text: {"type": "content_block_delta", "delta": {"type": "text_delta", "text": text}},
        lambda text: {"type": "response.output_text.delta", "delta": text},
        lambda text: {"message": {"role": "assistant", "content": text}},
    ],
)
def test_streams_of_well_known_services_have_pieces_without_a_profile(wrap):
    assert pieces(stream({"started": True}, wrap("Hel"), wrap("lo"), {"choices": []})) == ["Hel", "lo"]


def test_one_text_alone_is_no_answer_in_pieces():
    assert pieces(stream({"text": "whole"}, {"done": True})) == []


def test_what_the_client_sends_is_no_piece():
    lines = tuple(Line(">", at, "text", b'{"text":"a"}') for at in range(3))
    assert pieces(SocketExchange(target="/chat", response=ResponsePart(status=101), messages=lines)) == []


def test_a_profile_that_names_pieces_decides():
    texts = (b'{"event":"other","text":"no"}', b'{"event":"other","text":"no"}', b'{"event":"appendText","text":"yes"}')
    lines = tuple(Line("<", at, "text", text) for at, text in enumerate(texts))
    assert pieces(SocketExchange(target="/chat", response=ResponsePart(status=101), messages=lines), COPILOT) == ["yes"]
