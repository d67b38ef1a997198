"""Cookies of a session with several upstreams: each reaches the hosts that it was set for, and no other one."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path

from websockets.sync.client import connect

from fake_server import serve
from fake_server.stage import Accept, Answer, Request, Response, Socket
from harness.cassette.store import load
from harness.services.neutral import NEUTRAL
from harness.sessions import recording, replaying
from provider.websocket import Ended

KEY = "k3y-0f-th3-ap1-4711"


class Site:
    """A service that sets cookies, and notes those that it gets, by path."""

    def __init__(self, *cookies: str) -> None:
        self.got: dict[str, str | None] = {}
        self._cookies = tuple(("set-cookie", each) for each in cookies)

    async def handle(self, request: Request) -> Answer:
        self.got[request.target] = request.header("cookie")
        if request.upgrade:
            return Accept(run=_until_end)
        given = self._cookies if request.target == "/login" else ()
        return Response(headers=(("content-type", "application/json"), *given), body=b"{}")

    async def close(self) -> None: ...


async def _until_end(socket: Socket) -> None:
    while not isinstance(await socket.receive(), Ended):
        pass


def _browse(api: str, gateway: str) -> None:
    """Log in to two hosts with one cookie jar, as a client that does not distinguish ports."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    for url in (f"{api}/login", f"{gateway}/first", f"{gateway}/login", f"{api}/me", f"{gateway}/me"):
        with opener.open(url, timeout=10) as answer:
            assert json.loads(answer.read()) == {}
    cookies = "; ".join(["theme=dark", *(f"{each.name}={each.value}" for each in jar)])
    with connect(f"ws{gateway.removeprefix('http')}/live", additional_headers={"cookie": cookies}) as socket:
        socket.send("hello")


def _session(tmp_path: Path, check: Callable[[Site, Site], None]) -> Path:
    path = tmp_path / "cookies.yaml"
    api, gateway = Site(f"key={KEY}; HttpOnly", "sid=of-the-api; Path=/"), Site("sid=of-the-gateway; Path=/")
    with serve(api) as a, serve(gateway) as g:
        # Two hosts, as clients see them: cookies of 127.0.0.1 are none of localhost.
        further = {"gateway": g.url.replace("127.0.0.1", "localhost")}
        with recording(path, a.url, profile=NEUTRAL, upstreams=further) as running:
            _browse(running.url, running.upstreams["gateway"])
        check(api, gateway)
    return path


def test_a_cookie_reaches_only_the_upstream_that_set_it(tmp_path: Path) -> None:
    def check(api: Site, gateway: Site) -> None:
        assert KEY not in str(gateway.got)
        assert "of-the-api" not in str(gateway.got)
        assert "of-the-gateway" not in str(api.got)

    _session(tmp_path, check)


def test_each_upstream_gets_its_own_cookie_of_a_name_that_two_have_set(tmp_path: Path) -> None:
    def check(api: Site, gateway: Site) -> None:
        assert sorted((api.got["/me"] or "").split("; ")) == [f"key={KEY}", "sid=of-the-api"]
        assert gateway.got["/me"] == "sid=of-the-gateway"
        assert gateway.got["/live"] == "theme=dark; sid=of-the-gateway"
        assert gateway.got["/first"] is None

    _session(tmp_path, check)


def test_the_cassette_shows_the_cookies_that_were_sent_and_is_replayed(tmp_path: Path) -> None:
    path = _session(tmp_path, lambda api, gateway: None)
    names = {
        each.target.rpartition("/")[2]: [
            pair.partition("=")[0].strip()
            for name, value in each.request.headers
            if name == "cookie"
            for pair in value.split(";")
        ]
        for each in load(path).exchanges
        if "localhost" in each.target
    }
    assert names == {"first": [], "login": [], "me": ["sid"], "live": ["theme", "sid"]}
    assert KEY not in path.read_text()
    with replaying(path, profile=NEUTRAL) as player:
        _browse(player.url, player.upstreams["gateway"])
        report = player.report()
    assert report.ok, report.text()
