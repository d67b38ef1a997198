"""Messages that arrive together are recorded together, then passed on together."""

import json

import pytest
from websockets.asyncio.client import connect

from fake_server.host.websocket import HostSocket
from fake_server.stage import Accept
from harness.record.journal_file import JournalFile
from provider.websocket import Message, Opcode
from tests.support.journals import read_journal

COUNT = 500
SECRET = "q7Zk3vX9pLw2RtY8"


def text(data):
    return Message(Opcode.TEXT, data)


def at_once(*messages):
    """A service that sends all of these in one write, as soon as the client has sent something."""

    async def run(socket):
        await socket.receive()
        await socket.send_all(messages)
        await socket.receive()

    return lambda _: Accept(run=run)


BURST = tuple(text(b'{"number":%d}' % number) for number in range(COUNT))


@pytest.fixture
def steps(monkeypatch):
    """The order of what happens: ``write`` and ``sync`` of the journal, ``send`` to the client."""
    steps = []
    write, sync, send_all = JournalFile.write, JournalFile.sync, HostSocket.send_all

    def written(file, data):
        steps.append(("write", data.count(b'"message"')))
        write(file, data)

    def synced(file):
        sync(file)
        steps.append(("sync", 0))

    async def sent(socket, messages):
        steps.append(("send", len(messages)))
        await send_all(socket, messages)

    monkeypatch.setattr(JournalFile, "write", written)
    monkeypatch.setattr(JournalFile, "sync", synced)
    monkeypatch.setattr(HostSocket, "send_all", sent)
    return steps


async def received(url, count):
    async with connect(url) as client:
        await client.send("go")
        return [await client.recv() for _ in range(count)]


async def test_burst_is_written_to_the_journal_before_it_is_sent_in_a_few_batches(relay, steps):
    relayed = await relay(at_once(*BURST))
    steps.clear()
    assert await received(relayed.ws_url, COUNT) == [message.data.decode() for message in BURST]
    written = passed = 0
    for step, count in steps:
        if step == "write":
            written += count
        elif step == "send" and count < COUNT:  # the service's own write is the whole burst
            passed += count
            assert passed <= written
    assert passed == COUNT
    assert sum(step == "write" for step, _ in steps) < COUNT / 5
    (socket,) = await relayed.exchanges()
    assert [line.data for line in socket.messages if line.direction == "<" and line.kind == "text"] == [
        message.data for message in BURST
    ]


async def test_durable_journal_is_synced_once_for_each_batch_before_the_batch_is_sent(relay, steps):
    relayed = await relay(at_once(*BURST), durable=True)
    steps.clear()
    await received(relayed.ws_url, COUNT)
    safe = True
    syncs = 0
    for step, count in steps:
        if step == "write":
            safe = False
        elif step == "sync":
            safe, syncs = True, syncs + 1
        elif count < COUNT:
            assert safe
    assert syncs < COUNT / 5


async def test_pings_keep_their_place_between_messages(relay):
    sent = (text(b"1"), Message(Opcode.PING, b"a"), text(b"2"), Message(Opcode.PONG, b"b"), text(b"3"))
    relayed = await relay(at_once(*sent))
    assert await received(relayed.ws_url, 3) == ["1", "2", "3"]
    (socket,) = await relayed.exchanges()
    assert [line.data for line in socket.messages if line.direction == "<"][:5] == [b"1", b"a", b"2", b"b", b"3"]


async def test_secret_that_a_batch_reveals_is_redacted_in_the_messages_before_it(relay):
    sent = (text(f"it is {SECRET}".encode()), text(json.dumps({"accessToken": SECRET}).encode()), text(b"after"))
    relayed = await relay(at_once(*sent))
    assert (await received(relayed.ws_url, 3))[0] == f"it is {SECRET}"
    journal = relayed.recording.journal.path
    records = [record.data for record in read_journal(journal).records if hasattr(record, "data")]
    assert SECRET.encode() not in b"".join(records)
    assert b"it is wiretape-token-1" in records
    (socket,) = await relayed.exchanges()
    assert [line.data for line in socket.messages if line.direction == "<"][:3] == [
        b"it is wiretape-token-1",
        b'{"accessToken": "wiretape-token-1"}',
        b"after",
    ]
