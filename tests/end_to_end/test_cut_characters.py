"""A service that cuts its text by UTF-16 units: an emoji's halves come in two events."""

import asyncio

import pytest

from fake_server import serve
from harness.scripted import Scripted
from provider import AsyncCopilotClient, CopilotClient, Reasoning

APPEND = '{"event":"appendText","messageId":"m1","partId":"%s","text":"%s","id":"9"}'
THINK = '{"event":"chainOfThought","messageId":"m1","partId":"p1","text":"%s","id":"9"}'

TURNS = {
    "in-two-events": ([APPEND % ("p1", r"smile \ud83d"), APPEND % ("p1", r"\ude00 end")], "smile 😀 end"),
    "other-event-between": (
        [APPEND % ("p1", r"smile \ud83d"), '{"event":"modeSelected","id":"8"}', APPEND % ("p1", r"\ude00")],
        "smile 😀",
    ),
    "plain-text-behind-a-half": ([APPEND % ("p1", r"\ud83d"), APPEND % ("p1", "plain")], "\ufffdplain"),
    "last-half-alone": ([APPEND % ("p1", "a"), APPEND % ("p1", r"\ud83d")], "a\ufffd"),
    "second-half-alone": ([APPEND % ("p1", r"\ude00 b")], "\ufffd b"),
    "replaced": (
        [APPEND % ("p1", r"\ud83d"), '{"event":"replaceText","messageId":"m1","partId":"p1","text":"new \\ud83d"}'],
        "new \ufffd",
    ),
}


def told(client_of, script):
    """The turn that a client makes of a script, by the blocking and by the asyncio client."""
    with serve(script.stage()) as server:
        if client_of is CopilotClient:
            with CopilotClient("a-token", base_url=server.url) as client:
                return list(client.chat("Hello"))

        async def ask():
            async with AsyncCopilotClient("a-token", base_url=server.url) as client:
                return [item async for item in client.chat("Hello")]

        return asyncio.run(ask())


def scripted(messages):
    script = Scripted().say("> ")
    for each in messages:
        script.raw(each)
    return script.done()


@pytest.mark.parametrize("client", [CopilotClient, AsyncCopilotClient])
@pytest.mark.parametrize(("messages", "text"), TURNS.values(), ids=TURNS)
def test_answer_has_whole_characters(client, messages, text):
    items = told(client, scripted(messages))
    shown = "".join(item for item in items if isinstance(item, str))
    [*replaced] = [item.answer for item in items if type(item).__name__ == "TextReplaced"]
    assert (replaced or [shown])[-1].endswith(text)
    shown.encode()


@pytest.mark.parametrize("client", [CopilotClient, AsyncCopilotClient])
def test_reasoning_has_whole_characters(client):
    items = told(client, scripted([THINK % r"hm \ud83d", THINK % r"\ude00", THINK % r"\ud83d"]))
    assert "".join(item.text for item in items if isinstance(item, Reasoning)) == "hm 😀\ufffd"
