"""What a profile says of sockets, with a real client and server: heartbeats, and how messages are taken apart."""

import json
import sys

import pytest

from fake_server import serve
from fake_server.stage import Accept
from harness.cli.main import main
from provider.websocket import Ended, Message, Opcode
from tests.support.servers.stages import answering

BEATING = """
import json, os, sys
from websockets.sync.client import connect

with connect(os.environ["WIRETAPE_WS_URL"] + "/gateway") as socket:
    for number in range(int(sys.argv[1])):
        socket.send(json.dumps({"op": 1, "d": number}))
        assert json.loads(socket.recv(timeout=10))["op"] == 11
    socket.send(json.dumps({"op": 8, "say": sys.argv[2]}))
    print(json.loads(socket.recv(timeout=10)))
"""
DIVIDED = """
import os, sys
from websockets.sync.client import connect

sent = b"".join(len(each).to_bytes(4, "big") + each for each in (b"hello", b"to", b"you"))
size = int(sys.argv[1])
with connect(os.environ["WIRETAPE_WS_URL"] + "/stream") as socket:
    for start in range(0, len(sent), size):
        socket.send(sent[start : start + size])
    print(socket.recv(timeout=10))
"""


async def gateway(socket):
    """Acknowledges heartbeats, and replies to all else."""
    while not isinstance(got := await socket.receive(), Ended):
        said = json.loads(got.data)
        reply = {"op": 11, "type": said.get("type")} if said["op"] == 1 else {"op": 0, "got": said["say"]}
        await socket.send(Message(Opcode.TEXT, json.dumps(reply).encode()))


async def stream(socket):
    """Reads a stream of packets, and replies once to all of them."""
    data = b""
    while len(data) < 22 and not isinstance(got := await socket.receive(), Ended):
        data += got.data
    await socket.send(Message(Opcode.BINARY, b"\0\0\0\2ok"))
    while not isinstance(await socket.receive(), Ended):
        pass


@pytest.fixture
def session(tmp_path, monkeypatch, capfd):
    """Records or replays a client with a profile; its exit code, and what it printed."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def run(profile, *options, client, arguments):
        (tmp_path / "wiretape.toml").write_text(f"[services.gateway]\n{profile}\n")
        code = main([*options, "--", sys.executable, "-c", client, *map(str, arguments)])
        told = capfd.readouterr()
        return code, told.out.strip(), told.err

    return run


def test_heartbeats_that_the_profile_names_come_as_often_as_they_like(session):
    named = """heartbeats = ['{"op": 1}', '{"op": 11}']"""
    with serve(answering(Accept(run=gateway))) as server:
        record = ("record", "-o", "a.yaml", "--upstream", server.url)
        assert session(named, *record, client=BEATING, arguments=(1, "hello"))[0] == 0
    for count in (0, 1, 4):
        code, out, err = session(named, "replay", "a.yaml", client=BEATING, arguments=(count, "hello"))
        assert (code, out) == (0, "{'op': 0, 'got': 'hello'}"), err
    # Without the profile they are requests, one of which the recording has.
    code, _, err = session("", "replay", "a.yaml", client=BEATING, arguments=(4, "hello"))
    assert code == 1
    assert session(named, "replay", "a.yaml", client=BEATING, arguments=(4, "other"))[0] == 1


def test_no_heartbeats_at_all_if_the_profile_says_so(session):
    with serve(answering(Accept(run=gateway))) as server:
        record = ("record", "-o", "a.yaml", "--upstream", server.url)
        client = BEATING.replace('"d": number', '"type": "ping"')
        assert session("", *record, client=client, arguments=(1, "hello"))[0] == 0
    assert session("", "replay", "a.yaml", client=client, arguments=(3, "hello"))[0] == 0
    assert session("heartbeats = []", "replay", "a.yaml", client=client, arguments=(1, "hello"))[0] == 0
    assert session("heartbeats = []", "replay", "a.yaml", client=client, arguments=(3, "hello"))[0] == 1


def test_a_stream_of_packets_may_come_in_other_messages(session):
    named = 'framing = {"/str*" = "length32", "/gateway" = "messages"}'
    with serve(answering(Accept(run=stream))) as server:
        record = ("record", "-o", "a.yaml", "--upstream", server.url)
        assert session(named, *record, client=DIVIDED, arguments=(22,))[0] == 0
    for size in (1, 9, 22):
        code, out, err = session(named, "replay", "a.yaml", client=DIVIDED, arguments=(size,))
        assert (code, out) == (0, r"b'\x00\x00\x00\x02ok'"), err
    assert session("", "replay", "a.yaml", client=DIVIDED, arguments=(9,))[0] == 1


@pytest.mark.parametrize(("profile", "code"), [("", 0), ('framing = "plain"', 1)])
def test_plain_messages_are_compared_as_they_are(session, profile, code):
    with serve(answering(Accept(run=gateway))) as server:
        record = ("record", "-o", "a.yaml", "--upstream", server.url)
        assert session(profile, *record, client=BEATING, arguments=(0, "hello"))[0] == 0
    other = BEATING.replace('"op": 8, "say": sys.argv[2]', '"say": sys.argv[2], "op": 8')
    assert session(profile, "replay", "a.yaml", client=other, arguments=(0, "hello"))[0] == code
