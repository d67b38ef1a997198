"""Both transports behind one fixture: every test that asks for `open_transport` runs on each."""

import asyncio
import inspect

import pytest

from provider.transport.async_transport import AsyncSocket, AsyncTransport
from provider.transport.errors import TransportError
from provider.transport.sync_transport import SyncTransport
from provider.transport.types import Settings


class Driven:
    """A transport or socket of either kind, called the blocking way."""

    def __init__(self, target, run):
        self._target = target
        self._run = run

    def __getattr__(self, name):
        found = getattr(self._target, name)
        if not callable(found):
            return found

        def call(*args, **kwargs):
            result = found(*args, **kwargs)
            if inspect.iscoroutine(result):
                result = self._run(result)
            return Driven(result, self._run) if isinstance(result, AsyncSocket) else result

        return call


@pytest.fixture(params=["blocking", "asyncio"])
def open_transport(request):
    """Makes transports with the settings given; closes them after the test."""
    opened = []
    with asyncio.Runner() as runner:

        async def make(settings):
            return AsyncTransport(settings)

        def open_one(**settings):
            settings = Settings(**{"trust_environment": False, **settings})
            if request.param == "blocking":
                transport = SyncTransport(settings)
            else:
                transport = Driven(runner.run(make(settings)), runner.run)
            opened.append(transport)
            return transport

        yield open_one
        for transport in opened:
            transport.close()


@pytest.fixture
def connect(open_transport):
    """Opens sockets; aborts them after the test."""
    opened = []

    def connect_one(url, *, headers=(), timeout=5.0, **settings):
        socket = open_transport(**settings).connect(url, headers=headers, timeout=timeout)
        opened.append(socket)
        return socket

    yield connect_one
    for socket in opened:
        socket.abort()


@pytest.fixture
def receive_all():
    """Receives until the socket fails; the messages, and the failure."""

    def receive(socket, timeout=5.0):
        messages = []
        while True:
            try:
                messages.append(socket.receive(timeout))
            except TransportError as error:
                return messages, error

    return receive
