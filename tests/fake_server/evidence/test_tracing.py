"""What happens is said while it happens, with what it rests on, and without what anybody wrote."""

import json

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from fake_server.evidence import EVIDENCE
from fake_server.stage import Request, Response
from fake_server.tracing import Traced, _received_command, _sent_event
from provider.websocket import Message, Opcode
from tests.support.clients.core_client import send

OPTIONS = '{"event":"setOptions"}'
MESSAGES = st.dictionaries(
    st.sampled_from(["event", "errorCode", "method", "text"]),
    st.sampled_from(["error", "challenge", "send", "throttled", "hashcash"])
    | st.text()
    | st.none()
    | st.lists(st.integers()),
)
WELCOME = "&clientSessionId=1&accessToken=t"


def talk(site, *messages, until="done", query=WELCOME, **settings):
    """Say that on a socket, up to an event of that name; the lines, when the server has ended."""
    running = site(**settings)
    socket = running.dial(query)
    for message in messages:
        socket.send(message)
    listen(socket, until)
    socket.close()
    running.stop()
    return running.lines


def listen(socket, *names):
    """Receive up to an event of one of these names."""
    while json.loads(socket.recv(5))["event"] not in names:
        pass


def squeezed(lines):
    """Lines without their number and their column."""
    return [" ".join(line.split()[1:]) for line in lines]


def test_request_is_said_with_its_paragraph(site):
    running = site()
    running.ask("GET", "/c/api/user")
    assert squeezed(running.lines) == ["GET /c/api/user -> 200 §3.2 [5]"]


def test_refusal_is_said_with_its_reason(site):
    running = site(strict=True, because=False)
    running.ask("POST", "/c/api/attachments", content_type="image/png")
    assert squeezed(running.lines) == [
        "POST /c/api/attachments -> 403 §3.3 [1]: an upload without a Bearer token (strict)"
    ]


def test_request_that_is_not_answered_is_said(site):
    running = site(faults={"user": "drop"})
    with pytest.raises(httpx.RemoteProtocolError):
        running.ask("GET", "/c/api/user")
    told = "nothing, the connection ends (eof) the fake's own: no answer: the connection ends (fault drop)"
    assert squeezed(running.lines) == [f"GET /c/api/user -> {told}"]


def test_turn_is_said_from_the_handshake_to_the_end(site):
    assert squeezed(talk(site, OPTIONS, send("hi"), until="suggestedFollowups", generation="2025-03")) == [
        "GET /c/api/chat -> 101 §4.1 [6]",
        "> setOptions §4.3 [5+]",
        "> send §4.3 [4]",
        "< received §4.4 [3]",
        "< startMessage §4.4 [4]",
        "< appendText §4.4 [10+]",
        ".. 3 more",
        "< partCompleted §4.4 [4]",
        "< done §4.4 [10+]",
        "< titleUpdate §4.4 [3] (--switch after-done)",
        "< suggestedFollowups §4.4 [3] (--switch suggestions)",
        "> close 1000",
    ]


def test_binary_message_is_said_to_be_one(site):
    assert "> setOptions (binary) §4.3 [5+]" in squeezed(talk(site, OPTIONS.encode(), send("hi")))


@pytest.mark.parametrize(
    ("message", "settings", "why"),
    [
        ("no JSON", {}, "§4.6 [2]: no JSON, no `event`, or another shape than known"),
        ('{"event":"nonsense"}', {}, "§4.6 [2]: an event that nobody knows"),
        (
            send("hi"),
            {"strict": True, "greeting_delay": 60},
            "§4.2 [1], conflict: a message before `connected` (strict)",
        ),
        (send("hi", "c" * 101), {}, "the fake's own: a conversation's id of none, or over 100 characters"),
        ('{"event":"challengeResponse","token":"t"}', {}, "§4.6 [inf]: an answer to a challenge that was not asked"),
    ],
)
def test_invalid_event_is_said_with_its_very_reason(site, message, settings, why):
    lines = squeezed(talk(site, message, until="error", **settings))
    assert f"< error invalid-event {why}" in lines


def test_missing_session_id_is_said(site):
    lines = talk(site, OPTIONS, send("hi"), until="error", query="&accessToken=t", strict=True, greeting_delay=0)
    assert any("§4.1 [1]: no `clientSessionId` in the socket's URL (strict)" in line for line in lines)


def test_code_that_a_scenario_asks_for_is_said_by_its_row(site):
    lines = squeezed(talk(site, send("/error throttled"), until="error"))
    assert "< error throttled §4.6 [2]: sent as chatMessageError, with the time to wait" in lines


@pytest.mark.parametrize("method", ["none-key", "null", "hashcash"])
def test_challenge_is_said_by_its_method(site, method):
    lines = squeezed(talk(site, send(f"/challenge {method}"), until="challenge"))
    assert any(line.startswith(f"< challenge {method} §4.7 [") for line in lines)


def test_picture_too_large_to_read_is_said_by_its_name(site):
    lines = squeezed(talk(site, send("/image-large a cat"), until="imageGenerated"))
    assert "< partialImageGenerated §4.4 [3] (--switch previews)" in lines


@pytest.mark.parametrize(
    ("prompt", "line"),
    [("/cut 0", "< the connection ends (eof) §8.6 [meas]"), ("/close 4001 bye", "< close 4001")],
)
def test_end_by_the_service_is_said(site, prompt, line):
    running = site()
    socket = running.dial(WELCOME)
    socket.send(send(prompt))
    with pytest.raises(ConnectionClosed):
        list(iter(socket.recv, None))
    running.stop()
    assert line in squeezed(running.lines)


def test_nothing_that_a_client_wrote_is_said(site):
    running = site()
    running.ask(
        "GET", "/hush-path?q=hush-query", authorization="Bearer hush-token", cookie="__Host-copilot-anon=hush-cookie"
    )
    running.ask("GET", "/c/api/conversations/hush-id/history")
    running.ask("HUSH", "/c/api/user")
    socket = running.dial("&clientSessionId=hush-session&accessToken=hush-token")
    for message in ('{"event":"hush-event"}', send("hush-prompt", "hush-conversation"), send("/error hush-code", "c2")):
        socket.send(message)
        listen(socket, "error", "done")
    socket.close(4002, "hush-reason")
    running.stop()
    assert len(running.lines) > 8
    assert [line for line in running.lines if "hush" in line.lower()] == []


def test_requests_are_told_apart_by_their_numbers(site):
    running = site()
    running.ask("GET", "/c/api/user")
    running.ask("GET", "/c/api/user")
    assert [line.split()[0] for line in running.lines] == ["#1", "#2"]


async def test_traced_stage_is_closed_with_its_server():
    class Closing:
        closed = False

        async def handle(self, request):
            return Response(status=204)

        async def close(self):
            self.closed = True

    inner, lines = Closing(), []
    stage = Traced(inner, lines.append)
    assert (await stage.handle(Request(method="GET", target="/"))).status == 204
    await stage.close()
    assert (inner.closed, squeezed(lines)) == (True, ["GET / -> 204 §3.1 [3]"])


@given(data=st.binary(max_size=200) | st.builds(lambda fields: json.dumps(fields).encode(), MESSAGES))
@example(data=b'{"event":["a"]}')
@example(data=b"[" * 100_000)
@example(data=b'{"event":"appendText","text":"' + b"x" * 100_000 + b'"}')
def test_any_message_is_said_in_words_of_the_tables(data):
    for opcode in (Opcode.TEXT, Opcode.BINARY):
        said = (_received_command(Message(opcode, data)), _sent_event(Message(opcode, data)))
        words = {what.split()[1].strip("()") for what, _ in said}
        assert words <= {each.name.split()[0] for each in EVIDENCE} | {"any"}
