"""Scripts behind a running server, and clients of them."""

import json
from contextlib import ExitStack

import pytest
from websockets.sync.client import connect

from fake_server import serve
from harness.scripted import Scripted
from provider import AsyncCopilotClient, CopilotClient
from provider.wire.generations import find_generation

TOKEN = "fake-access-token-of-the-tests"


class Scene:
    """A script, its server, and clients of it."""

    def __init__(self, script, server, closing):
        self.script = script
        self.server = server
        self.token = TOKEN
        self._closing = closing

    def client(self):
        # Without retries: each fault of the script is seen where it strikes.
        options = {"base_url": self.server.url, "generation": self.script.generation, "max_retries": 0}
        return self._closing.enter_context(CopilotClient(TOKEN, **options))

    def async_client(self):
        return AsyncCopilotClient(TOKEN, base_url=self.server.url, generation=self.script.generation, max_retries=0)

    def dial(self):
        """A plain WebSocket client, which shares no code with the server."""
        url = f"{self.server.ws_url}/c/api/chat?api-version=2&accessToken={TOKEN}"
        limits = {"open_timeout": 5, "close_timeout": 5}
        socket = self._closing.enter_context(connect(url, proxy=None, compression=None, **limits))
        return Bare(socket, find_generation(self.script.generation).connected)


class Bare:
    """Says and hears JSON."""

    def __init__(self, socket, greetings):
        self.socket = socket
        for _ in range(greetings):
            assert self.hear()["event"] == "connected"

    def ask(self, prompt):
        content = [{"type": "text", "text": prompt}]
        self.say({"event": "send", "conversationId": "c1", "content": content, "mode": "chat"})

    def say(self, command):
        self.socket.send(json.dumps(command))

    def hear(self, within=5):
        return json.loads(self.socket.recv(within))

    def hear_until(self, name):
        told = [self.hear()]
        while told[-1]["event"] != name:
            told.append(self.hear())
        return told


@pytest.fixture
def scene():
    """Opens a script in a generation; the host must not have failed when it ends."""
    with ExitStack() as closing:
        scenes = []

        def open_scene(generation="2026"):
            script = Scripted(generation)
            server = closing.enter_context(serve(script.stage()))
            scenes.append(Scene(script, server, closing))
            return scenes[-1]

        yield open_scene
    assert [each.server.errors for each in scenes] == [[] for _ in scenes]
