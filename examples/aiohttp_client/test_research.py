"""REST and WebSocket of one aiohttp session, in one cassette."""

import aiohttp
import pytest

import research


@pytest.fixture
async def researcher(wire):
    async with research.Researcher(wire.url, wire.token) as session:
        yield session


@pytest.mark.cassette
async def test_answer_comes_with_its_sources(researcher):
    findings = await researcher.find("Name three rivers")
    assert "rivers" in findings.text
    assert [source.url for source in findings.sources] == [
        "https://example.com/first",
        "https://example.org/second?q=1",
    ]


@pytest.mark.cassette
async def test_question_stands_in_the_history(researcher):
    findings = await researcher.find("Name three rivers")
    assert await researcher.asked_before(findings.conversation) == ["Name three rivers"]


@pytest.mark.cassette
async def test_environment_alone_leads_to_the_cassette(capsys):
    await research.main("Name three rivers")
    assert "First source" in capsys.readouterr().out


async def test_citations_by_script(wire, researcher):
    wire.say("The Nile is long.").cite("A book", "https://example.com/book").done()
    findings = await researcher.find("Is the Nile long?")
    assert findings.sources == [research.Source("A book", "https://example.com/book")]


async def test_refused_token(wire, researcher):
    wire.refuse(401, at="conversations")
    with pytest.raises(aiohttp.ClientResponseError) as refused:
        await researcher.find("Name three rivers")
    assert refused.value.status == 401
