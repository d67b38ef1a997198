"""The player behind the real host, talked to by clients that share no code with it."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket as socketlib
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from fake_server.host.server import serve
from harness.cassette.model import Aborted, Body, Call, Line, ResponsePart, SocketExchange
from harness.profile import ServiceProfile
from harness.replay.errors import NoMatchError
from harness.replay.player import Player
from harness.replay.socket_player import PAIRING_GRACE
from tests.support.cassettes.builders import PROFILE, call, cassette, lines, socket


@contextmanager
def playing(*exchanges, profile=PROFILE, origin="https://demo.example", order="exchange", deadline=3.0, **options):
    player = Player(cassette(*exchanges, origin=origin, order=order), profile, deadline=deadline, **options)
    with serve(player) as server:
        server.player = player
        yield server


def fetch(server, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
    try:
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def chat(server, target: str = "/chat"):
    return connect(server.ws_url + target, open_timeout=5, close_timeout=5, compression=None)


def rest_of(client) -> tuple[list[str | bytes], int | None, str]:
    """Everything until the connection ends, and how it ended."""
    came: list[str | bytes] = []
    while True:
        try:
            came.append(client.recv(timeout=5))
        except ConnectionClosed as error:
            return came, error.rcvd.code if error.rcvd else None, error.rcvd.reason if error.rcvd else ""


# ---------------------------------------------------------------- calls


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


# ---------------------------------------------------------------- origins and cookies


def test_urls_of_the_service_lead_to_the_local_server_and_back():
    headers = (("content-type", "application/json"), ("location", "https://demo.example/next?x=1"))
    made = call(
        "POST /up",
        answer=b'{"url":"https://demo.example/a.png","other":"https://demo.example.evil/"}',
        response_headers=headers,
    )
    used = call("POST /use", b'{"url":"https://demo.example/a.png"}')
    with playing(made, used) as server:
        response, body = fetch(server, "POST", "/up")
        url = json.loads(body)["url"]
        again, _ = fetch(server, "POST", "/use", json.dumps({"url": url}).encode())
        assert (response.headers["location"], url, again.status) == (
            f"{server.url}/next?x=1",
            f"{server.url}/a.png",
            200,
        )
        assert json.loads(body)["other"] == "https://demo.example.evil/"


def test_messages_with_urls_of_the_service_are_mapped():
    with playing(
        socket("/chat", '< {"url":"https://demo.example/a","ws":"wss://demo.example/b"}\n< close 1000')
    ) as server:
        with chat(server) as client:
            came, _, _ = rest_of(client)
        assert came == [json.dumps({"url": f"{server.url}/a", "ws": f"{server.ws_url}/b"}, separators=(",", ":"))]


def test_nothing_is_mapped_without_an_origin():
    plain = ServiceProfile(name="x", upstream="https://demo.example")
    with playing(call("GET /a", answer=b'{"u":"https://demo.example/"}'), origin="fake:2026", profile=plain) as server:
        _, body = fetch(server, "GET", "/a")
    assert body == b'{"u":"https://demo.example/"}'


def test_cookies_lose_their_domain_and_keep_what_their_name_demands():
    cookies = ("a=1; Domain=demo.example; Secure; Path=/", "__Host-b=2; Path=/; Secure")
    headers = tuple(("set-cookie", cookie) for cookie in cookies)
    with playing(call("GET /a", response_headers=headers)) as server:
        response, _ = fetch(server, "GET", "/a")
    assert response.headers.get_all("set-cookie") == ["a=1; Path=/", "__Host-b=2; Path=/; Secure", "__Host-b=2; Path=/"]


# ---------------------------------------------------------------- sockets

TURN = """
< {"event":"connected","id":"0"}
> {"event":"send","conversationId":"A","content":[{"type":"text","text":"Hi"}]}
< {"event":"appendText","text":"Hello"}
< {"event":"done"}
"""


def test_turn_is_played_and_the_report_is_fine():
    with playing(socket("/chat?v=2", TURN + "< close 1000 bye")) as server:
        with chat(server, "/chat?v=2") as client:
            hello = client.recv(timeout=5)
            client.send('{"event":"send","content":[{"text":"Hi","type":"text"}],"conversationId":"mine"}')
            ended = rest_of(client)
        report = server.player.report()
    assert hello == '{"event":"connected","id":"0"}'
    assert ended == (['{"event":"appendText","text":"Hello"}', '{"event":"done"}'], 1000, "bye")
    assert report.text() == "1 of 1 exchanges played\n"


def test_message_that_differs_closes_the_socket_with_4004():
    with playing(socket("/chat", TURN)) as server:
        with chat(server) as client:
            client.send('{"event":"send","conversationId":"A","content":[{"type":"text","text":"Ho"}]}')
            _, code, reason = rest_of(client)
        report = server.player.report()
    assert (code, reason) == (4004, "wiretape: mismatch at message 1")
    assert 'content[0].text: recorded "Hi", came "Ho"' in report.text()


def test_client_that_says_nothing_is_not_waited_for_longer_than_the_deadline():
    with playing(socket("/chat", TURN), deadline=0.1) as server:
        with chat(server) as client:
            _, code, reason = rest_of(client)
        [problem] = server.player.report().problems
    assert (code, reason, problem.kind) == (4004, "wiretape: no message 1 in time", "client-hung")


def test_pings_do_not_renew_the_deadline():
    with playing(socket("/chat", TURN), deadline=0.3) as server, chat(server) as client:
        client.recv(timeout=5)
        began = time.monotonic()
        pinged_until_closed(client, began + 5)
        assert time.monotonic() < began + 3


def pinged_until_closed(client, limit: float) -> None:
    try:
        while time.monotonic() < limit:
            client.ping().wait(1)
    except ConnectionClosed:
        pass


@pytest.mark.parametrize(
    ("end", "code"), [("< close 1011 oops", 1011), ("< close", 1005), ("< eof", None), ("< reset", None)]
)
def test_server_end_is_as_recorded(end, code):
    with playing(socket("/chat", f"< x\n{end}")) as server, chat(server) as client:
        assert rest_of(client)[1] == code


def test_client_end_is_waited_for_and_then_taken_quietly():
    with playing(socket("/chat", "< x\n> close 1000"), deadline=0.1) as server:
        with chat(server) as client:
            came, code, _ = rest_of(client)
        report = server.player.report()
    assert (came, code, report.ok) == (["x"], 1000, True)


def test_recording_that_was_cut_ends_with_4004():
    with playing(socket("/chat", "< x\n! cut"), deadline=0.1) as server, chat(server) as client:
        assert rest_of(client) == (["x"], 4004, "wiretape: the recording was cut here")


def test_client_may_leave_after_the_end_of_a_turn():
    longer = TURN + '< {"event":"titleUpdate"}\n> close 1000'
    with playing(socket("/chat", longer)) as server, chat(server) as client:
        client.send('{"event":"send","conversationId":"A","content":[{"type":"text","text":"Hi"}]}')
        while client.recv(timeout=5) != '{"event":"done"}':
            pass
    assert server.player.report().ok


def test_client_that_leaves_early_is_reported():
    with playing(socket("/chat", TURN)) as server, chat(server) as client:
        client.recv(timeout=5)
    [problem] = server.player.report().problems
    assert problem.summary == (
        "exchange 1: socket /chat: 2 of the server's lines not sent, 1 of the client's messages did not come, "
        "from send, text, 77 bytes"
    )


def test_refused_upgrade_is_refused_again():
    refused = SocketExchange(target="/chat", response=ResponsePart(status=401, body=Body(data=b"no")))
    with playing(refused) as server:
        with pytest.raises(InvalidStatus) as caught, chat(server):
            pass
        assert (caught.value.response.status_code, caught.value.response.body) == (401, b"no")


def test_upgrade_that_was_not_recorded_is_501():
    with playing(call("GET /a")) as server:
        with pytest.raises(InvalidStatus) as caught, chat(server):
            pass
        assert caught.value.response.status_code == 501


def test_binary_json_matches_text_unless_opcodes_are_strict():
    with playing(socket("/chat", "> {}\n< x\n< close 1000")) as server, chat(server) as client:
        client.send(b"{}")
        assert rest_of(client)[1] == 1000
    with playing(socket("/chat", "> {}\n< x"), strict_opcodes=True) as server, chat(server) as client:
        client.send(b"{}")
        assert rest_of(client)[1] == 4004


def test_fragmented_message_of_the_client_matches():
    with playing(socket("/chat", '> {"a":"xyz"}\n< close 1000')) as server, chat(server) as client:
        client.send(iter(['{"a":', '"xyz"}']))
        assert rest_of(client)[1] == 1000


def test_swapped_sockets_get_their_own_answers():
    tapes = ['< {"event":"connected","id":"%s"}\n> {"n":"%s"}\n< for %s\n< close 1000'.replace("%s", n) for n in "ab"]
    with playing(*(socket("/chat", tape) for tape in tapes)) as server, chat(server) as one, chat(server) as other:
        one.send('{"n":"b"}')
        other.send('{"n":"a"}')
        assert (rest_of(one)[0][-1], rest_of(other)[0][-1]) == ("for b", "for a")
    assert server.player.report().ok


def test_sockets_that_wait_for_a_greeting_are_paired_all_the_same():
    tapes = ['< {"event":"connected","id":"%s"}\n> {"n":"%s"}\n< for %s\n< close 1000'.replace("%s", n) for n in "ab"]
    with playing(*(socket("/chat", tape) for tape in tapes)) as server, chat(server) as one, chat(server) as other:
        for client, n in ((one, "b"), (other, "a")):
            assert json.loads(client.recv(timeout=5))["event"] == "connected"
            client.send('{"n":"%s"}' % n)  # noqa: UP031  # JSON braces
        assert (rest_of(one)[0], rest_of(other)[0]) == (["for b"], ["for a"])


@pytest.mark.parametrize("turns", range(12))
async def test_socket_told_apart_in_the_moment_its_time_is_up_goes_on(turns):
    """The other socket's message is on its way for so many turns of the loop when this one's time is up."""
    tapes = ['< {"event":"connected","id":"%s"}\n> {"n":"%s"}\n< close 1000'.replace("%s", n) for n in "ab"]
    player = Player(cassette(*(socket("/chat", tape) for tape in tapes)), PROFILE, deadline=3.0)
    async with serve(player) as server, connect_async(server.ws_url + "/chat") as one:
        await one.recv()
        async with connect_async(server.ws_url + "/chat") as other:
            await (await other.ping())
            await one.send('{"n":"b"}')
            for _ in range(turns):
                await asyncio.sleep(0)
            time.sleep(2 * PAIRING_GRACE)  # noqa: ASYNC251  # the loop finds message and time at once
            assert json.loads(await other.recv())["event"] == "connected"


def test_twenty_clients_at_once_get_twenty_different_answers():
    count = 20
    tapes = [socket("/chat", f'> {{"n":{n}}}\n< for {n}\n< close 1000', at=n) for n in range(count)]
    with playing(*tapes, deadline=20) as server:

        def one(n: int) -> list[str | bytes]:
            with chat(server) as client:
                client.send(json.dumps({"n": n}))
                return rest_of(client)[0]

        with ThreadPoolExecutor(count) as pool:
            assert list(pool.map(one, reversed(range(count)))) == [[f"for {n}"] for n in reversed(range(count))]
    assert server.player.report().ok


def test_client_that_does_not_read_is_hung():
    big = tuple(Line("<", n, "text", b"x" * 1_000_000) for n in range(40))
    flood = SocketExchange(target="/chat", response=ResponsePart(status=101), messages=big)
    with playing(flood, deadline=0.2) as server:
        raw = raw_upgrade(server)
        wait_for(lambda: "client-hung" in server.player.report().text())
        raw.close()
    [problem] = server.player.report().problems
    assert problem.summary == "exchange 1: socket /chat: waited 0.2 s for the client to read"


def raw_upgrade(server) -> socketlib.socket:
    raw = socketlib.create_connection((server.host, server.port), timeout=5)
    head = f"GET /chat HTTP/1.1\r\nHost: {server.host}:{server.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    raw.sendall(f"{head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode())
    return raw


def wait_for(condition, seconds: float = 5) -> None:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


# ---------------------------------------------------------------- time


def at(*rows: tuple[float, str]) -> SocketExchange:
    tape = tuple(
        Line(*(line.direction, int(when * 1e6), line.kind), line.data, line.code)
        for when, text in rows
        for line in lines(text)
    )
    return SocketExchange(target="/chat", response=ResponsePart(status=101), messages=tape)


def test_recorded_speed_keeps_the_servers_pauses_and_not_the_clients():
    recorded = at((10.0, "> a"), (10.15, "< one"), (10.3, "< two"), (10.3, "< close 1000"))
    with playing(recorded, speed="recorded") as server, chat(server) as client:
        client.send("a")
        began = time.monotonic()
        first = (client.recv(timeout=5), time.monotonic() - began)
        came, code, _ = rest_of(client)
        took = time.monotonic() - began
    assert (first[0], came, code) == ("one", ["two"], 1000)
    assert 0.1 < first[1] <= took
    assert 0.25 < took < 4


def test_faster_speed_divides_the_pauses():
    recorded = at((0.0, "> a"), (20.0, "< one"), (20.0, "< close 1000"))
    with playing(recorded, speed=100) as server, chat(server) as client:
        began = time.monotonic()
        client.send("a")
        rest_of(client)
    assert 0.15 < time.monotonic() - began < 12


def test_message_is_heard_while_a_line_waits_for_its_time():
    with playing(at((0.0, "> a"), (30.0, "< late")), speed="recorded") as server, chat(server) as client:
        client.send("a")
        client.send("b")
        assert rest_of(client)[1:] == (4004, "wiretape: mismatch at message 2")


@pytest.mark.parametrize("speed", [0, -1, float("inf"), float("nan")])
def test_speed_is_above_zero(speed):
    with pytest.raises(ValueError, match="speed"):
        Player(cassette(), PROFILE, speed=speed)


# ---------------------------------------------------------------- the report


def test_report_checks_as_an_exception():
    with playing(call("GET /a")) as server:
        fetch(server, "GET", "/b")
    with pytest.raises(NoMatchError, match="GET /b: nothing recorded matches"):
        server.player.report().check()


def test_report_text_is_plain_or_coloured():
    with playing(call("GET /a")) as server:
        report = server.player.report()
    assert report.text() == "0 of 1 exchanges played, 1 problems\nunplayed: exchange 1: GET /a: never asked for\n"
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


def test_rewound_player_plays_again():
    with playing(call("GET /a")) as server:
        fetch(server, "GET", "/a")
        server.player.rewind()
        response, _ = fetch(server, "GET", "/a")
    assert (response.status, server.player.report().ok) == (200, True)
