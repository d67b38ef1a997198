import asyncio
from contextlib import AsyncExitStack
from functools import partial

import pytest

from fake_server.host.limits import Limits
from fake_server.host.server import serve
from fake_server.stage import Response
from harness.cassette.store import load
from harness.profile import ServiceProfile
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.relay.relay import Relay
from provider.transport.types import Settings
from tests.support.relay.three_ways import three_ways

PROFILE = ServiceProfile(
    name="test",
    upstream="https://service.test",
    secret_headers={"authorization": "token"},
    secret_query={"access_token": "token"},
    secret_fields={"accessToken": "token"},
    origins=("https://service.test",),
)

HURRIED = Limits(close_timeout=0.3)
"""A host waits that long for a client that has half closed its connection."""


class Upstream:
    """A stage that is one function, and remembers what it was asked."""

    def __init__(self, handle):
        self._handle = handle
        self.requests = []

    async def handle(self, request):
        self.requests.append(request)
        answer = self._handle(request)
        return await answer if asyncio.iscoroutine(answer) else answer

    async def close(self):
        pass


class Relayed:
    """A client's view: the relay's address, what the service was asked, and the cassette in the end."""

    def __init__(self, upstream, service, server, recording, stage):
        self.upstream = upstream
        self.service = service
        self.server = server
        self.recording = recording
        self.stage = stage

    @property
    def port(self):
        return self.server.port

    @property
    def ws_url(self):
        return f"ws://127.0.0.1:{self.port}"

    async def exchanges(self):
        """Stop the relay, and read what was recorded."""
        await self.server.aclose()
        self.recording.finish()
        return load(self.recording.path).exchanges

    async def http(self, text):
        """Send raw bytes, and read until the relay ends the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(text.encode())
            async with asyncio.timeout(10):
                return (await reader.read()).decode("latin-1")
        finally:
            writer.close()
            await writer.wait_closed()

    async def get(self, target="/x", *headers, method="GET", body=""):
        """One request, one answer: head and body."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close", *headers]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        head, _, rest = (await self.http("\r\n".join([*lines, "", body]))).partition("\r\n\r\n")
        return head, unchunked(rest) if "chunked" in head else rest


def unchunked(text):
    whole = ""
    while text:
        size, _, text = text.partition("\r\n")
        whole += text[: int(size, 16)]
        text = text[int(size, 16) + 2 :]
    return whole


@pytest.fixture
async def relay(tmp_path):
    """Makes a service that answers with one function, and a recording relay before it."""
    async with AsyncExitStack() as stack:

        async def make(
            handle=lambda _: Response(body=b"hello"),
            *,
            url=None,
            settings=None,
            durable=False,
            service_limits=HURRIED,
            **options,
        ):
            service = Upstream(handle)
            upstream = await stack.enter_async_context(serve(service, limits=service_limits))
            chosen = RecordingOptions(state_directory=tmp_path / "state", durable=durable)
            recording = Recording(tmp_path / "session.yaml", PROFILE, options=chosen)
            stack.callback(recording.close)
            settings = settings or Settings(trust_environment=False)
            stage = Relay(url or upstream.url, PROFILE, recording, settings=settings, **options)
            server = await stack.enter_async_context(serve(stage, limits=HURRIED))
            return Relayed(upstream, service, server, recording, stage)

        yield make


@pytest.fixture
def trip(tmp_path):
    """Sends one request to a service, through a relay, and to the player; returns what each brought."""
    return partial(three_ways, tmp_path)
