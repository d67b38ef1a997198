"""A client's close frame is the service's to answer, with its own code and reason, after what it still has to say."""

from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from fake_server.host.server import serve
from fake_server.stage import Accept
from harness import load, recording, replaying
from provider.websocket import Ended, Message, Opcode, encode_close
from tests.support.clients.raw_client import masked, read_all, upgraded
from tests.support.servers.stages import answering


async def sums_up(socket):
    """Says what the client said, once it has closed."""
    said = []
    while not isinstance(got := await socket.receive(), Ended):
        said.append(got.data)
    await socket.send(Message(Opcode.TEXT, b"so: " + b" ".join(said)))
    await socket.close(4001, f"after {got.code}")


async def closes_without_a_code(socket):
    while not isinstance(await socket.receive(), Ended):
        pass
    await socket.close(None)


async def leaves_without_a_close_frame(socket):
    while not isinstance(await socket.receive(), Ended):
        pass
    await socket.abort("eof")


async def says_nothing_more(socket):
    while not isinstance(await socket.receive(), Ended):
        pass


@pytest.mark.parametrize("code", [1000, 4999, None])
@pytest.mark.parametrize("service", [sums_up, closes_without_a_code, leaves_without_a_close_frame, says_nothing_more])
def test_farewell_of_the_service_is_the_clients_directly_relayed_and_replayed(tmp_path, service, code):
    def heard(url):
        with upgraded(SimpleNamespace(host="127.0.0.1", port=urlsplit(url).port)) as client:
            client.sendall(masked(1, b"a") + masked(1, b"b") + masked(8, encode_close(code)))
            return read_all(client)

    cassette = tmp_path / "farewell.yaml"
    with serve(answering(Accept(run=service, answers_close=True))) as server:
        direct = heard(server.url)
        with recording(cassette, server.url) as relay:
            relayed = heard(relay.url)
    with replaying(cassette) as player:
        replayed = heard(player.url)
    assert relayed == direct
    assert replayed == direct
    assert load(cassette).recorded.complete
