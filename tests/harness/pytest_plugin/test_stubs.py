"""Stubs on the wire: alone, before a script, before a cassette, and the failures that they cause."""

import pytest

ASK = """
import json
import urllib.error
import urllib.request


def ask(url, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    try:
        return json.load(urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=10))
    except urllib.error.HTTPError as error:
        return error.code
"""


def test_a_test_with_stubs_alone(inner):
    inner.write(
        ASK
        + """
def test_items(wire):
    wire.on("GET", "/items/{id}").once().reply(json={"name": "a"})
    created = wire.on("POST", "/items", json={"name": "b"}).reply(201, json={"id": 2})
    assert ask(wire.url + "/items/1") == {"name": "a"}
    assert ask(wire.url + "/items", {"name": "b"}) == {"id": 2}
    assert created.call_count == 1
    assert [(call.method, call.path, call.status) for call in wire.calls] == [
        ("GET", "/items/1", 200), ("POST", "/items", 201)
    ]
    assert wire.report().ok
"""
    )
    inner.run().assert_outcomes(passed=1)


def test_a_request_that_no_stub_matches_fails_the_test(inner):
    inner.write(
        ASK
        + """
def test_items(wire):
    wire.on("POST", "/items", json={"name": "b"}).optional()
    assert ask(wire.url + "/items", {"name": "c"}) == 501
"""
    )
    result = inner.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*wiretape: no-match: POST /items: no stub matches",
            "*nearest: stub 1: POST /items",
            '*body.name: expected "b", came "c"',
        ]
    )


@pytest.mark.parametrize(
    ("define", "line"),
    [
        ('wire.on("GET", "/items")', "*unplayed: stub 1: GET /items: called 0 of 1 time"),
        (
            'wire.on("GET", "/x").times(2).reply(json=1); ask(wire.url + "/x")',
            "*unplayed: stub 1: GET /x: called 1 of 2 times",
        ),
        ('wire.on_socket("/ws").expect("a")', "*unplayed: stub 1: socket /ws: called 0 of 1 time"),
        ('wire.on("GET", "/x").reply_with(lambda call: 1 / 0); ask(wire.url + "/x")', "*tool-failure*"),
    ],
)
def test_what_did_not_come_or_failed_fails_the_test(inner, define, line):
    inner.write(ASK + f"\n\ndef test_it(wire):\n    {define}\n")
    result = inner.run()
    result.assert_outcomes(failed=0, errors=1, passed=1)
    result.stdout.fnmatch_lines([line])


def test_a_socket_of_any_service(inner):
    inner.write("""
    from websockets.sync.client import connect


    def test_socket(wire):
        wire.on_socket("/ws").expect({"op": "sub"}).send({"op": "ok"}).close()
        with connect(wire.ws_url + "/ws") as socket:
            socket.send('{"op": "sub"}')
            assert socket.recv() == '{"op":"ok"}'
        assert wire.sent == [{"op": "sub"}]
    """)
    inner.run().assert_outcomes(passed=1)


def test_stubs_stand_before_a_script_that_is_written(inner):
    inner.write(
        ASK
        + """
def test_both(wire, copilot):
    wire.on("GET", "/weather").reply(json=20)
    wire.say("Hello").done()
    assert ask(wire.url + "/weather") == 20
    assert copilot.chat("Hi").text == "Hello"


def test_no_script(wire):
    wire.on("GET", "/weather").reply(json=20)
    assert ask(wire.url + "/weather") == 20
    wire.on("GET", "/c/api/user").pass_through()
    ask(wire.url + "/c/api/user")
    assert wire.calls[-1].status == 200
"""
    )
    inner.run().assert_outcomes(passed=2)


def test_stubs_stand_before_a_cassette(inner):
    inner.write(
        ASK
        + """
@pytest.mark.cassette("talk")
def test_both(wire, copilot):
    wire.on("GET", "/weather").reply(json=20)
    assert ask(wire.url + "/weather") == 20
    assert copilot.chat("Hello").text
"""
    )
    inner.record().assert_outcomes(passed=1)
    assert "/weather" not in inner.cassette("talk").read_text()
    inner.run().assert_outcomes(passed=1)


def test_strict_order_holds_for_stubs(inner):
    inner.write(
        ASK
        + """
@pytest.fixture
def wire_config():
    return {"strict_order": True}


def test_order(wire):
    wire.on("GET", "/1").reply(json=1)
    wire.on("GET", "/2").reply(json=2)
    assert ask(wire.url + "/2") == 501
"""
    )
    result = inner.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*out-of-order: GET /2*", "*stub 1: GET /1 has to come first: called 0 of 1 time"])


def test_a_wire_without_stubs_imports_none(apart):
    apart.write("""
    import sys


    @pytest.mark.cassette("talk")
    def test_talk(wire, copilot):
        assert copilot.chat("Hello").text
        assert "harness.stubs" not in sys.modules
    """)
    apart.record().assert_outcomes(passed=1)
