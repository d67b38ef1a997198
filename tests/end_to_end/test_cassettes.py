"""The kept cassettes, replayed with no service behind them: by both drivers, and by a client that shares no code."""

import asyncio
import json
import urllib.error
import urllib.request
from contextlib import AsyncExitStack

import pytest
from websockets.sync.client import connect

from harness import load, replaying
from harness.cassette.model import Call, SocketExchange
from provider import AsyncCopilotClient, CopilotError
from tests.support.cassettes.scenarios import BY_NAME, FOLDER, TAKES, fingerprint, outcome

NAMES = [take.name for take in TAKES]


def test_every_take_has_its_cassette_and_every_cassette_its_take():
    found = {path.stem for path in FOLDER.glob("*.yaml")} - {"prompts", "hand-made-may-2025"}
    assert found == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_cassette_says_that_it_comes_from_the_fake(name):
    recorded = load(FOLDER / f"{name}.yaml").recorded
    assert (recorded.by, recorded.origin) == ("relay", f"fake:{BY_NAME[name].generation}")


async def outcome_async(take, client):
    told = []
    async with AsyncExitStack() as later:
        for number, prompt in enumerate(take.prompts):
            if number and take.apart:
                options = {**take.options(client.base_url), "conversation": client.conversation}
                client = await later.enter_async_context(AsyncCopilotClient(take.token, **options))
            try:
                async for item in client.chat(prompt, media=take.media if number == 0 else ()):
                    told.append(item)
            except CopilotError as error:
                return [*told, *fingerprint(error)]
    return told


def plain(told, url):
    """What was told, without the local server's address."""
    return repr(told).replace(url, "http://here")


@pytest.mark.parametrize("name", NAMES)
def test_sync_and_async_replay_alike_and_as_recorded(name, snapshot):
    take = BY_NAME[name]
    with replaying(FOLDER / f"{name}.yaml") as player, take.client(player.url) as client:
        told = plain(outcome(take, client), player.url)
        assert player.report().ok, player.report().text()

    async def run(url):
        async with AsyncCopilotClient(take.token, **take.options(url)) as client:
            return await outcome_async(take, client)

    with replaying(FOLDER / f"{name}.yaml") as player:
        assert plain(asyncio.run(run(player.url)), player.url) == told
        assert player.report().ok, player.report().text()
    assert told == snapshot


class OutsideClient:
    """Speaks what a cassette says, with `urllib` and `websockets` alone."""

    def __init__(self, url):
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), KeepRedirects())

    def call(self, exchange):
        body = exchange.request.body.data
        request = urllib.request.Request(self.url + exchange.target, body or None, method=exchange.method)
        for name, value in exchange.request.headers:
            if name in ("authorization", "content-type", "x-copilot-temporarysessionkey"):
                request.add_header(name, value)
        try:
            with self.opener.open(request, timeout=5) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def converse(self, exchange):
        """The messages of the service, for all that the client is recorded to have said."""
        received = []
        url = self.url.replace("http", "ws") + exchange.target
        with connect(url, proxy=None, compression=None, open_timeout=5, close_timeout=5, max_size=None) as socket:
            for line in exchange.messages:
                if line.kind != "text":
                    break
                if line.direction == ">":
                    socket.send(line.data.decode())
                else:
                    received.append(socket.recv(5))
        return received


class KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@pytest.mark.parametrize("name", ["text-2026", "text-2025-03", "image-2026", "search-2026", "conversation-2026"])
def test_client_that_shares_no_code_gets_what_was_recorded(name):
    cassette = load(FOLDER / f"{name}.yaml")
    with replaying(cassette) as player:
        client = OutsideClient(player.url)
        for exchange in cassette.exchanges:
            if isinstance(exchange, Call):
                status, body = client.call(exchange)
                assert (status, len(body) > 0) == (exchange.response.status, True)
            else:
                assert isinstance(exchange, SocketExchange)
                recorded = [
                    json.loads(line.data)["event"]
                    for line in exchange.messages
                    if line.direction == "<" and line.kind == "text"
                ]
                assert [json.loads(text)["event"] for text in client.converse(exchange)] == recorded
        assert player.report().ok, player.report().text()
