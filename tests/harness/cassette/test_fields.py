"""Every key is checked, and an error names its path."""

from __future__ import annotations

import pytest

from harness.cassette.codec import parse, render
from harness.cassette.errors import (
    CassetteError,
    FieldError,
    NewerFormatError,
    TranscriptError,
    UnknownFieldError,
    UnreadableCassetteError,
)
from harness.cassette.model import Aborted, Call, Cassette, Recorded, RequestPart, ResponsePart, SocketExchange
from tests.support.hostile.cassettes import HEAD, answered, with_call

_NO_EXCHANGES = f"{HEAD}exchanges: []\n".encode()
_OK = "response: {status: 200}"


def test_the_shortest_cassette():
    assert parse(_NO_EXCHANGES) == Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"))


@pytest.mark.parametrize("content", [b"[]", b"text", b"1", b"recorded: {}", b"{}", b"log: {}"])
def test_a_file_without_a_version_is_no_cassette(content: bytes):
    with pytest.raises(UnreadableCassetteError, match="it has no key `cassette: 1`"):
        parse(content)


@pytest.mark.parametrize("content", [b"", b"# nothing\n"])
def test_an_empty_file_is_no_cassette(content: bytes):
    with pytest.raises(UnreadableCassetteError, match="not a cassette: the file is empty"):
        parse(content)


def test_a_newer_version_is_refused_before_anything_else_is_looked_at():
    with pytest.raises(
        NewerFormatError, match=r"^chat\.yaml:2: cassette: the file is in version 2 .* upgrade wiretape"
    ):
        parse(b"tapes: what the future brings\ncassette: 2\n", "chat.yaml")


@pytest.mark.parametrize("version", ["0", "-1", "'1'", "true", "1.0", "null", "[1]"])
def test_a_version_that_never_was_is_refused(version: str):
    with pytest.raises(FieldError, match="cassette: expected `cassette: 1`"):
        parse(_NO_EXCHANGES.replace(b"cassette: 1", f"cassette: {version}".encode()))


@pytest.mark.parametrize(
    ("head", "where", "problem"),
    [
        ("recorded: {at: 2026-11-23T05:00:00Z}", "recorded", "the key `by` is missing"),
        ("recorded: {by: hand}", "recorded", "the key `at` is missing"),
        ("recorded: {at: yesterday, by: hand}", "recorded.at", "expected a time in UTC"),
        ("recorded: {at: 2026-11-23T05:00:00+01:00, by: hand}", "recorded.at", "expected a time in UTC"),
        ("recorded: {at: 2026, by: hand}", "recorded.at", "expected text, found a whole number (put it in quotes)"),
        ("recorded: {at: 2026-11-23T05:00:00Z, by: ''}", "recorded.by", "expected what made the cassette"),
        ("recorded: {at: 2026-11-23T05:00:00Z, by: hand, complete: 1}", "recorded.complete", "expected true or false"),
        ("recorded: {at: 2026-11-23T05:00:00Z, by: hand, origin: x}", "recorded.origin", "unknown key"),
        ("recorded: hand", "recorded", "expected a mapping, found text"),
        (f"{HEAD}redacted: cookie", "redacted", "expected a list, found text"),
        (f"{HEAD}redacted: [1]", "redacted[0]", "expected text, found a whole number"),
        (f"{HEAD}order: sesion", "order", "expected exchange or session (did you mean `session`?)"),
        (f"{HEAD}meta: [a]", "meta", "expected a mapping, found a list"),
        (f"{HEAD}exchange: []", "exchange", "unknown key (did you mean `exchanges`?)"),
    ],
)
def test_the_envelope_is_checked(head: str, where: str, problem: str):
    lines = head if head.startswith("cassette") else f"cassette: 1\n{head}"
    with pytest.raises(FieldError) as caught:
        parse(f"{lines}\nexchanges: []\n".encode())
    assert caught.value.where == where
    assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize(
    ("rest", "where", "problem"),
    [
        ("response: {status: 200, headres: {}}", "response.headres", "unknown key (did you mean `headers`?)"),
        ("responses: {status: 200}", "responses", "unknown key (did you mean `response`?)"),
        ("messages: ''\nresponse: {status: 200}", "messages", "unknown key"),
        ("request: {}", "", "an exchange has one of the keys `response` and `aborted`"),
        (f"{_OK}\naborted: {{by: client}}", "", "an exchange has one of the keys `response` and `aborted`"),
        ("socket: /x\nresponse: {status: 200}", "", "expected exactly one of the keys `call` and `socket`"),
        ("response: {}", "response", "the key `status` is missing"),
        ("response: null", "response", "expected a mapping, found nothing"),
        ("response: {status: '200'}", "response.status", "expected a whole number, found text"),
        ("response: {status: true}", "response.status", "expected a whole number, found true or false"),
        ("response: {status: 199}", "response.status", "expected 101, or 200 to 999"),
        ("response: {status: 1000}", "response.status", "expected 101, or 200 to 999"),
        (
            "response: {status: 101}",
            "response.status",
            "a `call` cannot have status 101: write the exchange as `socket`",
        ),
        ("response: {status: 200, after: -1}", "response.after", "expected seconds from 0"),
        ("response: {status: 200, after: 1e9}", "response.after", "expected seconds from 0"),
        ("response: {status: 200, after: soon}", "response.after", "expected seconds such as"),
        ("response: {status: 200, after: true}", "response.after", "expected seconds such as"),
        ("response: {status: 200, after: 0.0000001}", "response.after", "seconds have at most six digits"),
        ('response: {status: 200, reason: "a\\nb"}', "response.reason", "a reason is latin-1 text"),
        ("response: {status: 200, reason: ŝ}", "response.reason", "a reason is latin-1 text"),
        ("response: {status: 200, decoded: 1}", "response.decoded", "expected text"),
        ("response: {status: 200, text: a, stream: ''}", "response.stream", "a streamed body has no other body"),
        ("aborted: {}", "aborted", "the key `by` is missing"),
        ("aborted: {by: me}", "aborted.by", "expected client, server or recorder"),
        ("aborted: {by: client, how: rest}", "aborted.how", "expected eof, reset or timeout (did you mean `reset`?)"),
    ],
)
def test_a_call_is_checked(rest: str, where: str, problem: str):
    with pytest.raises(FieldError) as caught:
        parse(with_call(rest))
    assert caught.value.where == f"exchanges[0].{where}".rstrip(".")
    assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize("method", ["get", "Patch", "PROPFIND", "M-SEARCH", "QUERY", "purge"])
def test_a_method_is_kept_as_it_was_sent(method: str):
    (call,) = parse(with_call(_OK).replace(b"GET /x", f"{method} /x".encode())).exchanges
    assert isinstance(call, Call)
    assert call.method == method


@pytest.mark.parametrize("line", ["GET", "G(T /x", "GET x", "GET /a b", "GET /é", "GET ftp://x/", "/x", "GET //\x7f"])
def test_a_call_needs_a_method_and_a_target(line: str):
    content = with_call(_OK).replace(b"GET /x", line.encode())
    with pytest.raises(CassetteError, match=r"expected a method and a target|may not stand raw"):
        parse(content)


@pytest.mark.parametrize("line", ["OPTIONS *", "GET /", "GET  /x?a=b#c", "M-SEARCH https://other.example", "GET //x"])
def test_a_call_may_be_any_method_and_target(line: str):
    (call,) = parse(with_call(_OK).replace(b"GET /x", line.encode())).exchanges
    assert isinstance(call, Call)
    assert [call.method, call.target] == line.split()


@pytest.mark.parametrize(
    ("rest", "problem"),
    [
        ("response: {status: 101, text: hi}\n  messages: ''", "status 101 has no body"),
        ("response: {status: 101, stream: ''}\n  messages: ''", "status 101 has no body"),
        ("response: {status: 101, trailers: {a: b}}\n  messages: ''", "status 101 has no body"),
        ("response: {status: 401}\n  messages: ''", "only an accepted socket"),
        ("aborted: {by: client}\n  messages: ''", "only an accepted socket"),
        ("response: {status: 101}\n  messages: [a]", "expected text, found a list"),
    ],
)
def test_a_socket_is_checked(rest: str, problem: str):
    with pytest.raises((FieldError, TranscriptError), match=problem):
        parse(f"{HEAD}exchanges:\n- socket: /x\n  at: 0\n  {rest}\n".encode())


def test_a_socket_needs_a_target():
    with pytest.raises(FieldError, match=r"exchanges\[0\]\.socket: expected a path"):
        parse(f"{HEAD}exchanges:\n- socket: x\n  at: 0\n  aborted: {{by: client}}\n".encode())


def test_a_refused_socket_has_status_headers_and_body():
    content = (
        f"{HEAD}exchanges:\n- socket: wss://x/y\n  at: 1\n  response: {{status: 429, headers: {{a: b}}, json: {{}}}}\n"
    )
    (socket,) = parse(content.encode()).exchanges
    assert isinstance(socket, SocketExchange)
    assert socket.response is not None
    assert (socket.response.status, socket.response.body.data, socket.messages) == (429, b"{}", ())


def test_exchanges_stand_in_the_order_of_their_beginning():
    content = f"{HEAD}exchanges:\n- call: GET /a\n  at: 2\n  {_OK}\n- call: GET /b\n  at: 1.5\n  {_OK}\n"
    with pytest.raises(FieldError, match=r"^line:8: exchanges\[1\]\.at: exchanges must be in the order of their `at`"):
        parse(content.encode())


def test_an_exchange_must_say_when_it_began():
    with pytest.raises(FieldError, match=r"exchanges\[0\]: the key `at` is missing"):
        parse(f"{HEAD}exchanges:\n- call: GET /a\n  {_OK}\n".encode())


def test_an_aborted_call_is_kept():
    aborted = Aborted(by="client", after=2_000_000, how="reset")
    (call,) = parse(with_call("aborted: {by: client, after: 2, how: reset}")).exchanges
    assert call == Call(method="GET", target="/x", aborted=aborted)


def test_time_is_kept_to_the_microsecond():
    (call,) = parse(with_call("response: {status: 200, after: 999999999.999999}")).exchanges
    assert call.response is not None
    assert call.response.after == 999_999_999_999_999


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (Call(method="G(T", target="/x", response=ResponsePart(status=200)), "exchanges[0].call"),
        (Call(method="GET", target="/a b", response=ResponsePart(status=200)), "exchanges[0].call"),
        (Call(method="GET", target="/x"), "exchanges[0]"),
        (Call(method="GET", target="/x", at=-1, response=ResponsePart(status=200)), "exchanges[0].at"),
        (Call(method="GET", target="/x", response=ResponsePart(status=42)), "exchanges[0].response.status"),
        (SocketExchange(target="/x", response=ResponsePart(status=200, reason="é\n")), "exchanges[0].response.reason"),
        (
            Call(
                method="GET", target="/x", request=RequestPart(headers=(("A", "b"),)), response=ResponsePart(status=200)
            ),
            "exchanges[0].request.headers.A",
        ),
    ],
)
def test_what_cannot_be_said_is_refused_when_it_is_written(call: Call | SocketExchange, where: str):
    cassette = Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), exchanges=(call,))
    with pytest.raises(FieldError) as caught:
        render(cassette)
    assert caught.value.where == where


@pytest.mark.parametrize("meta", [{"a": (1,)}, {"a": {1}}, {"a": float("nan")}, {"a": "\ud800"}, {1: "a"}, {"a": b"x"}])
def test_meta_that_yaml_cannot_say_is_refused_when_it_is_written(meta: dict[str, object]):
    with pytest.raises(CassetteError):
        render(Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), meta=meta))


def test_defaults_are_left_out_of_the_file():
    content = render(answered(ResponsePart(status=204))).content.decode()
    assert content.partition("complete: true\n")[2] == (
        "exchanges:\n- call: GET /x\n  at: 0.000000\n  response: {status: 204, after: 0.000000}\n"
    )


def test_the_order_of_a_session_is_kept():
    cassette = Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), order="session")
    assert b"\norder: session\n" in render(cassette).content
    assert parse(render(cassette).content) == cassette


def test_an_unknown_key_does_not_reach_a_terminal_raw():
    with pytest.raises(UnknownFieldError) as caught:
        parse(f'{HEAD}"\\e[31mx": 1\nexchanges: []\n'.encode())
    assert "\x1b" not in str(caught.value)
