"""Secrets named in the plugin's configuration: `filter_headers` and its like, `redact`."""

import pytest

from fake_server import serve
from fake_server.stage import Request, Response
from tests.support.servers.stages import StageOf

TALK = """
import urllib.request


@pytest.mark.cassette("talk", CONFIG)
def test_talk(wire):
    ask = urllib.request.Request(wire.url + "/a?t=12345&u=67890", b"pin=13579", {"X-Mine": "24680"})
    assert urllib.request.urlopen(ask).read() == b'{"items": [{"id": "98765"}], "phone": "+41 44 668 18 00"}'
"""
CONFIG = (
    'filter_headers=["x-mine"], filter_query_parameters=[("t", "XXX")], filter_post_data_parameters=["pin"], '
    'redact=["json.items[*].id"], redact_personal=True'
)
VALUES = ["12345", "24680", "13579", "98765", "668 18 00"]


@pytest.fixture
def service():
    async def handle(_: Request):
        return Response(body=b'{"items": [{"id": "98765"}], "phone": "+41 44 668 18 00"}')

    with serve(StageOf(handle)) as server:
        yield server


def recorded(inner, service, config):
    inner.write(TALK.replace("CONFIG", config))
    assert inner.run("--wire-record-mode=once", f"--wire-upstream={service.url}").ret == 0
    return inner.cassette("talk").read_text()


def test_named_places_are_redacted_and_play(inner, service):
    text = recorded(inner, service, CONFIG)
    assert [value for value in VALUES if value in text] == []
    assert "67890" in text
    # In a replay a placeholder of the request fits any value; what the service answers is what the cassette has.
    inner.write(TALK.replace("CONFIG", CONFIG).replace("assert ", ""))
    inner.run().assert_outcomes(passed=1)


def test_without_them_they_stay(inner, service):
    text = recorded(inner, service, "speed='instant'")
    assert [value for value in VALUES if value not in text] == []


def test_places_are_checked(inner):
    inner.write(TALK.replace("CONFIG", 'redact=["body.x"]'))
    result = inner.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*unknown place 'body.x'*"])
