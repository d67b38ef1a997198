"""Recordings of a fake, and of one that is changed; some pass for recordings of the service itself."""

import contextlib

import pytest
from msgspec import structs

from fake_server import serve
from fake_server.script import Config, Script
from harness.cassette.store import load, save
from harness.services.copilot import COPILOT
from harness.sessions import recording
from provider import CopilotClient, CopilotError
from tests.harness.drift.changed import ChangedStage

PROMPTS = ("Hello", "Draw a red fox", "/search news", "And now?", "/throttle")


@pytest.fixture
def record(tmp_path):
    """Records our client as it asks a few questions; gives the cassette's path."""

    def record(name, change=None, *, prompts=PROMPTS, real=True, generation="2026"):
        config = Config(generation=generation)
        stage = Script(config) if change is None else ChangedStage(change, config)
        path = tmp_path / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        with serve(stage, own_origins=COPILOT.origins) as service, recording(path, service.url) as running:
            ask(running.url, prompts, generation)
        if real:
            pretend(path)
        return path

    return record


def ask(url, prompts, generation):
    """One conversation; what the service does wrong is not the client's to tell here."""
    with CopilotClient(
        "wiretape-token-1", base_url=url, generation=generation, timeout=3.0, impersonate=None
    ) as client:
        with contextlib.suppress(CopilotError):
            for prompt in prompts:
                for _ in client.chat(prompt):
                    pass
        with contextlib.suppress(CopilotError):
            client.history()


def pretend(path):
    """Let a recording of the fake say that it is one of the service: there is no other at hand."""
    made = load(path)
    save(structs.replace(made, recorded=structs.replace(made.recorded, origin=COPILOT.upstream)), path)


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    """A folder with three recordings that pass for recordings of the service."""
    folder = tmp_path_factory.mktemp("known")
    for number in range(3):
        path = folder / f"known-{number}.yaml"
        with (
            serve(Script(Config()), own_origins=COPILOT.origins) as service,
            recording(path, service.url) as running,
        ):
            ask(running.url, PROMPTS, "2026")
        pretend(path)
    return folder
