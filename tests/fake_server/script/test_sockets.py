"""The fake over real sockets, to a client that shares nothing with it."""

import json
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from fake_server import serve
from fake_server.script import Config, Script, UnknownScenarioError
from tests.support.clients.core_client import send

LAST = "suggestedFollowups"


def test_turn_of_2025_over_the_wire(running, dial, until):
    client = dial(running(generation="2025-03"))
    client.send(b'{"event":"setOptions","supportedCards":["weather"],"ads":{"supportedTypes":["text"]}}')
    client.send('{"event":"send","conversationId":"c1","content":[{"type":"text","text":"hi"}],"mode":"chat"}')
    assert [event["event"] for event in until(client, LAST)] == [
        "received",
        "startMessage",
        *["appendText"] * 4,
        "partCompleted",
        "done",
        "titleUpdate",
        LAST,
    ]


def test_socket_stays_open_for_the_next_turn(running, dial, until):
    client = dial(running())
    for turn in (1, 2):
        client.send(send("hi"))
        told = until(client, LAST)
        text = "".join(event["text"] for event in told if event["event"] == "appendText")
        assert f"turn {turn}" in text


def test_client_that_leaves_in_a_turn_is_let_go(running, dial, until):
    server = running(chunk_delay=0.01)
    client = dial(server)
    client.send(send("/long 10000"))
    until(client, "appendText")
    client.close()
    server.close()


def test_stop_ends_a_long_answer(running, dial, until):
    client = dial(running(chunk_delay=0.01))
    client.send(send("/long 100000"))
    until(client, "appendText")
    client.send('{"event":"stop","conversationId":"c1"}')
    assert until(client, "done")[-1]["event"] == "done"


def test_second_send_interrupts_a_pause(running, dial, until):
    client = dial(running())
    client.send(send("/slow 3600"))
    client.send(send("again"))
    assert until(client, "error")[-1]["errorCode"] == "invalid-event"


def test_ping_is_answered_in_a_pause_and_the_pause_goes_on(running, dial, until):
    client = dial(running())
    client.send(send("/slow 3600"))
    client.send('{"event":"ping"}')
    until(client, "pong")
    with pytest.raises(TimeoutError):
        client.recv(0.1)


def test_pace_takes_its_time(running, dial, until):
    client = dial(running(chunk_delay=0.05))
    began = time.monotonic()
    client.send(send("hi"))
    until(client, LAST)
    assert time.monotonic() - began >= 0.2


def test_events_in_several_frames_arrive_so(running, dial, until):
    client = dial(running(generation="2025-03"))
    client.send(send("/fragments 4"))
    client.recv(5), client.recv(5)
    assert len(list(client.recv_streaming())) == 4
    until(client, "done")  # a client that has frames left to read does not see the answer to its close


def end_of(client):
    try:
        while True:
            client.recv(5)
    except ConnectionClosed as closed:
        return closed.rcvd


def test_close_comes_with_its_code_and_reason(running, dial):
    client = dial(running())
    client.send(send("/close 4001 good bye"))
    close = end_of(client)
    assert (close.code, close.reason) == (4001, "good bye")


@pytest.mark.parametrize("command", ["/cut 3", "/reset 3", "/image-cut a cat"])
def test_connection_ends_without_a_close_frame(running, dial, command):
    client = dial(running())
    client.send(send(command))
    assert end_of(client) is None


def test_challenge_that_nobody_answers_closes_the_socket(running, dial, until):
    client = dial(running(challenge_timeout=0.05))
    client.send(send("/challenge null"))
    until(client, "challenge")
    assert end_of(client).code == 1000


# -------------------------------------------------------------------- who may come
def refusal(dial, server, query="", **options):
    with pytest.raises(InvalidStatus) as raised:
        dial(server, query, **options)
    return raised.value.response.status_code


def test_token_is_taken_from_header_query_or_cookie(running, dial):
    server = running(tokens={"right"})
    dial(server, additional_headers={"Authorization": "Bearer right"})
    dial(server, "&accessToken=right")
    dial(server, additional_headers={"Cookie": "_U=right"})


def test_wrong_token_is_refused_wherever_it_stands(running, dial):
    server = running(tokens={"right"})
    assert refusal(dial, server, additional_headers={"Authorization": "Bearer wrong"}) == 401
    assert refusal(dial, server, "&accessToken=wrong") == 401
    assert refusal(dial, server, additional_headers={"Cookie": "_U=wrong"}) == 401


def test_anonymous_socket_is_taken(running, dial):
    for generation in ("2025-03", "2025-10", "2026"):
        dial(running(generation=generation))


def test_strict_anonymous_socket_of_2026_needs_a_session_key(running, dial, call):
    server = running(strict=True)
    assert refusal(dial, server) == 460
    assert refusal(dial, server, "&temporarySessionKey=made-up") == 460
    _, _, body = call(f"{server.url}/c/api/user/sessions/temporary", "POST", b"{}")
    dial(server, f"&temporarySessionKey={json.loads(body)['sessionKey']}")
    dial(server, "&accessToken=anything")


def test_strict_anonymous_socket_of_2025_needs_none(running, dial):
    dial(running(strict=True, generation="2025-03"))


@pytest.mark.parametrize(("how", "status"), [(401, 401), ("cloudflare", 403), ("html", 200), (460, 460)])
def test_upgrade_fails_as_told(running, dial, how, status):
    assert refusal(dial, running(faults={"upgrade": how})) == status


def test_upgrade_is_redirected_as_told(running, call):
    status, headers, _ = call(f"{running(faults={'upgrade': 302}).url}/c/api/chat", upgrade="websocket")
    assert (status, headers["location"]) == (302, "/")


def test_prompt_lets_the_next_upgrade_fail_once(running, dial, until):
    server = running()
    client = dial(server)
    client.send(send("/refuse 429"))
    until(client, LAST)
    client.send(send("this socket goes on"))
    until(client, LAST)
    assert refusal(dial, server) == 429
    dial(server)


def test_next_upgrade_fails_once_on_request_of_a_test(running, dial):
    server = running()
    server.stage.refuse_next("upgrade", 503)
    assert refusal(dial, server) == 503
    dial(server)


def test_page_of_the_service_may_talk_to_it_and_others_may_not(running, dial):
    server = running()
    dial(server, origin="https://copilot.microsoft.com")
    assert refusal(dial, server, origin="https://elsewhere.example") == 403


def test_always_that_is_no_scenario_is_refused_at_once():
    with pytest.raises(UnknownScenarioError, match="did you mean /cut"):
        Script(Config(always="/cutt 5"))


# -------------------------------------------------------------------- REST
def test_rest_and_socket_are_one_service(running, dial, until, call):
    server = running(generation="2025-03")
    status, headers, body = call(f"{server.url}/c/api/conversations", "POST", authorization="Bearer t")
    conversation = json.loads(body)["id"]
    assert (status, headers["content-type"]) == (200, "application/json; charset=utf-8")
    client = dial(server, additional_headers={"Authorization": "Bearer t"})
    client.send(send("hi", conversation))
    until(client, LAST)
    _, _, body = call(f"{server.url}/c/api/conversations/{conversation}/history", authorization="Bearer t")
    assert [each["author"] for each in json.loads(body)["results"]] == ["ai", "human"]


def test_drawn_image_is_where_its_url_says(running, dial, until, call):
    server = running()
    client = dial(server)
    client.send(send("/image a cat"))
    url = until(client, "imageGenerated")[-1]["url"]
    status, headers, body = call(url)
    assert url.startswith(server.url)
    assert (status, headers["content-type"], body[:8]) == (200, "image/png", b"\x89PNG\r\n\x1a\n")


def test_uploaded_attachment_is_where_its_url_says(running, call):
    server = running(generation="2025-03")
    _, _, body = call(f"{server.url}/c/api/attachments", "POST", b"pixels", content_type="image/png")
    assert call(json.loads(body)["url"])[2] == b"pixels"


def test_rest_faults_reach_the_wire(running, call):
    server = running(faults={"user": "cloudflare", "conversations": 302, "start": 429})
    assert call(f"{server.url}/c/api/user")[0] == 403
    assert call(f"{server.url}/c/api/conversations", "POST")[1]["location"] == "/"
    assert call(f"{server.url}/c/api/start", "POST")[1]["retry-after"] == "30"


def test_chat_without_an_upgrade_is_426(running, call):
    assert call(f"{running().url}/c/api/chat?api-version=2")[0] == 426


async def test_script_can_be_served_in_the_running_loop():
    from websockets.asyncio.client import connect

    async with (
        serve(Script(Config(generation="2025-03"))) as server,
        connect(f"{server.ws_url}/c/api/chat", proxy=None) as client,
    ):
        await client.send(send("/parts 1"))
        assert json.loads(await client.recv())["event"] == "received"


def test_broken_scenario_closes_with_1011_and_is_told_to_who_runs_the_server(dial):
    from fake_server.scenarios import Scenario

    def play(_):
        raise KeyError("x")
        yield

    script = Script(Config(scenarios=(Scenario("/broken", play, ""),)))
    with serve(script) as server:
        client = dial(server)
        client.send(send("/broken"))
        assert end_of(client).code == 1011
        assert [str(error) for error in server.errors] == ["the scenario /broken raised KeyError('x')"]
