"""Sockets: units of time, opcodes, base64, and what is missing."""

import base64

import pytest

from tests.harness.har.conftest import SECONDS, STARTED, entry, har, message, socket


def lines(exchanges):
    (exchange,) = exchanges
    return [(line.direction, line.kind, line.data) for line in exchange.messages]


def test_messages_keep_their_direction_and_text(taken):
    found = lines(taken(socket(message("{}", "send"), message("ü😀"))))
    assert found[:2] == [(">", "text", b"{}"), ("<", "text", "ü😀".encode())]


def test_without_a_close_the_socket_is_cut(bring):
    imported = bring(har(socket(message("{}"))))
    assert lines(imported.cassette.exchanges)[-1] == ("!", "cut", b"")
    assert not imported.cassette.recorded.complete
    assert "no-close" in imported.report.plain()["losses"]


def test_close_frame_gives_code_and_reason(bring):
    payload = base64.b64encode((4000).to_bytes(2, "big") + b"bye").decode()
    imported = bring(har(socket(message("{}"), message(payload, "send", opcode=8))))
    last = imported.cassette.exchanges[0].messages[-1]
    assert (last.direction, last.kind, last.code, last.data) == (">", "close", 4000, b"bye")
    assert imported.cassette.recorded.complete


@pytest.mark.parametrize("data", ["", "AA==", "no base64!", "A+n///8="])
def test_close_frame_that_is_none_has_no_code(taken, data):
    last = taken(socket(message(data, opcode=8)))[0].messages[-1]
    assert (last.kind, last.code, last.data) == ("close", None, b"")


def test_binary_messages_pings_and_pongs_are_base64(taken):
    found = lines(taken(socket(*(message("AAH/", opcode=code) for code in (2, 9, 10)))))
    assert found[:3] == [("<", kind, b"\x00\x01\xff") for kind in ("binary", "ping", "pong")]


def test_binary_message_that_is_no_base64_is_its_text(taken):
    assert lines(taken(socket(message("{}", opcode=2))))[0] == ("<", "binary", b"{}")


def test_other_opcodes_are_left_out_and_counted(losses):
    assert losses(socket(message("x"), message("x", opcode=0), message("x", opcode=11)))["odd-messages"] == 2


def test_masked_data_is_taken_as_it_stands(taken):
    assert lines(taken(socket({**message("{}", "send"), "mask": True})))[0] == (">", "text", b"{}")


@pytest.mark.parametrize("factor", [1, 1e3, 1e6])
def test_times_in_seconds_milliseconds_or_microseconds(taken, factor):
    (exchange,) = taken(socket(message("a", time=(SECONDS + 0.25) * factor), message("b", time=(SECONDS + 1) * factor)))
    assert [line.time for line in exchange.messages[:2]] == [250_000, 1_000_000]


@pytest.mark.parametrize("time", [-1, 0, None, 17])
def test_messages_without_a_time_follow_each_other(bring, time):
    imported = bring(har(socket(message("a", time=time), message("b", time=time))))
    assert [line.data for line in imported.cassette.exchanges[0].messages[:2]] == [b"a", b"b"]
    assert imported.report.plain()["losses"]["no-message-times"]["count"] == 2


def test_times_that_go_back_do_not_change_the_order(taken):
    (exchange,) = taken(socket(message("a", time=SECONDS + 2), message("b", time=SECONDS + 1)))
    assert [line.data for line in exchange.messages[:2]] == [b"a", b"b"]


@pytest.mark.parametrize("url", ["wss://copilot.microsoft.com/c", "https://copilot.microsoft.com/c"])
def test_socket_is_known_by_its_messages_whatever_its_scheme(taken, url):
    (exchange,) = taken(entry(url, status=101, text="", _webSocketMessages=[message("{}")]))
    assert lines([exchange])[0] == ("<", "text", b"{}")


def test_socket_without_messages_is_cut_and_reported(bring):
    imported = bring(har(socket()))
    assert lines(imported.cassette.exchanges) == [("!", "cut", b"")]
    assert "no turn on it can be replayed" in imported.report.text()


def test_socket_that_was_refused_has_its_answer(taken):
    (exchange,) = taken(socket(response={"status": 401, "content": {"text": "sign in", "size": 7, "mimeType": ""}}))
    assert (exchange.response.status, exchange.response.body.data, exchange.messages) == (401, b"sign in", ())


def test_head_of_a_socket_comes_before_its_first_message(taken):
    slow = {"send": 0, "wait": 500, "receive": 100}
    (exchange,) = taken(socket(message("{}", time=SECONDS + 0.1), timings=slow, at=STARTED))
    assert exchange.response.after <= exchange.messages[0].time


def test_file_without_any_socket_is_reported(losses):
    assert losses(entry())["no-sockets"] == 1
    assert "no-sockets" not in losses(entry(), socket())


@pytest.mark.parametrize(
    ("change", "data"),
    [
        ({"opcode": "1"}, b"{}"),
        ({"opcode": 1.0}, b"{}"),
        ({"opcode": "text"}, b"{}"),
        ({"time": 1e300}, b"{}"),
        ({"time": STARTED}, b"{}"),
        ({"type": "RECEIVE"}, b"{}"),
        ({"data": {"a": [1]}}, b'{"a":[1]}'),
        ({"data": 7}, b"7"),
        ({"data": None}, b""),
    ],
)
def test_message_of_another_type_is_read_as_what_it_means(bring, change, data):
    imported = bring(har(socket(message("first"), {**message("{}"), **change})))
    assert [line[2] for line in lines(imported.cassette.exchanges)[:2]] == [b"first", data]


@pytest.mark.parametrize(
    "odd", [{"type": "both"}, {"type": 1}, {"type": "error", "opcode": -1}, {"opcode": "what"}, None, 7]
)
def test_what_is_no_message_is_left_out_and_counted(bring, odd):
    there = {**message("{}"), **odd} if isinstance(odd, dict) else odd
    imported = bring(har(socket(message("a"), there, message("b"))))
    assert [line[2] for line in lines(imported.cassette.exchanges)[:2]] == [b"a", b"b"]
    assert imported.report.plain()["losses"]["odd-messages"]["count"] == 1


def toolkit(close, *messages, **more):
    """A socket as HTTP Toolkit writes it: how it ended stands beside the messages."""
    return socket(*messages, _webSocketClose=close, **{"_webSocketMessages": list(messages), **more})


@pytest.mark.parametrize(
    ("close", "end"),
    [
        ({"code": 4001, "reason": "bye", "timestamp": 12.5}, ("<", "close", 4001, b"bye")),
        ({"code": 1000, "reason": ""}, ("<", "close", 1000, b"")),
        ({"code": 1005}, ("<", "close", None, b"")),
        ({"code": 1006}, ("<", "eof", None, b"")),
        ({}, ("<", "close", None, b"")),
        ("aborted", ("<", "eof", None, b"")),
        (None, ("!", "cut", None, b"")),
    ],
)
def test_end_that_http_toolkit_tells_is_taken(bring, close, end):
    imported = bring(har(toolkit(close, message("{}"), time=900)))
    last = imported.cassette.exchanges[0].messages[-1]
    assert (last.direction, last.kind, last.code, last.data) == end
    assert imported.cassette.recorded.complete == (close is not None)
    assert last.time >= 500_000
    assert ("no-close" in imported.report.plain()["losses"]) == (close is None)


def test_socket_of_http_toolkit_without_messages_has_its_end(bring):
    (exchange,) = bring(har(toolkit({"code": 4000, "reason": ""}))).cassette.exchanges
    assert [(line.kind, line.code) for line in exchange.messages] == [("close", 4000)]
