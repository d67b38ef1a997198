"""A cassette of the fake, and sessions against it in which new things are asked."""

from contextlib import contextmanager

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from harness.cassette.store import load
from harness.episodes.stage import Episodes
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.relay.relay import Relay
from harness.replay.player import Player
from harness.services.copilot import COPILOT
from harness.sessions import describe_origin, recording
from provider import CopilotClient
from provider.transport.types import Settings


def ask(client, prompt):
    """The text of one turn."""
    return "".join(item for item in client.chat(prompt) if isinstance(item, str))


class Session:
    """A client on the stage, and what it said in the end."""

    def __init__(self, stage, server):
        self.stage = stage
        self.server = server

    def client(self):
        return CopilotClient("fake-access-token-of-the-tests", base_url=self.server.url, generation="2026")


@pytest.fixture
def path(tmp_path):
    """Where the cassette is: one turn, with the prompt "Hello"."""
    place = tmp_path / "chat.yaml"
    with (
        serve(Script(Config(generation="2026", seed=1))) as service,
        recording(place, service.url) as relay,
        CopilotClient("fake-access-token-of-the-tests", base_url=relay.url, generation="2026") as client,
    ):
        ask(client, "Hello")
    return place


@pytest.fixture
def episodes(path, tmp_path):
    """Opens the stage over the cassette, with a fake of another seed as the live service."""
    takes = []

    @contextmanager
    def opened():
        cassette = load(path)
        with serve(Script(Config(generation="2026", seed=2))) as service:
            take = Recording(
                path,
                COPILOT,
                origin=describe_origin(service.url),
                options=RecordingOptions(state_directory=tmp_path / "state"),
            )
            relay = Relay(service.url, COPILOT, take, settings=Settings(trust_environment=False))
            stage = Episodes(cassette, Player(cassette, COPILOT), relay, COPILOT)
            takes.append(take)
            with serve(stage, own_origins=COPILOT.origins) as server:
                yield Session(stage, server)

    yield opened
    for take in takes:
        take.close()
