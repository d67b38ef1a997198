"""Stubs of WebSockets: steps, mismatches, what is left, subprotocols."""

import re

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from harness.stubs import StubError, containing, like


def closed(socket):
    """Code and reason with which the server closed."""
    with pytest.raises(ConnectionClosed) as raised:
        socket.recv(timeout=5)
    return None if raised.value.rcvd is None else (raised.value.rcvd.code, raised.value.rcvd.reason)


def test_steps_go_one_after_the_other(stubs):
    stub = stubs.on_socket("/ws", query={"v": "1"}).expect("hello").send("welcome").expect({"type": "ask"})
    stub.send(lambda got: {"answer to": got["type"]}).send(b"\x01").close(4001, "over")
    with connect(stubs.ws_url + "/ws?v=1") as socket:
        socket.send("hello")
        assert socket.recv(timeout=5) == "welcome"
        socket.send('{ "type": "ask" }')
        assert socket.recv(timeout=5) == '{"answer to":"ask"}'
        assert socket.recv(timeout=5) == b"\x01"
        assert closed(socket) == (4001, "over")
    assert stub.received == ["hello", {"type": "ask"}]
    assert [(call.path, call.status) for call in stub.calls] == [("/ws", 101)]
    assert stubs.report().ok


@pytest.mark.parametrize(
    ("expected", "sent"),
    [
        (b"\x00", b"\x00"),
        (like("SUB *"), "SUB topic"),
        (re.compile(r"\d+"), "12"),
        (containing({"id": 1}), '{"id": 1, "more": 2}'),
        (lambda got: got["n"] > 1, '{"n": 2}'),
        ([1, 2], "[1, 2]"),
    ],
)
def test_what_is_expected_may_be_described(stubs, expected, sent):
    stubs.on_socket("/").expect(expected).send("ok")
    with connect(stubs.ws_url + "/") as socket:
        socket.send(sent)
        assert socket.recv(timeout=5) == "ok"
    assert stubs.report().ok


def test_another_message_closes_the_socket_and_is_reported(stubs):
    stubs.on_socket("/ws").expect({"type": "ask", "id": 1}).send("never")
    with connect(stubs.ws_url + "/ws") as socket:
        socket.send('{"type": "other", "id": 1}')
        assert closed(socket) == (4004, "wiretape: mismatch at message 1")
    text = stubs.report().text()
    assert "message-mismatch: stub 1: socket /ws: message 1 of the client differs" in text
    assert 'message.type: expected "ask", came "other"' in text
    assert "unplayed" not in text


def test_a_message_beyond_the_steps_is_reported(stubs):
    stubs.on_socket("/").send("hello")
    with connect(stubs.ws_url + "/") as socket:
        assert socket.recv(timeout=5) == "hello"
        socket.send("more")
        assert closed(socket)[0] == 4004
    assert "expects no further message: add .expect(..), or .whenever(..)" in stubs.report().text()


def test_heartbeats_are_answered_between_any_steps(stubs):
    stubs.on_socket("/").whenever("ping", "pong").whenever(like("log *")).expect("a").send("b")
    with connect(stubs.ws_url + "/") as socket:
        for sent in ("ping", "log 1", "a", "ping"):
            socket.send(sent)
        assert [socket.recv(timeout=5) for _ in range(3)] == ["pong", "b", "pong"]
    assert stubs.report().ok


def test_a_client_that_sends_nothing_is_reported(stubs):
    stubs.on_socket("/ws").expect("hello")
    with connect(stubs.ws_url + "/ws") as socket:
        assert closed(socket) == (4004, "wiretape: no message in time")
    assert "client-hung: stub 1: socket /ws: waited 0.5 s for message 1 of the client (step 1)" in stubs.report().text()


def test_a_client_that_leaves_early_leaves_its_steps_unplayed(stubs):
    stubs.on_socket("/ws").send("a").expect("b").send("c")
    with connect(stubs.ws_url + "/ws") as socket:
        assert socket.recv(timeout=5) == "a"
    [problem] = stubs.report().problems
    assert (problem.kind, problem.unsent, problem.unsaid) == ("unplayed", 1, 1)


def test_a_cut_is_no_close_frame(stubs):
    stubs.on_socket("/").send("a").wait(0.01).cut("eof")
    with connect(stubs.ws_url + "/") as socket:
        assert socket.recv(timeout=5) == "a"
        assert closed(socket) is None


def test_subprotocols_are_chosen_among_the_offered_ones(stubs):
    stubs.on_socket("/", subprotocol="b").optional()
    stubs.on_socket("/first").optional()
    with connect(stubs.ws_url + "/", subprotocols=["a", "b"]) as socket:
        assert socket.subprotocol == "b"
    with connect(stubs.ws_url + "/first", subprotocols=["x", "y"]) as socket:
        assert socket.subprotocol == "x"
    with pytest.raises(Exception, match="501"):
        connect(stubs.ws_url + "/", subprotocols=["a"])


def test_each_connection_begins_with_the_first_step(stubs):
    stubs.on_socket("/").times(2).send("hello")
    for _ in range(2):
        with connect(stubs.ws_url + "/") as socket:
            assert socket.recv(timeout=5) == "hello"
    assert stubs.report().ok


@pytest.mark.parametrize(
    ("define", "text"),
    [
        (lambda s: s.close(1006), "without 1004"),
        (lambda s: s.close(1000, "x" * 124), "123 bytes"),
        (lambda s: s.close().send("a"), "put that last"),
        (lambda s: s.wait(float("nan")), "number of seconds"),
    ],
)
def test_a_malformed_step_is_refused_where_it_is_written(stubs, define, text):
    with pytest.raises(StubError, match=re.escape(text)):
        define(stubs.on_socket("/").optional())
