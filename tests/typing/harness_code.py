"""Test code as users write it, with every public name of `harness`: pyright reads it in strict mode."""

from pathlib import Path
from typing import assert_type

from harness import COPILOT, Cassette, HarnessError, Player, Recording, Relay, Wire, load, recording, replaying, save
from harness.stubs import SocketStub, Stub, WireCall, containing, like, response, stubbing
from provider import CopilotClient


def record(path: Path, upstream: str) -> None:
    """Records a session with a service."""
    with recording(path, upstream, profile=COPILOT) as running:
        assert_type(running.url, str)
    assert_type(running.cassette, Cassette | None)


def replay(path: Path) -> str:
    """Replays it to a client."""
    try:
        with replaying(path) as played, CopilotClient(base_url=played.url) as client:
            return client.chat("Hello").text
    except HarnessError as error:
        return str(error)


def copy(path: Path, to: Path) -> Cassette:
    """Reads and writes a cassette."""
    cassette = assert_type(load(path), Cassette)
    save(cassette, to)
    return cassette


def test_that_uses_the_fixtures(wire: Wire, copilot: CopilotClient) -> None:
    assert_type(wire.url, str)
    assert copilot.chat("Hello").text


def test_that_uses_stubs(wire: Wire) -> None:
    stub = assert_type(wire.on("GET", "/items", query={"q": like("a*")}), Stub)
    assert_type(stub.once().reply(json=containing({"a": [1]})).stream(["a"], format="ndjson"), Stub)
    assert_type(stub.reply_with(lambda call: response(json=call.params)), Stub)
    socket = assert_type(wire.on_socket("/ws", subprotocol="json"), SocketStub)
    assert_type(socket.expect({"op": "a"}).send("b").whenever("ping", "pong").close(), SocketStub)
    assert [call.path for call in assert_type(stub.calls, list[WireCall])]
    with stubbing(ordered=True) as service:
        assert_type(service.url, str)
        assert_type(service.on("GET", "/").calls, list[WireCall])


def names_for_annotations(relay: Relay, player: Player, running: Recording) -> tuple[str, ...]:
    """What the two context managers run."""
    return type(relay).__name__, type(player).__name__, type(running).__name__
