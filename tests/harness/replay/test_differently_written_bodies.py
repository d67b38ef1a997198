"""Request bodies that two libraries write differently, through recording and replaying."""

from functools import partial

import httpx
import pytest
import requests

from tests.support.clients.both_ways import record_and_play


@pytest.fixture
def both(tmp_path):
    return partial(record_and_play, tmp_path / "session.yaml")


def with_requests(**body):
    def send(url):
        answer = requests.post(url + "/x", timeout=10, **body)
        return answer.status_code

    return send


def with_httpx(**body):
    def send(url):
        return httpx.post(url + "/x", timeout=10, **body).status_code

    return send


NESTED = {"a": 1, "é": [1.5, None, {"b": "x\u2028y"}]}
FILES = [("b", ("b.txt", b"text", "text/plain")), ("c", ("c.json", b'{"x": 1, "y": 2}', "application/json"))]
PAIRS = {
    "JSON of two libraries": (with_requests(json=NESTED), with_httpx(json=dict(reversed(NESTED.items())))),
    "form of two libraries": (with_requests(data={"a": "é /", "b": "2"}), with_httpx(data={"b": "2", "a": "é /"})),
    "multipart of two libraries": (
        with_requests(data={"a": "é"}, files=FILES),
        with_httpx(data={"a": "é"}, files=list(reversed(FILES))),
    ),
    "JSON in a form": (
        with_requests(data={"variables": '{"x": 1, "y": [2]}'}),
        with_httpx(data={"variables": '{"y":[2],"x":1.0}'}),
    ),
    "lines of JSON": (
        with_requests(data=b'{"index": {}}\n{"a": 1}\n', headers={"Content-Type": "application/x-ndjson"}),
        with_httpx(content=b'{"index":{}}\n{"a":1}\n', headers={"Content-Type": "application/x-ndjson"}),
    ),
    "latin-1": (
        with_requests(
            data="a=é".encode("latin-1"),
            headers={"Content-Type": "application/x-www-form-urlencoded; charset=latin-1"},
        ),
        with_httpx(data={"a": "é"}),
    ),
}


@pytest.mark.parametrize("case", PAIRS)
def test_what_says_the_same_is_answered_whichever_library_wrote_it(both, case):
    *_, answers, report = both(*PAIRS[case])
    assert answers == (200, 200)
    assert report.ok, report.problems


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [
        (with_requests(json={"a": 1}), with_httpx(json={"a": True}), "body.a"),
        (with_requests(data={"a": ["1", "2"]}), with_httpx(data={"a": ["2", "1"]}), "body.a"),
        (with_requests(files=FILES), with_httpx(files=[*FILES, FILES[0]]), "body.b"),
        (
            with_requests(files=[("j", ("j", b'{"x":1}', "application/json"))]),
            with_httpx(files=[("j", ("j", b'{"x":2}', "application/json"))]),
            "body.j.x",
        ),
    ],
    ids=["JSON", "form", "a part more", "JSON in a part"],
)
def test_what_says_something_else_is_a_mismatch(both, first, second, place):
    *_, answers, report = both(first, second)
    assert answers == (200, 501)
    assert place in str(report.problems)
