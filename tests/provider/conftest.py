import pytest

from fake_server import serve
from fake_server.script import Config, Script
from provider import CopilotClient


@pytest.fixture
def service():
    """A fake service."""
    with serve(Script(Config())) as server:
        yield server


@pytest.fixture
def slow():
    """A fake service that takes its time for each piece of an answer."""
    with serve(Script(Config(chunk_delay=0.02))) as server:
        yield server


@pytest.fixture
def client(service):
    """A client of the fake service."""
    with CopilotClient("token-of-the-tests", base_url=service.url, linger=0.2) as client:
        yield client
