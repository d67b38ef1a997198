"""The web service, asked through ASGI: by cassette, by script, and before the fake."""

import json
from contextlib import aclosing

import httpx
import pytest
from fake_server import serve
from fake_server.script import Script
from provider import AsyncCopilotClient

import app as service


@pytest.fixture
async def web(wire, monkeypatch):
    """The service, whose client finds the wire in its environment."""
    for name, value in wire.env.items():
        monkeypatch.setenv(name, value)
    async with service.lifespan(service.app):
        transport = httpx.ASGITransport(service.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://service.example") as client:
            yield client


def parsed(body):
    """The events of a body, as pairs of name and data."""
    for block in body.removesuffix("\n\n").split("\n\n"):
        event, data = block.split("\n")
        yield event.removeprefix("event: "), json.loads(data.removeprefix("data: "))


async def asked(web, **query):
    response = await web.get("/ask", params=query)
    assert response.headers["content-type"].startswith("text/event-stream")
    return list(parsed(response.text))


@pytest.mark.cassette
async def test_answer_comes_in_pieces_and_names_its_conversation(web):
    events = await asked(web, prompt="Name three rivers")
    assert [name for name, _ in events].count("text") > 2
    assert "Name three rivers" in "".join(data for name, data in events if name == "text")
    assert events[-1][0] == "done"


@pytest.mark.cassette
async def test_conversation_is_continued_by_its_id(web):
    *_, (_, done) = await asked(web, prompt="Name three rivers")
    events = await asked(web, prompt="Which is the longest?", conversation=done["conversation"])
    assert "turn 2" in "".join(data for name, data in events if name == "text")


async def test_failure_is_an_event_too(wire, web):
    wire.say("The Nile, the Am", pieces=2).cut().done()
    events = await asked(web, prompt="Name two rivers")
    assert "".join(data for name, data in events if name == "text") == "The Nile, the Am"
    assert events[-1][0] == "error"
    assert "connection ended" in events[-1][1]["what"]


async def test_empty_prompt_is_refused(web):
    assert (await web.get("/ask", params={"prompt": ""})).status_code == 422


async def test_reader_who_leaves_ends_the_turn():
    with serve(Script()) as fake:
        async with AsyncCopilotClient("any", base_url=fake.url) as client:
            async with aclosing(service.events(client, "/long 1000")) as answer:
                async for event in answer:
                    if event.startswith("event: text"):
                        break
            again = [event async for event in service.events(client, "Hello")]
            assert again[-1].startswith("event: done")
