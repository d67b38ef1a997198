"""A page of another local port, in a real Chromium, through recording, playing and serving."""

import json

import pytest

from fake_server import serve
from fake_server.stage import Accept, Response
from harness.cassette.model import SocketExchange
from harness.cassette.store import load
from harness.sessions import recording, replaying
from provider.websocket import Ended
from tests.support.browsers.driven_page import driven_page
from tests.support.browsers.sealed_browser import chromium, sealed, temporary

__all__ = ["chromium", "sealed", "temporary"]

JSON = ("content-type", "application/json")


class Service:
    """Knows nothing of pages of other origins: no CORS header, and 405 to OPTIONS."""

    def __init__(self):
        self.preflights = 0

    async def handle(self, request):
        if request.upgrade:
            return Accept(run=self.echo)
        if request.method == "OPTIONS":
            self.preflights += 1
            return Response(status=405, headers=(("allow", "GET, PUT"),))
        if request.path == "/sign-in":
            return Response(headers=(JSON, ("set-cookie", "who=robin; Path=/; HttpOnly")), body=b"{}")
        if request.path == "/missing":
            return Response(status=404, headers=(JSON, ("x-reason", "gone")), body=b'{"error": "missing"}')
        told = {"method": request.method, "body": request.body.decode(), "cookie": "who=robin" in str(request.headers)}
        return Response(headers=(JSON, ("x-total", "3")), body=json.dumps(told).encode())

    async def echo(self, socket):
        while not isinstance(message := await socket.receive(), Ended):
            await socket.send(message)

    async def close(self):
        pass


class Empty:
    """Gives out the page."""

    async def handle(self, request):
        return Response(headers=(("content-type", "text/html"),), body=b"<!doctype html><title>a front end</title>")

    async def close(self):
        pass


TALK = """
(async () => {
  const at = %s, seen = {}
  const call = async (path, options = {}) => {
    const answer = await fetch(at + path, {credentials: 'include', ...options})
    return [answer.status, answer.headers.get('x-total') || answer.headers.get('x-reason'), await answer.json()]
  }
  seen.simple = await call('/simple', {credentials: 'omit'})
  seen.before = await call('/me')
  await call('/sign-in', {method: 'POST', headers: {'content-type': 'application/json'}, body: '{"as": "robin"}'})
  seen.after = await call('/me')
  seen.put = await call('/things/1', {method: 'PUT', headers: {'x-own': '1', 'content-type': 'application/json'}, body: '{"a": 1}'})
  seen.missing = await call('/missing')
  seen.socket = await new Promise((resolve, reject) => {
    const socket = new WebSocket(at.replace('http', 'ws') + '/socket')
    socket.onopen = () => socket.send('over the socket')
    socket.onmessage = event => { resolve(event.data); socket.close() }
    socket.onerror = () => reject(new Error('the socket was refused'))
  })
  return seen
})()
"""
SEEN = {
    "simple": [200, "3", {"method": "GET", "body": "", "cookie": False}],
    "before": [200, "3", {"method": "GET", "body": "", "cookie": False}],
    "after": [200, "3", {"method": "GET", "body": "", "cookie": True}],
    "put": [200, "3", {"method": "PUT", "body": '{"a": 1}', "cookie": True}],
    "missing": [404, "gone", {"error": "missing"}],
    "socket": "over the socket",
}


def by_name(url):
    """A server's URL by the name under which its cookies are those of the page's site."""
    return url.replace("127.0.0.1", "localhost")


async def talk(page, front, server):
    await page.open(by_name(front.url))
    return await page.ask(TALK % json.dumps(by_name(server.url)))


@pytest.mark.browser
async def test_page_of_another_port_is_recorded_and_played_to_a_page_of_yet_another(
    chromium, sealed, temporary, tmp_path
):
    path, service = tmp_path / "session.yaml", Service()
    async with driven_page(chromium, sealed, temporary / "one") as page:
        with (
            serve(Empty()) as front,
            serve(service, own_origins=["*"]) as upstream,
            recording(path, upstream.url, allowed_origins=[by_name(front.url)]) as running,
        ):
            assert await talk(page, front, running) == SEEN
    kept = load(path).exchanges
    assert service.preflights > 0
    assert [each.method for each in kept if not isinstance(each, SocketExchange)].count("OPTIONS") == service.preflights
    # A new profile: the other one's cookies are those of localhost, whatever the port.
    async with driven_page(chromium, sealed, temporary / "two") as page:
        with serve(Empty()) as front, replaying(path, allowed_origins=[by_name(front.url)]) as player:
            assert await talk(page, front, player) == SEEN
            player.report().check()


@pytest.mark.browser
async def test_page_of_another_port_talks_to_a_served_stage_if_allowed(chromium, sealed, temporary):
    async with driven_page(chromium, sealed, temporary / "one") as page:
        with serve(Empty()) as front, serve(Service(), allowed_origins=[by_name(front.url)]) as server:
            assert await talk(page, front, server) == SEEN
        with serve(Empty()) as front, serve(Service()) as server:
            await page.open(by_name(front.url))
            at = json.dumps(by_name(server.url))
            assert await page.ask(f"fetch({at}).then(() => 'read', error => error.name)") == "TypeError"
            opened = (
                f"new Promise(done => {{ const s = new WebSocket({at}.replace('http', 'ws'));"
                "s.onopen = () => done('open'); s.onerror = () => done('refused') })"
            )
            assert await page.ask(opened) == "refused"
