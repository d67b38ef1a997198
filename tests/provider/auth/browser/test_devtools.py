"""The DevTools client: literal messages in and out."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.auth.browser import devtools
from provider.auth.browser.devtools import DevToolsClosedError, DevToolsError, PipeDevTools


@pytest.fixture
def written():
    return []


@pytest.fixture
def client(written):
    return PipeDevTools(written.append)


async def ask(client, *arguments):
    """A command that has been written, and waits."""
    task = asyncio.ensure_future(client.send(*arguments))
    await asyncio.sleep(0)
    return task


async def test_a_command_and_its_result(client, written):
    task = await ask(client, "Page.navigate", {"url": "u"}, "S1")
    assert written == [b'{"id": 1, "method": "Page.navigate", "params": {"url": "u"}, "sessionId": "S1"}\0']
    client.feed(b'{"id":1,"result":{"frameId":"F"},"sessionId":"S1"}\0')
    assert await task == {"frameId": "F"}


async def test_results_come_in_any_order_and_in_any_pieces(client):
    first, second = await ask(client, "A"), await ask(client, "B")
    for byte in b'{"id":2,"result":{"b":1}}\0{"id":1,"result":{"a":1}}\0':
        client.feed(bytes([byte]))
    assert (await first, await second) == ({"a": 1}, {"b": 1})


async def test_a_refused_command_names_itself_and_none_of_the_browsers_words(client):
    task = await ask(client, "Page.navigate", {"url": "secret-1"})
    client.feed(b'{"id":1,"error":{"code":-32000,"message":"secret-2"}}\0')
    with pytest.raises(
        DevToolsError, match=r"^Page.navigate: the browser rejects this DevTools command \(code -32000\)$"
    ):
        await task


async def test_events_come_in_order_and_do_not_show_their_contents(client):
    heard = []
    client.listen(heard.append)
    client.feed(b'{"method":"A.b","params":{"x":"secret"},"sessionId":"S"}\0{"method":"A.c","params":{}}\0')
    assert [(e.method, dict(e.params), e.session_id) for e in heard] == [
        ("A.b", {"x": "secret"}, "S"),
        ("A.c", {}, None),
    ]
    assert "secret" not in repr(heard)


async def test_a_page_that_goes_ends_its_commands_and_no_others(client):
    gone, other, browser = (
        await ask(client, "A", None, "S1"),
        await ask(client, "B", None, "S2"),
        await ask(client, "C"),
    )
    client.feed(b'{"method":"Target.detachedFromTarget","params":{"sessionId":"S1"}}\0')
    with pytest.raises(DevToolsError, match="A: the browser's page was closed"):
        await gone
    client.feed(b'{"id":2,"result":{}}\0{"id":3,"result":{}}\0')
    assert await other == await browser == {}


async def test_the_end_of_the_browser_ends_every_command(client, written):
    waiting = await ask(client, "A")
    client.close()
    for command in (waiting, client.send("B")):
        with pytest.raises(DevToolsClosedError):
            await command
    client.post("C")
    client.feed(b'{"id":1,"result":{}}\0')
    assert len(written) == 1


async def test_a_cancelled_command_does_not_wait_for_its_answer(client):
    task = await ask(client, "A")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    client.feed(b'{"id":1,"result":{}}\0')


async def test_a_message_without_end_closes_the_client(client, monkeypatch):
    monkeypatch.setattr(devtools, "MAX_MESSAGE_BYTES", 1000)
    task = await ask(client, "A")
    client.feed(b"x" * 1001)
    with pytest.raises(DevToolsClosedError):
        await task


MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        name: st.none() | st.integers() | st.text() | st.lists(st.integers()) | st.dictionaries(st.text(), st.text())
        for name in ("id", "method", "params", "sessionId", "result", "error")
    },
)


@pytest.mark.slow
@given(st.lists(st.binary() | MESSAGE.map(lambda message: json.dumps(message).encode() + b"\0")))
def test_no_bytes_make_the_client_fail(pieces):
    client = PipeDevTools(lambda _: None)
    client.listen(repr)
    for piece in pieces:
        client.feed(piece)
