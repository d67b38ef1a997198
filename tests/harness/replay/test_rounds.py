"""A cassette that is played again and again."""

from __future__ import annotations

import asyncio
import uuid

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from harness.cassette.codec import parse
from harness.replay import rounds
from harness.replay.rules import PlayRules
from harness.sessions import replaying

HEAD = "cassette: 1\nrecorded: {at: 2026-11-23T05:00:00Z, by: hand, from: 'https://feed.test', complete: false}\nexchanges:\n"
POLLS = "".join(f"- call: GET /poll\n  at: {at}\n  response: {{status: 200, json: {{at: {at}}}}}\n" for at in range(3))
CREATE = """\
- call: POST /things
  at: 0
  request: {json: {id: 3f0a1b52-8c4d-4e6f-9a7b-1c2d3e4f5a6b}}
  response: {status: 200, json: {made: 3f0a1b52-8c4d-4e6f-9a7b-1c2d3e4f5a6b}}
"""


def feed(*end):
    rows = ['> 0.1 {"subscribe":"a"}', '< 0.2 {"n":1}', '< 0.3 {"n":2}', *end]
    return "- socket: /feed\n  at: 5\n  response: {status: 101}\n  messages: |\n" + "".join(
        f"    {row}\n" for row in rows
    )


def play(text, *, loops=True, **options):
    return replaying(parse((HEAD + text).encode()), rules=PlayRules(loops=loops), **options)


async def follow(url, message='{"subscribe":"a"}'):
    """The messages of the feed, and how the service closed it."""
    got = []
    async with connect(f"{url.replace('http', 'ws', 1)}/feed") as socket:
        await socket.send(message)
        try:
            while True:
                got.append(await socket.recv())
        except ConnectionClosed:
            return got, socket.close_code


def test_equal_requests_begin_again_with_the_first_response():
    with play(POLLS) as running:
        assert [httpx.get(f"{running.url}/poll").json()["at"] for _ in range(7)] == [0, 1, 2, 0, 1, 2, 0]
    report = running.report()
    assert (report.ok, report.played, report.total) == (True, 3, 3)
    assert report.notes == ("the cassette was played in 3 rounds",)


def test_each_round_binds_its_own_values():
    with play(CREATE) as running:
        for _ in range(3):
            own = str(uuid.uuid4())
            assert httpx.post(f"{running.url}/things", json={"id": own}).json() == {"made": own}


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (["! 9 cut"], 1012),
        ([], 1012),
        (["> 9 close 1000"], 1012),
        (["> 9 eof"], 1012),
        (['< 9 close 4001 "bye"'], 4001),
    ],
)
def test_a_feed_ends_so_that_its_clients_connect_again(end, code):
    async def clients(url):
        return [*await asyncio.gather(*(follow(url) for _ in range(3))), await follow(url)]

    with play(feed(*end)) as running:
        got = asyncio.run(clients(running.url))
    assert got == [(['{"n":1}', '{"n":2}'], code)] * 4
    assert running.report().ok


def test_a_stream_that_the_recorder_cut_ends_and_begins_anew():
    text = (
        "- call: GET /events\n  at: 0\n  response:\n    status: 200\n    headers: {content-type: text/event-stream}\n"
        "    stream: |\n      < 0.1 text id: 1␊data: a␊␊\n      ! 9 cut\n"
    )
    with play(text) as running:
        bodies = [httpx.get(f"{running.url}/events", headers={"last-event-id": last}).text for last in ("", "1", "1")]
    assert bodies == ["id: 1\ndata: a\n\n"] * 3


def test_a_difference_is_a_failure_as_ever():
    with play(POLLS + feed("! 9 cut")) as running:
        httpx.get(f"{running.url}/poll")
        assert httpx.get(f"{running.url}/other").status_code == 501
        assert asyncio.run(follow(running.url, '{"subscribe":"b"}')) == ([], 4004)
    assert [each.kind for each in running.report().problems] == ["no-match", "message-mismatch"]


def test_what_no_client_requested_is_no_failure():
    with play(POLLS + feed("! 9 cut")) as running:
        httpx.get(f"{running.url}/poll")
    report = running.report()
    assert (report.ok, report.played, report.total) == (True, 1, 4)


def test_many_rounds_are_not_kept(monkeypatch):
    monkeypatch.setattr(rounds, "MOST_ROUNDS", 3)
    with play(CREATE + POLLS) as running, httpx.Client() as http:
        for _ in range(7):
            assert http.post(f"{running.url}/things", json={"id": str(uuid.uuid4())}).status_code == 200
        assert len(running._player._rounds) == 3
    assert running.report().notes == ("the cassette was played in 7 rounds",)


def test_without_it_each_exchange_is_played_once():
    with play(POLLS, loops=False) as running:
        assert [httpx.get(f"{running.url}/poll").status_code for _ in range(4)] == [200, 200, 200, 501]
    assert [each.kind for each in running.report().problems] == ["used-up"]
