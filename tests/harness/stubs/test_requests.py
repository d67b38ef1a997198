"""Stubs of requests: which they answer, how often, in which order, and what is reported of the others."""

import re
from unittest.mock import ANY

import pytest

from harness.cassette.store import load
from harness.replay.errors import NoMatchError, UnplayedError
from harness.sessions import recording
from harness.stubs import StubError, containing, like, response, stubbing
from tests.harness.stubs.conftest import ask


def kinds(stubs):
    return [problem.kind for problem in stubs.report().problems]


def test_json_text_content_and_headers_arrive(stubs):
    stubs.on("GET", "/json").reply(json={"items": [1, "ü"]})
    stubs.on("GET", "/text").reply(404, text="none", headers={"X-Why": "gone"})
    stubs.on("GET", "/bytes").reply(content=b"\x00\xff", headers={"content-type": "image/x"})
    assert ask(stubs.url + "/json").json() == {"items": [1, "ü"]}
    text = ask(stubs.url + "/text")
    assert (text.status, text.body, text.headers["x-why"]) == (404, b"none", "gone")
    raw = ask(stubs.url + "/bytes")
    assert (raw.body, raw.headers["content-type"]) == (b"\x00\xff", "image/x")
    assert stubs.report().ok


def test_a_header_that_occurs_twice_is_sent_twice(stubs):
    stubs.on("GET", "/").reply(headers=[("set-cookie", "a=1"), ("set-cookie", "b=2")])
    assert ask(stubs.url + "/").headers["set-cookie"] == "b=2"
    assert stubs.report().ok


@pytest.mark.parametrize(
    ("path", "asked", "params"),
    [
        ("/items/{id}", "/items/a%2Fb", {"id": "a/b"}),
        ("/items/*/parts", "/items/7/parts", {}),
        ("/files/**", "/files/a/b/c", {}),
        (re.compile(r"/v(?P<version>\d)/x"), "/v2/x", {"version": "2"}),
        ("/über uns", "/%C3%BCber%20uns", {}),
        ("*", "/anything/at/all", {}),
    ],
)
def test_paths_match_by_names_wildcards_and_expressions(stubs, path, asked, params):
    stub = stubs.on("GET", path)
    assert ask(stubs.url + asked).status == 200
    assert stub.calls[0].params == params


@pytest.mark.parametrize(
    ("path", "asked"), [("/items/{id}", "/items/1/2"), ("/items/*", "/items/1/2"), ("/a.c", "/abc"), ("/a", "/a/")]
)
def test_paths_that_are_not_alike_do_not_match(stubs, path, asked):
    stubs.on("GET", path)
    assert ask(stubs.url + asked).status == 501


@pytest.mark.parametrize(
    ("wanted", "sent", "status"),
    [
        ({"json": {"a": 1}}, {"a": 1}, 200),
        ({"json": {"a": 1}}, {"a": 1, "b": 2}, 501),
        ({"json": {"a": 1}}, {"a": True}, 501),
        ({"json": {"a": ANY}}, {"a": True}, 200),
        ({"json": containing({"a": {"b": [1]}})}, {"a": {"b": [1], "c": 2}, "d": 3}, 200),
        ({"json": containing({"a": [1]})}, {"a": [1, 2]}, 501),
        ({"json": {"m": like("gpt-*"), "t": re.compile("[0-9]+")}}, {"m": "gpt-4", "t": "12"}, 200),
        ({"json": {"m": like("gpt-*")}}, {"m": "o1"}, 501),
        ({"content": b"raw"}, b"raw", 200),
        ({"content": like("a=*")}, b"a=1&b=2", 200),
        ({"content": "raw"}, b"other", 501),
        ({"match": lambda call: call.json()["n"] > 1}, {"n": 2}, 200),
        ({"match": lambda call: call.json()["n"] > 1}, {"n": 1}, 501),
        ({"query": {"q": "a"}}, {}, 501),
        ({"headers": {"X-Key": like("k*")}}, {}, 501),
    ],
)
def test_bodies_are_compared_as_described(stubs, wanted, sent, status):
    stubs.on("POST", "/", **wanted)
    assert ask(stubs.url + "/", "POST", sent).status == status


def test_query_and_headers_may_hold_more_than_is_described(stubs):
    stubs.on("GET", "/?page=2", query={"q": like("a*")}, headers={"Accept": "x/y"})
    assert ask(stubs.url + "/?q=abc&page=2&z=1", accept="x/y").status == 200
    assert ask(stubs.url + "/?q=abc", accept="x/y").status == 501
    [problem] = stubs.report().problems
    assert [str(each) for each in problem.nearest.differences] == ['query.page: expected "2", came (absent)']


def test_answers_come_in_order_and_the_last_one_repeats(stubs):
    stub = stubs.on("GET", "/").reply(503).reply(json=1)
    assert [ask(stubs.url + "/").status for _ in range(3)] == [503, 200, 200]
    assert stub.call_count == 3
    assert stub.called
    assert [call.status for call in stubs.calls] == [503, 200, 200]


def test_a_used_up_stub_leaves_the_request_to_the_next_one(stubs):
    stubs.on("GET", "/").once().reply(json=1)
    stubs.on("GET", "/").times(2).reply(json=2)
    assert [ask(stubs.url + "/").body for _ in range(3)] == [b"1", b"2", b"2"]
    refused = ask(stubs.url + "/")
    assert (refused.status, refused.headers["x-wiretape-error"]) == (501, "used-up")
    assert kinds(stubs) == ["used-up"]


def test_calls_before_their_time_are_out_of_order(stubs):
    first = stubs.on("POST", "/login")
    stubs.on("GET", "/items").after(first)
    assert ask(stubs.url + "/items").headers["x-wiretape-error"] == "out-of-order"
    assert "POST /login has to come first: called 0 of 1 time" in stubs.report().text()
    ask(stubs.url + "/login", "POST")
    assert ask(stubs.url + "/items").status == 200


def test_an_ordered_set_is_called_in_the_order_of_definition():
    with stubbing(ordered=True) as stubs:
        stubs.on("GET", "/1").once()
        stubs.on("GET", "/2")
        assert [ask(stubs.url + each).status for each in ("/1", "/2")] == [200, 200]


def test_a_request_that_nothing_matches_names_the_nearest_stub():
    def session():
        with stubbing() as stubs:
            stubs.on("GET", "/other").optional()
            stubs.on("POST", "/items", json={"name": "a"}, headers={"accept": "x/y"}).optional()
            assert ask(stubs.url + "/items", "POST", {"name": "b"}, accept="x/y").status == 501

    with pytest.raises(NoMatchError) as raised:
        session()
    text = str(raised.value)
    assert "no-match: POST /items" in text
    assert "nearest: stub 2: POST /items" in text
    assert 'body.name: expected "a", came "b"' in text
    assert "not stub 1: GET /other: differs in method, path" in text


def test_a_stub_that_is_called_too_seldom_is_unplayed():
    def session():
        with stubbing() as stubs:
            stubs.on("GET", "/a").times(2)
            stubs.on("GET", "/b").optional()
            ask(stubs.url + "/a")

    with pytest.raises(UnplayedError, match=r"unplayed: stub 1: GET /a: called 1 of 2 times"):
        session()


def test_a_function_answers_by_the_call(stubs):
    async def later(call):
        return response(201, text=call.text.upper())

    stubs.on("PUT", "/items/{id}").reply_with(lambda call: response(json={"id": call.params["id"]}))
    stubs.on("POST", "/").reply_with(later)
    assert ask(stubs.url + "/items/7", "PUT", {}).json() == {"id": "7"}
    assert ask(stubs.url + "/", "POST", b"abc").body == b"ABC"


def test_a_cut_answers_nothing(stubs):
    stubs.on("GET", "/").cut("reset")
    with pytest.raises(OSError):
        ask(stubs.url + "/")
    assert stubs.report().ok


def test_a_call_shows_no_secret_in_its_repr(stubs):
    stub = stubs.on("POST", "/items/{id}")
    ask(
        stubs.url + "/items/p4ssw0rd?key=p4ssw0rd2", "POST", {"password": "p4ssw0rd3"}, authorization="Bearer p4ssw0rd4"
    )
    [call] = stub.calls
    assert repr(call) == "WireCall(method='POST', path='/items/p4ssw0rd', status=200)"
    assert repr(stub) == "<stub 1: POST /items/{id}: called 1 of 1 time>"


@pytest.mark.parametrize(
    ("define", "text"),
    [
        (lambda s: s.on("GET", "items"), "begins with '/'"),
        (lambda s: s.on("GET", "/{a}/{a}"), "different"),
        (lambda s: s.on("GET", "/" + "*" * 40), "wildcards"),
        (lambda s: s.on("GE T", "/"), "method"),
        (lambda s: s.on("GET", "/", json=1, content=b""), "one of them"),
        (lambda s: s.on("GET", "/").reply(json=1, text="a"), "only one of them"),
        (lambda s: s.on("GET", "/").reply(99), "200 to 599"),
        (lambda s: s.on("GET", "/").reply(json={1, 2}), "cannot be sent as JSON"),
        (lambda s: s.on("GET", "/").reply(headers={"a": "b\r\nc: d"}), "one line"),
        (lambda s: s.on("GET", "/").reply(after=-1), "0 to 3600"),
        (lambda s: s.on("GET", "/").times(0), "1 or more"),
        (lambda s: s.on("GET", "/").cut("fin"), "'eof' or 'reset'"),
        (lambda s: s.on("GET", "/").stream("text"), "brackets"),
        (lambda s: s.on("GET", "/").stream([], format="xml"), "sse, ndjson, text"),
    ],
)
def test_a_malformed_stub_is_refused_where_it_is_written(stubs, define, text):
    with pytest.raises(StubError, match=re.escape(text)):
        define(stubs)


def test_a_session_with_stubs_can_be_recorded(stubs, tmp_path):
    stubs.on("GET", "/items").reply(json=[1])
    with recording(tmp_path / "a.yaml", stubs.url) as running:
        assert ask(running.url + "/items").json() == [1]
    assert [exchange.target for exchange in load(tmp_path / "a.yaml").exchanges] == ["/items"]
    assert stubs.report().ok
