"""Who is let in: names for loopback, and no page of another origin."""

import json

import pytest

from fake_server import serve
from tests.support.clients.raw_client import dial as dial_raw
from tests.support.clients.raw_client import exchange, read_until
from tests.support.servers.stages import echoing


def status(server, *fields: str, target="/") -> int:
    lines = [f"GET {target} HTTP/1.1", "Connection: close", *fields]
    received = exchange(server, "".join(f"{line}\r\n" for line in [*lines, ""]).encode("latin-1"))
    return int(received.split()[1])


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST:80", "127.0.0.1:{port}", "[::1]:{port}", "[::1]"])
def test_names_of_loopback_are_its_own(name):
    with serve(echoing()) as server:
        assert status(server, f"Host: {name.format(port=server.port)}") == 200


@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example:80",
        "192.168.0.1",
        "[",
        "",
        "localhost@evil.example",
        "evil.example@127.0.0.1",
        "127.0.0.1/evil.example",
        "127.0.0.1, evil.example",
        "127.1",
    ],
)
def test_strange_name_is_misdirected(name):
    with serve(echoing()) as server:
        assert status(server, f"Host: {name}") == 421


def test_refusal_says_how_to_allow_it():
    with serve(echoing()) as server, dial_raw(server) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: fake.test\r\n\r\n")
        read_until(client, b"\r\n\r\n")
        told = json.loads(read_until(client, b"}}"))["wiretape"]
    assert (told["error"], told["allow"]) == ("access", "serve(.., allowed_hosts=[..])")


@pytest.mark.parametrize("name", ["fake.test", "Fake.Test:443"])
def test_allowed_name_is_let_in(name):
    with serve(echoing(), allowed_hosts=["fake.TEST"]) as server:
        assert status(server, f"Host: {name}") == 200
        assert status(server, "Host: other.test") == 421


def test_any_name_can_be_allowed():
    with serve(echoing(), allowed_hosts=["*"]) as server:
        assert status(server, "Host: other.test") == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://localhost:1", "null", "http://[", "", "https://copilot.microsoft.com"]
)
@pytest.mark.parametrize("upgrade", [(), ("Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")])
def test_page_of_another_origin_is_refused(origin, upgrade):
    stage = echoing()
    with serve(stage) as server:
        assert status(server, "Host: localhost", f"Origin: {origin}", *upgrade) == 403
    assert stage.requests == []


def test_every_origin_of_a_request_has_to_be_allowed():
    with serve(echoing()) as server:
        own = f"127.0.0.1:{server.port}"
        assert status(server, f"Host: {own}", f"Origin: http://{own}", "Origin: https://evil.example") == 403
        assert status(server, f"Host: {own}", "Origin: https://evil.example", f"Origin: http://{own}") == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("referer", [(), ("Referer: https://evil.example/page",), ("Referer: http://localhost:1/",)])
def test_picture_in_a_page_of_another_origin_is_refused(site, referer):
    stage = echoing()
    with serve(stage) as server:
        fields = (f"Sec-Fetch-Site: {site}", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image", *referer)
        assert status(server, "Host: localhost", *fields) == 403
    assert stage.requests == []


@pytest.mark.parametrize(
    "fields",
    [
        ("Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: no-cors"),
        ("Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"),
        ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"),
        ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Referer: https://good.example/page"),
    ],
)
def test_own_pages_links_and_allowed_pages_get_what_they_ask_for_without_an_origin(fields):
    with serve(echoing(), allowed_origins=["https://good.example"]) as server:
        assert status(server, "Host: localhost", *fields) == 200


def test_own_and_allowed_origins_are_let_in():
    with serve(echoing(), allowed_origins=["https://Copilot.microsoft.com/"]) as server:
        own = f"127.0.0.1:{server.port}"
        assert status(server, f"Host: {own}", f"Origin: http://{own}") == 200
        assert status(server, f"Host: {own}", "Origin: https://copilot.microsoft.com") == 200
        assert status(server, f"Host: {own}", "Origin: https://evil.example") == 403


def test_any_origin_can_be_allowed():
    with serve(echoing(), allowed_origins=["*"]) as server:
        assert status(server, "Host: localhost", "Origin: null") == 200


def test_absolute_target_does_not_hide_a_strange_name():
    with serve(echoing()) as server:
        assert status(server, "Host: evil.example", target="http://localhost/") == 421
