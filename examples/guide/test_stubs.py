"""The code of docs/stubs.md."""

import json
import urllib.error
import urllib.request

import pytest
from harness.stubs import containing, like, response, stubbing
from websockets.sync.client import connect


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)


def post(url, body, **headers):
    headers["content-type"] = "application/json"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    return urllib.request.urlopen(request, timeout=10)


def test_lists_items(wire):
    wire.on("GET", "/items").reply(json=[{"id": 1}])
    created = wire.on("POST", "/items", json={"name": "b"}).once().reply(201, json={"id": 2})

    assert get(f"{wire.url}/items") == [{"id": 1}]
    assert post(f"{wire.url}/items", {"name": "b"}).status == 201
    assert created.calls[0].headers["content-type"] == "application/json"


def test_streams(wire):
    wire.on("POST", "/chat", json=containing({"stream": True})).stream(
        [{"delta": "Hel"}, {"delta": "lo"}, "[DONE]"], delay=0.01
    )
    with post(f"{wire.url}/chat", {"stream": True, "model": "m"}) as answer:
        lines = [line for line in answer.read().decode().splitlines() if line]
    assert lines == ['data: {"delta":"Hel"}', 'data: {"delta":"lo"}', "data: [DONE]"]


def test_subscribes(wire):
    ws = wire.on_socket("/ws")
    ws.expect(containing({"op": "subscribe"})).send(lambda got: {"op": "ok", "id": got["id"]})
    ws.whenever("ping", send="pong")
    ws.send({"op": "news", "text": "first"}).close(1000)

    with connect(f"{wire.ws_url}/ws") as socket:
        socket.send(json.dumps({"op": "subscribe", "id": 7, "topic": "a"}))
        assert [json.loads(message) for message in socket] == [{"op": "ok", "id": 7}, {"op": "news", "text": "first"}]


def test_retries_once(wire):
    wire.on("GET", "/items/{id}").reply(503, headers={"retry-after": "0"}).reply_with(
        lambda call: response(json={"id": call.params["id"]})
    )
    with pytest.raises(urllib.error.HTTPError, match="503"):
        get(f"{wire.url}/items/7")
    assert get(f"{wire.url}/items/7") == {"id": "7"}


def test_order(wire):
    login = wire.on("POST", "/login", headers={"authorization": like("Basic *")}).reply(json={"ok": True})
    wire.on("GET", "/items").after(login).reply(json=[])
    post(f"{wire.url}/login", {}, authorization="Basic cm9iaW46cHc=").close()
    assert get(f"{wire.url}/items") == []


def test_without_the_fixture():
    with stubbing() as service:
        service.on("GET", "/items").reply(json=[])
        assert get(f"{service.url}/items") == []
