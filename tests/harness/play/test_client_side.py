"""The client's side: order across exchanges, encoded secrets, timers, further upstreams, limits."""

import asyncio
import base64
import json

import msgspec
import pytest

from fake_server import serve
from fake_server.stage import Accept, Response
from harness.cassette.model import Line
from harness.cassette.store import load, save
from harness.cli.main import main
from provider.clock import monotonic
from provider.websocket import Message, Opcode
from tests.support.cassettes.builders import call, cassette, socket
from tests.support.servers.stages import StageOf

JSON = ("content-type", "application/json")
SSE = ("content-type", "text/event-stream")


def answering(*bodies):
    """A stage's function that answers calls with these bodies, in order."""
    left = list(bodies)

    async def handle(_):
        return Response(headers=(JSON,), body=left.pop(0))

    return handle


@pytest.fixture
def play(play_exchanges):
    return play_exchanges


def test_a_message_waits_for_the_answer_to_a_call_on_another_connection(play):
    order = []

    async def talk(conversation):
        await conversation.send(Message(Opcode.TEXT, b'{"type":"hello"}'))
        while isinstance(got := await conversation.receive(), Message):
            order.append(got.data)

    async def handle(request):
        if request.upgrade:
            return Accept(run=talk)
        order.append(request.target)
        return Response(headers=(JSON,), body=b"{}")

    exchanges = [
        socket("/ws", '< {"type":"hello"}\n> {"n":1}\n> {"n":3}\n> close 1000'),
        msgspec.structs.replace(call("GET /two"), at=2500),
    ]
    assert play(exchanges, handle)[0] == 0
    assert order == [b'{"n":1}', "/two", b'{"n":3}']


def test_a_pause_between_two_connections_is_kept_as_nothing_else_orders_them(play):
    """A client subscribes by one socket, without an answer, and publishes by another one some time later."""
    came = []

    async def talk(conversation):
        while isinstance(got := await conversation.receive(), Message):
            came.append((got.data, monotonic()))

    async def handle(_):
        return Accept(run=talk)

    first, second = (
        msgspec.structs.replace(
            socket("/ws", "> eof"), messages=(Line(">", at, "text", data), Line(">", 200_000, "eof"))
        )
        for at, data in ((10_000, b"subscribe"), (130_000, b"publish"))
    )
    assert play([first, second], handle)[0] == 0
    (one, then), (other, later) = came
    assert (one, other) == (b"subscribe", b"publish")
    assert later - then > 0.08


def test_a_secret_inside_basic_credentials_is_encoded_again(play, monkeypatch):
    monkeypatch.setenv("LOGIN", "robin:s3cret-of-robin")
    coded = base64.b64encode(b"wiretape-token-1").decode()
    exchanges = [call("GET /a", headers=(("authorization", f"Basic {coded}"),))]
    _, _, stage = play(exchanges, answering(b"{}"), "--secret", "token-1=LOGIN")
    assert base64.b64decode(stage.requests[0].header("authorization").split()[1]) == b"robin:s3cret-of-robin"


def test_a_number_and_a_path_that_the_service_issues_are_bound(play):
    exchanges = [
        call("POST /orders", answer=b'{"order":48151,"next":"https://demo.example/orders/48151?page=p7Qx9"}'),
        call("GET /orders/48151?page=p7Qx9", at=2000),
        call("POST /pay", b'{"order":48151,"note":"order 48151 of 481512"}', at=3000, headers=(JSON,)),
    ]
    answer = b'{"order":62342,"next":"https://demo.example/orders/62342?page=z1Rt5"}'
    code, found, stage = play(exchanges, answering(answer, b"{}", b"{}"))
    assert (code, found) == (0, [])
    assert [each.target for each in stage.requests[1:]] == ["/orders/62342?page=z1Rt5", "/pay"]
    assert stage.requests[2].body == b'{"order":62342,"note":"order 62342 of 481512"}'


def test_an_ordinary_word_that_the_service_sends_is_not_bound(play):
    exchanges = [call("GET /state", answer=b'{"state":"ready"}'), call("POST /ready", b'{"say":"ready"}', at=2000)]
    _, _, stage = play(exchanges, answering(b'{"state":"waiting"}', b"{}"))
    assert (stage.requests[1].target, stage.requests[1].body) == ("/ready", b'{"say":"ready"}')


def test_the_service_gets_its_own_origin(play):
    headers = (("origin", "https://demo.example"), ("referer", "https://demo.example/chat"))
    _, _, stage = play([call("GET /a", headers=headers)], answering(b"{}"))
    host = f"http://{stage.requests[0].header('host')}"
    assert stage.requests[0].header("origin") == host
    assert stage.requests[0].header("referer") == f"{host}/chat"


def test_a_ping_of_the_service_by_message_gets_its_reply(play):
    got = []

    async def talk(conversation):
        for _ in range(2):
            await conversation.send(Message(Opcode.TEXT, b'{"type":"ping"}'))
            got.append((await conversation.receive()).data)
        await conversation.send(Message(Opcode.TEXT, b'{"type":"ready"}'))
        while isinstance(message := await conversation.receive(), Message):
            got.append(message.data)

    async def handle(_):
        return Accept(run=talk)

    recorded = '< {"type":"ping"}\n> {"type":"pong"}\n< {"type":"ready"}\n> {"n":1}\n> close 1000'
    code, found, _ = play([socket("/ws", recorded)], handle)
    assert (code, found) == (0, [])
    assert got == [b'{"type":"pong"}', b'{"type":"pong"}', b'{"n":1}']


def test_a_session_has_a_longest_duration(play):
    async def talk(conversation):
        while isinstance(await conversation.receive(), Message):
            pass

    async def handle(_):
        return Accept(run=talk)

    code, found, _ = play([socket("/ws", '> {"n":1}\n< {"type":"done"}\n> {"n":2}\n> eof')], handle, "--limit", "0.2")
    assert code == 1
    assert [each["kind"] for each in found] == ["changed", "cut"]


def test_a_refused_upgrade_is_another_answer(play):
    async def handle(_):
        return Response(status=403, headers=(JSON,), body=b"{}")

    code, found, _ = play([socket("/ws", '< {"type":"hello"}\n> {"n":1}\n> close 1000')], handle)
    assert code == 1
    assert found[0]["text"] == "answer: recorded 101, now 403 application/json"


def with_gateway(*exchanges):
    found = cassette(*exchanges)
    head = msgspec.structs.replace(found.recorded, upstreams={"gateway": "https://gateway.example"})
    return msgspec.structs.replace(found, recorded=head)


def test_a_further_upstream_gets_its_own_exchanges(play, tmp_path, capfd):
    exchanges = [call("GET /a"), call("GET https://gateway.example/b?c=1", at=2000)]
    gateway = StageOf(answering(b"{}"))
    with serve(gateway) as server:
        options = ("--upstream", f"gateway={server.url}")
        code, found, stage = play(exchanges, answering(b"{}"), *options, recording=with_gateway)
    assert (code, found) == (0, [])
    assert [each.target for each in (*stage.requests, *gateway.requests)] == ["/a", "/b?c=1"]
    assert main(["play", str(tmp_path / "session.yaml"), "--to", "http://127.0.0.1:9"]) == 2
    assert "give its URL with --upstream gateway=URL" in capfd.readouterr().err


def test_an_option_of_a_wrong_form_is_refused_without_its_text(tmp_path, capfd):
    path = tmp_path / "session.yaml"
    save(cassette(call("GET /a")), path)
    assert main(["play", str(path), "--to", "http://127.0.0.1:9", "--secret", "hunter2-in-clear"]) == 2
    assert "hunter2" not in capfd.readouterr().err
    assert main(["play", str(path), "--to", "http://127.0.0.1:9", "--secret", "token-1=NO_SUCH_VARIABLE"]) == 2
    assert "the environment has no variable of that name" in capfd.readouterr().err


def test_replies_to_the_first_of_several_messages_may_come_before_the_last_is_sent(play):
    async def talk(conversation):
        while isinstance(got := await conversation.receive(), Message):
            await conversation.send(Message(Opcode.BINARY, got.data))

    async def handle(_):
        return Accept(run=talk)

    said = "".join(f"> binary b{number}\n" for number in range(9))
    came = "".join(f"< binary b{number}\n" for number in range(9))
    code, found, _ = play([socket("/ws", f"{said}{came}> binary last\n< binary last\n> eof")], handle)
    assert (code, found) == (0, [])


def test_parts_of_packets_that_repeat_evenly_are_no_heartbeats_and_all_sent(play):
    """Clients write a packet in many messages, so that its first byte is the same again and again."""
    said = b""

    async def talk(conversation):
        nonlocal said
        while isinstance(got := await conversation.receive(), Message):
            said += got.data

    async def handle(_):
        return Accept(run=talk)

    parts = [b'CONNECT {"verbose":false}\r\n', *(part for n in range(4) for part in (b"PUB", b" a 1\r\n%d\r\n" % n))]
    lines = tuple(Line(">", at * 10_000, "binary", part) for at, part in enumerate(parts))
    recorded = msgspec.structs.replace(socket("/nats", "> eof"), messages=(*lines, Line(">", 90_000, "eof")))
    assert play([recorded], handle)[0] == 0
    assert said == b"".join(parts)


def test_a_service_with_tls_needs_its_authority(play, tmp_path, capfd):
    async def talk(conversation):
        await conversation.send(Message(Opcode.TEXT, b'{"type":"hello"}'))
        while isinstance(await conversation.receive(), Message):
            pass

    async def handle(request):
        return Accept(run=talk) if request.upgrade else Response(headers=(JSON,), body=b"{}")

    path, authority = tmp_path / "session.yaml", tmp_path / "authority.pem"
    save(cassette(call("GET /a"), socket("/ws", '< {"type":"hello"}\n> close 1000', at=2000)), path)
    with serve(StageOf(handle), tls=True) as server:
        authority.write_bytes(server.authority_pem)
        assert main(["play", str(path), "--to", server.url, "--verify", str(authority)]) == 0
        assert main(["play", str(path), "--to", server.url]) == 1
    assert capfd.readouterr().out.count("the service does not accept a connection") == 2


def test_the_client_takes_its_time_at_the_recorded_speed(play):
    begun = []

    async def handle(request):
        begun.append(monotonic())
        return Response(headers=(JSON,), body=b"{}")

    exchanges = [call("GET /a"), call("GET /b", at=150_000)]
    assert play(exchanges, handle, "--speed", "recorded")[0] == 0
    assert begun[1] - begun[0] >= 0.14


def test_a_form_that_holds_an_issued_value_is_filled(play):
    form = ("content-type", "application/x-www-form-urlencoded")
    exchanges = [
        call("GET /form", answer=b'{"csrf":"a1B2c3D4e5+/x=="}'),
        call("POST /form", b"csrf=a1B2c3D4e5%2B%2Fx%3D%3D&n=1", headers=(form,), at=2000),
    ]
    _, _, stage = play(exchanges, answering(b'{"csrf":"z9Y8x7W6v5+/q=="}', b"{}"))
    assert stage.requests[1].body == b"csrf=z9Y8x7W6v5%2B%2Fq%3D%3D&n=1"


def test_a_poll_that_waits_stands_for_the_next_one(play):
    asked, state = [], {}

    async def handle(request):
        asked.append(f"{request.method} {request.target}")
        if request.method == "POST":
            state["said"].set()
        elif len(asked) > 1:
            state.setdefault("said", asyncio.Event())
            await state["said"].wait()
        return Response(headers=(JSON,), body=b'["both"]')

    exchanges = [
        call("GET /poll?t=1", answer=b'["one"]'),
        call("GET /poll?t=2", answer=b'["two"]', at=1000),
        call("GET /poll?t=3", answer=b'["three"]', at=2000),
        call("POST /say", b"{}", answer=b'["ok"]', at=3000, headers=(JSON,)),
    ]
    exchanges[2] = msgspec.structs.replace(
        exchanges[2], response=msgspec.structs.replace(exchanges[2].response, after=9000)
    )
    code, found, _ = play(exchanges, handle, "--deadline", "0.3")
    assert asked == ["GET /poll?t=1", "GET /poll?t=2", "POST /say"]
    assert (code, found) == (0, [])


def test_a_fault_of_wiretape_itself_is_no_finding(play, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("harness.play.session_values.SessionValues.learn_headers", broken)
    with pytest.raises(ZeroDivisionError):
        play([call("GET /a")], answering(b"{}"))


def test_a_session_that_differs_can_be_seen_beside_the_recording(play, tmp_path):
    fresh = tmp_path / "fresh.yaml"
    exchanges = [call("GET /a", answer=b'{"a":1}'), socket("/ws", '> {"n":1}\n> eof', at=2000)]

    async def silent(_):
        await asyncio.Event().wait()

    async def handle(request):
        return Accept(run=silent) if request.upgrade else Response(headers=(JSON,), body=b'{"a":"x"}')

    code, _, _ = play(exchanges, handle, "-o", str(fresh))
    assert code == 1
    again = load(fresh)
    assert [each.target for each in again.exchanges] == ["/a", "/ws"]
    assert main(["diff", str(tmp_path / "session.yaml"), str(fresh)]) == 1


def test_uuids_that_the_client_made_are_renewed_on_request(play):
    made, issued = "0b8f3c52-9d1e-4f67-8a2b-7c6d5e4f3a21", "5f0e1d2c-3b4a-4958-8776-655443322110"
    given = "c0ffee00-1234-4abc-9def-0123456789ab"
    exchanges = [
        call("POST /a", f'{{"id":"{made}"}}'.encode(), answer=f'{{"room":"{issued}","for":"{made}"}}'.encode()),
        call("POST /b", f'{{"id":"{made}","room":"{issued}"}}'.encode(), at=2000),
    ]
    answer = f'{{"room":"{given}","for":"{made}"}}'.encode()
    _, _, stage = play(exchanges, answering(answer, b"{}"))
    assert [json.loads(each.body)["id"] for each in stage.requests] == [made, made]
    _, _, stage = play(exchanges, answering(answer, b"{}"), "--fresh-ids")
    first, second = (json.loads(each.body) for each in stage.requests)
    assert first["id"] == second["id"] != made
    assert second["room"] == given
