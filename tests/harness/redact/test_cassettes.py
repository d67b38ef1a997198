import base64
import gzip
import json
import string
from urllib.parse import quote

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cassette.model import Body, Call, Cassette, Line, Recorded, RequestPart, ResponsePart, SocketExchange
from harness.redact.cassettes import MAX_REASON_BYTES, redact_cassette, redact_exchange
from harness.redact.lint import lint_cassette

FROM = Recorded(at="2026-11-23T05:00:00Z", by="relay")
ODD = '"\\/ %+&=<>üß'

ENCODINGS = {
    "plain": lambda secret: secret,
    "percent": lambda secret: quote(secret, safe=""),
    "twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "json": lambda secret: json.dumps(secret)[1:-1],
    "nested": lambda secret: json.dumps(json.dumps(secret)[1:-1])[1:-1],
    "escaped": lambda secret: "".join(f"\\u{ord(one):04x}" for one in secret),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 behind one": lambda secret: base64.b64encode(b"{" + secret.encode() + b"}").decode(),
    "base64url behind two": lambda secret: base64.urlsafe_b64encode(b"ab" + secret.encode() + b"}").decode(),
}


def secrets():
    core = st.lists(st.sampled_from(string.ascii_letters + string.digits), min_size=14, max_size=30, unique=True)
    return st.tuples(core, st.text(ODD, max_size=4)).map(
        lambda pair: "".join(pair[0][:9]) + pair[1] + "".join(pair[0][9:]) + "7"
    )


def shown_in_its_place(secret, place):
    """An exchange that shows a secret in one of the profile's places."""
    inside = json.dumps({"a": [{"accessToken": secret}]}).encode()
    request, response, target = {}, {}, "/x"
    match place:
        case "header":
            secret_header = ("x-session", secret.encode().decode("latin-1"))
            request["headers"] = (secret_header,)
        case "query":
            target = f"/x?access_token={quote(secret, safe='')}"
        case "request":
            request["body"] = Body(data=inside)
        case "response":
            response["body"] = Body(data=inside)
        case "string":
            response["body"] = Body(data=json.dumps({"inner": inside.decode()}).encode())
        case "stream":
            half = len(inside) // 2
            response["stream"] = (Line("<", 1, "text", inside[:half]), Line("<", 2, "text", inside[half:]))
    return Call(
        method="GET", target=target, request=RequestPart(**request), response=ResponsePart(status=200, **response)
    )


def repeated(copy):
    """Exchanges that hold the same text in every other place."""
    text = copy.encode()
    yield Call(
        method="GET",
        target=f"/y/{quote(copy)}?q={quote(copy)}",
        at=1,
        request=RequestPart(headers=(("x-a", text.decode("latin-1")),), body=Body(data=b"note: " + text)),
        response=ResponsePart(
            status=200,
            headers=(("location", f"/{quote(copy)}"),),
            body=Body(data=b"\xff\x00" + text),
            trailers=(("x-b", text.decode("latin-1")),),
        ),
    )
    yield SocketExchange(
        target="/z",
        at=2,
        response=ResponsePart(status=101),
        messages=(
            Line("<", 1, "text", b'{"note":"' + text + b'"}'),
            Line(">", 2, "binary", b"\x00" + text),
            Line("<", 3, "text", b"ab" + text, None, (5, len(text) - 3)),
            Line("<", 4, "close", text[:MAX_REASON_BYTES], 1000),
        ),
    )


def everything(cassette):
    return b"\n".join(walk(msgspec.to_builtins(cassette, builtin_types=(bytes,))))


def walk(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from walk(one)
    elif isinstance(value, str):
        yield value.encode("latin-1", "replace") if value.isascii() else value.encode("latin-1")
    elif isinstance(value, bytes):
        yield value


PLACES = st.sampled_from(["header", "query", "request", "response", "string", "stream"])


@settings(max_examples=150, deadline=None)
@given(secrets(), PLACES, st.sampled_from(sorted(ENCODINGS)), st.booleans())
def test_planted_secret_is_gone_from_every_place_in_every_encoding(new_redactor, secret, place, encoding, late):
    redactor = new_redactor()
    copy = ENCODINGS[encoding](secret)
    exchanges = [shown_in_its_place(secret, place), *repeated(copy)]
    cassette = Cassette(recorded=FROM, exchanges=tuple(reversed(exchanges) if late else exchanges))
    redacted = everything(redact_cassette(redactor, cassette))
    assert redactor.scan(everything(cassette))
    assert not redactor.scan(redacted)
    assert copy.encode() not in redacted
    assert secret.encode() not in redacted


@settings(max_examples=150, deadline=None)
@given(secrets(), PLACES, st.sampled_from(sorted(ENCODINGS)))
def test_json_stays_json_and_frames_fit(new_redactor, secret, place, encoding):
    redactor = new_redactor()
    exchanges = (shown_in_its_place(secret, place), *repeated(json.dumps(ENCODINGS[encoding](secret))[1:-1]))
    redacted = redact_cassette(redactor, Cassette(recorded=FROM, exchanges=exchanges))
    lines = redacted.exchanges[2].messages
    assert "wiretape" in json.loads(lines[0].data)["note"] or "base64" in encoding
    assert sum(lines[2].frames) == len(lines[2].data)


FILLER = st.one_of(
    st.binary(max_size=80),
    st.text(max_size=80).map(lambda text: json.dumps({"text": text, "n": 1.50, "e": text}).encode()),
    st.text('"\\/:{}[],%=&;ab1 ', max_size=80).map(str.encode),
)


@settings(max_examples=300, deadline=None)
@given(FILLER)
def test_data_without_secrets_is_unchanged_byte_for_byte(new_redactor, data):
    redactor = new_redactor()
    redactor.headers([("authorization", "Bearer q7Zk3vX9pLw2RtY8"), ("cookie", "_EDGE_V=1; a=; b=en-US")])
    assert redactor.data(data).data == data


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60) | st.text('"\\{}:a%41&;', max_size=60))
def test_redacting_twice_changes_nothing_more(new_redactor, value):
    redactor = new_redactor()
    inner = json.dumps({"secret": value, "a": [value]})
    once = redactor.data(json.dumps({"password": value, "inner": inner}).encode()).data
    assert json.loads(json.loads(once)["inner"]).keys() == {"secret", "a"}
    assert redactor.data(once).data == once


def test_exchange_without_secrets_stays_equal(new_redactor):
    for exchange in repeated("nothing special here"):
        assert redact_exchange(new_redactor(), exchange) == exchange


def test_long_close_reason_is_cut_to_fit_its_frame(new_redactor):
    redactor = new_redactor()
    reason = ('{"password":"' + "1a2b3c4d" + '"}' + "é" * 51).encode()
    socket = SocketExchange(
        target="/", response=ResponsePart(status=101), messages=(Line("<", 1, "close", reason, 1000),)
    )
    data = redact_exchange(redactor, socket).messages[0].data
    assert len(data) <= MAX_REASON_BYTES
    assert data.decode().startswith('{"password":"wiretape-token-1"}é')


def coded(body):
    headers = (("content-encoding", "gzip"), ("x-a", "1"))
    call = Call(
        method="POST",
        target="/x",
        request=RequestPart(headers=headers, body=Body(data=gzip.compress(body))),
        response=ResponsePart(status=200),
    )
    return Cassette(recorded=FROM, exchanges=(call,))


def test_secret_in_a_body_that_an_older_recorder_kept_coded_is_replaced_there(redactor):
    cassette = redact_cassette(redactor, coded(b'{"accessToken":"hunter2hunter22x"}'))
    request = cassette.exchanges[0].request
    assert request.body.data == b'{"accessToken":"wiretape-token-1"}'
    assert (request.decoded, request.headers) == ("gzip", (("x-a", "1"),))


def test_coded_body_without_a_secret_stays_as_it_is(redactor):
    cassette = coded(b'{"a":"hunter2hunter22x"}')
    assert redact_cassette(redactor, cassette) == cassette


def test_lint_sees_a_secret_in_a_coded_body(redactor):
    cassette = coded(b'{"accessToken":"hunter2hunter22x"}')
    [(where, finding)] = lint_cassette(redactor, cassette, [("a.yaml", b"no secret")])
    assert (where, finding.label) == ("request body of exchange 1 decoded", "accesstoken")
