import pytest

from fake_server import serve
from fake_server.script import Script
from provider import CopilotClient
from tests.support.clients.observed_turns import TOKEN
from tests.support.servers.stages import StageOf


@pytest.fixture
def stage():
    script = Script()
    return StageOf(script.handle)


@pytest.fixture
def service(stage):
    with serve(stage) as running:
        yield running


@pytest.fixture
def client(service):
    with CopilotClient(TOKEN, base_url=service.url) as client:
        yield client
