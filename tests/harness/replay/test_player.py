"""The player behind the real host: calls and its report, to clients that share no code with it."""

from __future__ import annotations

import http.client
import json

import pytest

from harness.cassette.model import Aborted, Call, Line, ResponsePart
from harness.profile import ServiceProfile
from harness.replay.errors import NoMatchError
from tests.support.cassettes.builders import call, socket
from tests.support.replay.playing import chat, fetch, playing, rest_of


def test_call_is_answered_as_recorded():
    recorded = call(
        "POST /a?x=1", b'{"q":1}', answer=b'{"a":1}', status=201, response_headers=(("x-one", "1"),), reason="Fine"
    )
    with playing(recorded) as server:
        response, body = fetch(server, "POST", "/a?x=1", b'{"q": 1}')
        report = server.player.report()
    assert (response.status, response.reason, response.headers["x-one"], body) == (201, "Fine", "1", b'{"a":1}')
    assert report.ok


def test_miss_is_501_with_the_difference():
    with playing(call("POST /a", b'{"q":1}')) as server:
        response, body = fetch(server, "POST", "/a", b'{"q":2}')
    told = json.loads(body)["wiretape"]
    assert (response.status, response.headers["x-wiretape-error"], told["error"]) == (501, "no-match", "no-match")
    assert told["nearest"]["differences"] == [{"field": "body.q", "recorded": "1", "actual": "2", "note": ""}]


def test_second_request_for_one_exchange_is_used_up():
    with playing(call("GET /a")) as server:
        fetch(server, "GET", "/a")
        response, _ = fetch(server, "GET", "/a")
    assert response.headers["x-wiretape-error"] == "used-up"


def test_request_before_its_turn_is_out_of_order():
    with playing(socket("/chat", "> a"), call("GET /a", at=9000), order="session", deadline=0.1) as server:
        response, _ = fetch(server, "GET", "/a")
    assert response.headers["x-wiretape-error"] == "out-of-order"


def test_nothing_secret_is_on_the_wire_or_in_the_report():
    with playing(call("GET /a", headers=(("authorization", "Bearer recorded-secret"),))) as server:
        headers = {"Authorization": "Bearer hunter2hunter2", "Cookie": "sid=cookiesecret"}
        _, body = fetch(server, "GET", "/b?accessToken=querysecret", b'{"password":"bodysecret"}', headers)
        text = server.player.report().text() + body.decode()
    assert [
        word for word in ("hunter2", "cookiesecret", "querysecret", "bodysecret", "recorded-secret") if word in text
    ] == []


def streamed(*rows: Line) -> Call:
    headers = (("content-type", "text/event-stream"),)
    return Call(method="GET", target="/events", response=ResponsePart(status=200, headers=headers, stream=rows))


def test_streamed_body_comes_chunk_by_chunk():
    with playing(streamed(Line("<", 1, "text", b"data: 1\n\n"), Line("<", 2, "text", b"data: 2\n\n"))) as server:
        response, body = fetch(server, "GET", "/events")
    assert (response.headers["transfer-encoding"], body) == ("chunked", b"data: 1\n\ndata: 2\n\n")


@pytest.mark.parametrize("how", ["eof", "reset"])
def test_body_that_broke_breaks_again(how):
    with (
        playing(streamed(Line("<", 1, "text", b"data: 1\n\n"), Line("<", 2, how))) as server,
        pytest.raises((http.client.IncompleteRead, ConnectionResetError)),
    ):
        fetch(server, "GET", "/events")


def test_trailers_follow_a_streamed_body():
    response = ResponsePart(status=200, stream=(Line("<", 1, "text", b"x"),), trailers=(("x-sum", "7"),))
    with playing(Call(method="GET", target="/events", response=response)) as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
        connection.request("GET", "/events", headers={"connection": "close"})
        raw = connection.sock.makefile("rb").read()
        connection.close()
    assert raw.endswith(b"1\r\nx\r\n0\r\nx-sum: 7\r\n\r\n")


@pytest.mark.parametrize("how", ["eof", "reset"])
def test_answer_that_never_came_is_a_dropped_connection(how):
    dropped = Call(method="GET", target="/a", aborted=Aborted(by="server", how=how))
    with playing(dropped) as server, pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        fetch(server, "GET", "/a")


def test_silence_is_replayed_as_silence():
    silent = Call(method="GET", target="/a", aborted=Aborted(by="client", how="eof"))
    with playing(silent) as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=0.2)
        connection.request("GET", "/a")
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()


def test_report_checks_as_an_exception():
    with playing(call("GET /a")) as server:
        fetch(server, "GET", "/b")
    with pytest.raises(NoMatchError, match="GET /b: nothing recorded matches"):
        server.player.report().check()


def test_report_text_is_plain_or_coloured():
    with playing(call("GET /a")) as server:
        report = server.player.report()
    assert report.text() == "0 of 1 exchanges played, 1 problems\nunplayed: exchange 1: GET /a: never requested\n"
    assert "\x1b[31m" in report.text(color=True)


def test_profile_that_raises_is_a_failure_of_the_tool():
    def broken(raw: bytes) -> str:
        raise KeyError(raw)

    profile = ServiceProfile(name="broken", upstream="", event_name=broken)
    with playing(socket("/chat", '> {"a":1}'), profile=profile) as server, chat(server) as client:
        client.send('{"a":2}')
        assert rest_of(client)[1] == 1011
    [problem] = server.player.report().failures
    assert problem.kind == "tool-failure"
