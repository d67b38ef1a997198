"""URLs and cookies of the recorded service, as a client of the player sees them."""

from __future__ import annotations

import json

from harness.profile import ServiceProfile
from tests.support.cassettes.builders import call, socket
from tests.support.replay.playing import chat, fetch, playing, rest_of


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


def test_redirect_without_a_scheme_leads_to_the_local_server():
    moved = call("GET /moved", response_headers=(("location", "//demo.example/next"),))
    with playing(moved) as server:
        response, _ = fetch(server, "GET", "/moved")
        assert response.headers["location"] == server.url.removeprefix("http:") + "/next"


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
