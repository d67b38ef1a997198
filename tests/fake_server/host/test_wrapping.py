"""Every point at which a fault can strike is within reach of a stage around another one."""

from dataclasses import replace

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus
from websockets.sync.client import connect

from fake_server import Accept, Drop, Response, serve
from fake_server.stage import SocketWrapper
from tests.support.servers.stages import conversing, echoing, text


def dial(server):
    return connect(server.ws_url, open_timeout=5, close_timeout=5, proxy=None, compression=None)


def refused(server) -> BaseException:
    with pytest.raises((OSError, InvalidHandshake)) as caught:
        dial(server)
    return caught.value


class Breaking:
    """A stage around another one: answers an upgrade otherwise, or puts its own socket before the inner stage."""

    def __init__(self, inner, *, instead=None, socket=None):
        self.inner, self.instead, self.socket = inner, instead, socket

    async def handle(self, request):
        answer = await self.inner.handle(request)
        if not isinstance(answer, Accept):
            return answer
        if self.instead is not None:
            return self.instead

        async def run(wire):
            await answer.run(self.socket(wire))

        return replace(answer, run=run)

    async def close(self):
        await self.inner.close()


class Passing:
    def __init__(self, wire):
        self._wire = wire
        self._sent = 0

    def __getattr__(self, name):
        return getattr(self._wire, name)


class CutAfterTwo(Passing):
    async def send(self, message):
        if self._sent == 2:
            await self._wire.abort("eof")
        self._sent += 1
        await self._wire.send(message)


class OtherClose(Passing):
    async def close(self, code=1000, reason=""):
        return await self._wire.close(1013, f"not {code}: {reason}")


class Shouting(Passing):
    async def send(self, message):
        await self._wire.send(text(message.data.decode().upper()))


def test_upgrade_can_be_refused():
    with serve(Breaking(echoing(), instead=Response(status=503))) as server:
        assert isinstance(refused(server), InvalidStatus)


@pytest.mark.parametrize("how", ["eof", "reset"])
def test_upgrade_can_be_dropped(how):
    with serve(Breaking(echoing(), instead=Drop(how=how))) as server:
        assert isinstance(refused(server), ConnectionResetError | InvalidMessage)


def test_connection_can_be_cut_after_the_nth_message():
    with serve(Breaking(echoing(), socket=CutAfterTwo)) as server, dial(server) as client:
        for number in range(3):
            client.send(str(number))
        assert [client.recv(5), client.recv(5)] == ["0", "1"]
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(5)
        assert caught.value.rcvd is None


def test_message_can_be_changed():
    with serve(Breaking(echoing(), socket=Shouting)) as server, dial(server) as client:
        client.send("hi")
        assert client.recv(5) == "HI"


def test_wrapper_that_changes_messages_changes_those_that_are_sent_together():
    class Louder(SocketWrapper):
        async def send(self, message):
            await super().send(text(message.data.decode().upper()))

    async def run(wire):
        await wire.send_all([text("one"), text("two")])

    with serve(Breaking(conversing(run), socket=Louder)) as server, dial(server) as client:
        assert [client.recv(5), client.recv(5)] == ["ONE", "TWO"]


def test_close_can_be_changed():
    async def run(wire):
        await wire.close(1000, "bye")

    with serve(Breaking(conversing(run), socket=OtherClose)) as server, dial(server) as client:
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(5)
        assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1013, "not 1000: bye")
