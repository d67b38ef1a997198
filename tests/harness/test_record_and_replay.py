"""What a client sees while it is recorded and while that is played: origins, cookies and headers by one rule."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager

import httpx
import pytest
import requests
from curl_cffi import requests as curl
from websockets.sync.client import connect

from fake_server import serve
from fake_server.stage import Accept, Message, Response
from harness.cassette.store import load
from harness.profile import ServiceProfile
from harness.sessions import recording, replaying
from provider.websocket import Ended

HOME = "https://service.test"
PROFILE = ServiceProfile(name="test", upstream=HOME, origins=(HOME,), secret_cookies=False)
SPELLED = (
    f"{HOME}/a wss://service.test/b https:\\/\\/service.test\\/c https%3A%2F%2Fservice.test%2Fd "
    "https%253a%252f%252fservice.test%252fe https:\\u002f\\u002fservice.test https://service.test.evil/ "
)
FRAMING = ("date", "transfer-encoding", "content-length")
TEXT, SVG, PIECES = ("content-type", "text/plain"), ("content-type", "image/svg+xml"), 7


async def _pieces(text):
    for start in range(0, len(text), PIECES):
        yield text[start : start + PIECES].encode()
        await asyncio.sleep(0)


async def _echo(socket):
    while isinstance(got := await socket.receive(), Message):
        await socket.send(Message(got.opcode, got.data + b" " + HOME.encode()))
    assert isinstance(got, Ended)


class Service:
    """Speaks of itself as the real service does, wherever it runs; remembers what it was asked."""

    def __init__(self):
        self.asked = []

    async def handle(self, request):
        self.asked.append((request.target, request.headers, request.body))
        if request.upgrade:
            return Accept(run=_echo)
        match request.path:
            case "/redirect":
                at = f"{HOME}/login?next=https%3A%2F%2Fservice.test%2Fhome&u=https%253A%252F%252Fservice.test"
                return Response(status=302, headers=(("location", at),))
            case "/headers":
                names = ("link", "x-next", "content-security-policy", "refresh", "content-location")
                more = (("alt-svc", 'h3=":443"'), ("strict-transport-security", "max-age=9"))
                return Response(headers=(TEXT, *((name, f"<{SPELLED}>") for name in names), *more), body=b"x")
            case "/stream":
                return Response(headers=(TEXT,), body=_pieces(SPELLED * 3))
            case "/svg":
                return Response(headers=(SVG,), body=SPELLED.encode())
            case "/untyped":
                return Response(body=b'{"a":"' + SPELLED.encode() + b'"}')
            case "/bytes":
                return Response(headers=(("content-type", "application/octet-stream"),), body=SPELLED.encode())
            case "/in":
                return Response(headers=tuple(("set-cookie", each) for each in COOKIES), body=b"in")
            case _:
                return Response(headers=(TEXT,), body=b"fine")

    async def close(self):
        pass


COOKIES = (
    "plain=1; Path=/",
    "secure=1; Path=/; Domain=.service.test; Secure; HttpOnly",
    "framed=1; Path=/; Secure; SameSite=None; Partitioned",
    "__Host-sid=1; Path=/; Secure; HttpOnly",
    "__Secure-sid=1; Path=/; Domain=service.test; Secure; SameSite=None",
    "next=https%3A%2F%2Fservice.test%2Fhome; Path=/",
)


@contextmanager
def running():
    service = Service()
    with serve(service) as server:
        yield service, server.url


def both(tmp_path, client):
    """What the client returns while it is recorded, and while that is played; the service, and the cassette."""
    path = tmp_path / "session.yaml"
    with running() as (service, url), recording(path, url, profile=PROFILE) as server:
        recorded = client(server.url)
    with replaying(path, profile=PROFILE) as server:
        played = client(server.url)
        report = server.report()
    assert report.ok, report.text()
    return recorded, played, service, load(path)


def told(text, url):
    """A text with the local server's port out of it."""
    return text.replace(url.rpartition(":")[2], "PORT")


LOCAL = "127.0.0.1:PORT"
LOCALLY = (
    f"http://{LOCAL}/a ws://{LOCAL}/b http:\\/\\/{LOCAL}\\/c http%3A%2F%2F127.0.0.1%3APORT%2Fd "
    f"http%253a%252f%252f127.0.0.1%253aPORT%252fe http:\\u002f\\u002f{LOCAL} https://service.test.evil/ "
)


@pytest.mark.parametrize("path", ["/stream", "/svg", "/untyped"])
def test_urls_in_a_body_lead_to_the_local_server(tmp_path, path):
    def client(url):
        return told(requests.get(url + path, timeout=5).text, url)

    recorded, played, _, cassette = both(tmp_path, client)
    assert recorded == played
    assert recorded.count(LOCALLY) == (3 if path == "/stream" else 1)
    assert recorded.count("service.test") == recorded.count("service.test.evil")
    answer = cassette.exchanges[0].response
    whole = answer.body.data or b"".join(line.data for line in answer.stream)
    assert SPELLED.encode() in whole


def test_urls_in_other_bodies_stay(tmp_path):
    recorded, played, _, _ = both(tmp_path, lambda url: requests.get(url + "/bytes", timeout=5).text)
    assert recorded == played == SPELLED


def test_urls_in_any_header_lead_to_the_local_server(tmp_path):
    def client(url):
        answer = requests.get(url + "/headers", timeout=5)
        headers = {name.lower(): told(value, url) for name, value in answer.headers.items()}
        return {name: value for name, value in headers.items() if name not in FRAMING}

    recorded, played, _, _ = both(tmp_path, client)
    assert recorded == played
    assert LOCALLY in recorded["link"] == recorded["x-next"] == recorded["content-security-policy"]
    assert not {"alt-svc", "strict-transport-security"} & set(recorded)


def test_redirect_and_what_is_in_its_query_come_back_to_the_service_as_it_said_it(tmp_path):
    recorded, played, service, cassette = both(
        tmp_path, lambda url: told(requests.get(url + "/redirect", timeout=5).url, url)
    )
    assert recorded == played
    assert (
        recorded
        == f"http://{LOCAL}/login?next=http%3A%2F%2F127.0.0.1%3APORT%2Fhome&u=http%253A%252F%252F127.0.0.1%253APORT"
    )
    wanted = "/login?next=https%3A%2F%2Fservice.test%2Fhome&u=https%253A%252F%252Fservice.test"
    assert cassette.exchanges[1].target == wanted
    assert "service.test" not in service.asked[1][0]  # a service on this machine is told its own origin


def test_what_a_client_says_of_the_local_server_reaches_the_service_as_its_own(tmp_path):
    def client(url):
        files = {"next": (None, f"{url}/cb"), "file": ("a.txt", b"no origin")}
        answers = [
            requests.post(url + "/form", data={"redirect_uri": f"{url}/cb", "a": "1"}, timeout=5),
            requests.post(url + "/json", json={"next": f"{url}/cb"}, timeout=5),
            requests.post(url + "/parts", files=files, timeout=5),
            requests.get(url + "/moved", headers={"Destination": f"{url}/b"}, timeout=5),
            requests.get(f"{url}/via/{url.replace(':', '%3A').replace('/', '%2F')}%2Fx", timeout=5),
        ]
        return [answer.status_code for answer in answers]

    recorded, played, _, cassette = both(tmp_path, client)
    assert recorded == played == [200] * 5
    form, json, parts, moved, via = cassette.exchanges
    assert form.request.body.data == b"redirect_uri=https%3A%2F%2Fservice.test%2Fcb&a=1"
    assert json.request.body.data == b'{"next": "https://service.test/cb"}'
    assert b"\r\n\r\nhttps://service.test/cb\r\n" in parts.request.body.data
    assert ("destination", "https://service.test/b") in moved.request.headers
    assert via.target == "/via/https%3A%2F%2Fservice.test%2Fx"


def test_messages_are_mapped_both_ways_and_binary_ones_only_if_they_are_json(tmp_path):
    def client(url):
        with connect(url.replace("http", "ws", 1) + "/chat", open_timeout=5) as socket:
            said = [f"{url}/a", f'{{"a":"{url}"}}'.encode(), b"\0\1" + b"binary"]
            for each in said:
                socket.send(each)
            got = [socket.recv(timeout=5) for _ in said]
        return [told(each if isinstance(each, str) else each.decode(), url) for each in got]

    recorded, played, _, _ = both(tmp_path, client)
    assert recorded == played
    assert recorded == [
        f"http://{LOCAL}/a http://{LOCAL}",
        f'{{"a":"http://{LOCAL}"}} http://{LOCAL}',
        "\0\1binary https://service.test",
    ]


def session_of(library):
    return {"requests": requests.Session, "httpx": httpx.Client, "curl_cffi": curl.Session}[library]()


@pytest.mark.parametrize("library", ["requests", "httpx", "curl_cffi"])
def test_every_cookie_jar_keeps_its_session_over_plain_http(tmp_path, library):
    def client(url):
        with session_of(library) as session:
            session.get(url + "/in", timeout=5)
            session.get(url + "/me", timeout=5)
            return sorted(told(f"{name}={value}", url) for name, value in session.cookies.items())

    recorded, played, service, _ = both(tmp_path, client)
    assert recorded == played
    sent = next(
        value for target, headers, _ in service.asked if target == "/me" for name, value in headers if name == "cookie"
    )
    assert {each.partition("=")[0] for each in sent.split("; ")} == {each.partition("=")[0] for each in COOKIES}
    assert "next=http%3A%2F%2F127.0.0.1%3APORT%2Fhome" in recorded


def test_replay_gives_the_same_cookies_as_the_recording(tmp_path):
    def client(url):
        answer = requests.get(url + "/in", timeout=5)
        return [told(each, url) for each in answer.raw.headers.getlist("set-cookie")]

    recorded, played, _, _ = both(tmp_path, client)
    assert recorded == played
    assert recorded[1:5] == [
        "secure=1; Path=/; HttpOnly",
        "framed=1; Path=/",
        "__Host-sid=1; Path=/; Secure; HttpOnly",
        "__Host-sid=1; Path=/; HttpOnly",
    ]
