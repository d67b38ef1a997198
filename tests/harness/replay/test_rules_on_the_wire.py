"""What a user's rules and a player's refusals are to clients on real sockets."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from fake_server import serve
from harness.replay.player import Player
from harness.replay.rules import PlayRules
from tests.support.cassettes.builders import PROFILE, call, cassette, socket
from tests.support.clients import refused_clients as clients

CHAT = socket("/chat", "> a\n< b\n< close 1000")


@contextmanager
def playing(*exchanges, **rules):
    stage = Player(cassette(*exchanges), PROFILE, rules=PlayRules(**rules))
    with serve(stage) as server:
        server.player = stage
        yield server


def fetch(server, target: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(server.url + target, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def talk(server, said: str, target: str = "/chat") -> tuple[list[str | bytes], int]:
    """What was answered, and the code of the close."""
    came: list[str | bytes] = []
    with connect(server.ws_url + target, open_timeout=10, close_timeout=10) as client:
        client.send(said)
        try:
            while True:
                came.append(client.recv(timeout=10))
        except ConnectionClosed as error:
            assert error.rcvd is not None
            return came, error.rcvd.code


# ---------------------------------------------------------------- rules
def test_calls_of_many_queries_are_answered_in_the_files_order():
    calls = [call(f"GET /a?page={n}", answer=str(n).encode()) for n in range(3)]
    with playing(*calls, match_on=("method", "path")) as server:
        assert [fetch(server, f"/a?page={n}") for n in "xyz"] == [(200, b"0"), (200, b"1"), (200, b"2")]
        assert fetch(server, "/a?page=0")[0] == 501
        assert [each.kind for each in server.player.report().problems] == ["used-up"]


def test_poll_is_answered_again_and_again_with_the_last_answer():
    with playing(call("GET /a", answer=b"1"), call("GET /a", answer=b"2"), repeats=True) as server:
        assert [fetch(server, "/a")[1] for _ in range(4)] == [b"1", b"2", b"2", b"2"]
        assert server.player.report().ok


def test_socket_is_played_to_every_client_where_it_may_be_repeated():
    with playing(CHAT, repeats=True) as server:
        assert [talk(server, "a") for _ in range(3)] == [(["b"], 1000)] * 3
        assert server.player.report().ok


def test_socket_that_was_played_is_refused_to_the_next_client_otherwise():
    with playing(CHAT) as server:
        assert talk(server, "a") == (["b"], 1000)
        assert clients.websockets_upgrade(server.ws_url + "/chat") == 501


def test_messages_may_say_anything_where_they_are_not_matched_on():
    with playing(CHAT, match_on=("method", "uri")) as server:
        assert talk(server, "something else") == (["b"], 1000)
        assert server.player.report().ok


def test_function_of_the_users_sees_upgrades_and_decides_about_them():
    def same_room(recorded, came):
        return recorded.method != "SOCKET" or came.query == "room=1"

    with playing(CHAT, CHAT, match_on=("method", "path", same_room)) as server:
        assert talk(server, "a", "/chat?room=1") == (["b"], 1000)
        assert clients.websockets_upgrade(server.ws_url + "/chat?room=2") == 501
        assert "same_room" in server.player.report().text()


def test_requests_are_compared_as_the_function_leaves_them():
    def plain(request):
        return None if request.path == "/metrics" else replace(request, target=request.path)

    with playing(call("GET /a"), CHAT, before_request=plain) as server:
        assert fetch(server, "/a?cache=17")[0] == 200
        assert talk(server, "a", "/chat?cache=17") == (["b"], 1000)
        status, body = fetch(server, "/metrics")
        assert (status, json.loads(body)["wiretape"]["error"]) == (501, "no-match")


# ---------------------------------------------------------------- refusals, as clients see them
@pytest.mark.parametrize("ask", [clients.curl_cffi_call, clients.aiohttp_call, clients.urllib_call])
def test_call_that_is_not_recorded_is_501_to_every_client(ask):
    with playing(call("GET /a")) as server:
        status, kind, body = ask(server.url + "/b")
    assert (status, kind, body["wiretape"]["error"]) == (501, "no-match", "no-match")


@pytest.mark.parametrize("upgrade", [clients.curl_cffi_upgrade, clients.aiohttp_upgrade, clients.websockets_upgrade])
def test_socket_that_is_not_recorded_is_501_to_every_client(upgrade):
    with playing(call("GET /a")) as server:
        assert upgrade(server.ws_url + "/chat") == 501
        assert [each.kind for each in server.player.report().problems] == ["no-match", "unplayed"]


@pytest.mark.parametrize("say", [clients.curl_cffi_close, clients.aiohttp_close, clients.websockets_close])
def test_message_that_differs_is_4004_to_every_client(say):
    with playing(CHAT) as server:
        assert say(server.ws_url + "/chat", "other") == (4004, "wiretape: mismatch at message 1")
        assert server.player.report().problems[0].kind == "message-mismatch"
