"""Files of stubs: the same as in Python, and errors with file, line and key."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.sync.client import connect

from harness.errors import HarnessError
from harness.stubs import StubError, Stubs
from harness.stubs.file import read_stubs
from tests.harness.stubs.conftest import ask
from tests.support.project.tree import ROOT

YAML = """
ordered: false
stubs:
  - on: GET /items/{id}?page=1
    query: {q: {like: "a*"}}
    headers: {Accept: x/y}
    times: 1
    reply: {status: 201, json: [1], headers: {x-a: b, set-cookie: [c=1, d=2]}}
  - on: POST /chat
    json_contains: {stream: true}
    stream:
      delay: 0.01
      events:
        - delta: Hel
        - {data: lo, event: more, id: 7}
        - "[DONE]"
  - on: POST /bytes
    content: raw
    reply: {base64: AP8=, after: 0.01}
  - on: GET /answers
    answers:
      - reply: {status: 503}
      - reply: {text: fine}
  - on: GET /cut
    cut: eof
    optional: true
  - on: SOCKET /ws
    subprotocol: json
    whenever:
      - {expect: ping, send: pong}
      - {expect_like: "log *"}
    steps:
      - expect_contains: {op: sub}
      - send: {id: "{{received.id}}", of: "{{received.topics.1}}"}
      - expect: plain
      - send_base64: AQI=
      - wait: 0.01
      - close: 4001
"""
TOML = """
[[stubs]]
on = "GET /items/{id}"
reply = { json = { a = 1 } }

[[stubs]]
on = "SOCKET /ws"
steps = [{ expect = "a" }, { send = "b" }, { cut = "eof" }]
"""


def write(folder, text, name="stubs.yaml"):
    path = folder / name
    path.write_text(text)
    return path


def test_a_file_says_what_python_says(stubs, tmp_path):
    read_stubs(write(tmp_path, YAML), stubs)
    item = ask(stubs.url + "/items/7?page=1&q=abc", accept="x/y")
    assert (item.status, item.json(), item.headers["x-a"]) == (201, [1], "b")
    assert ask(stubs.url + "/items/7?page=1&q=abc", accept="x/y").headers["x-wiretape-error"] == "used-up"
    chat = ask(stubs.url + "/chat", "POST", {"stream": True, "model": "m"})
    assert chat.body == b'data: {"delta":"Hel"}\n\nevent: more\nid: 7\ndata: lo\n\ndata: [DONE]\n\n'
    assert ask(stubs.url + "/bytes", "POST", b"raw").body == b"\x00\xff"
    assert [ask(stubs.url + "/answers").status for _ in range(3)] == [503, 200, 200]
    with connect(stubs.ws_url + "/ws", subprotocols=["json"]) as socket:
        for sent in ("ping", "log 1", json.dumps({"op": "sub", "id": 5, "topics": ["a", "b"]}), "plain"):
            socket.send(sent)
        assert [socket.recv(timeout=5) for _ in range(3)] == ["pong", '{"id":5,"of":"b"}', b"\x01\x02"]
    assert [problem.kind for problem in stubs.report().problems] == ["used-up"]


def test_toml_says_the_same(stubs, tmp_path):
    read_stubs(write(tmp_path, TOML, "stubs.toml"), stubs)
    assert ask(stubs.url + "/items/7").json() == {"a": 1}
    with connect(stubs.ws_url + "/ws") as socket:
        socket.send("a")
        assert socket.recv(timeout=5) == "b"
    assert stubs.report().ok


def test_an_ordered_file_is_called_in_its_order(stubs, tmp_path):
    text = "ordered: true\nstubs:\n  - {on: GET /1, reply: {}}\n  - {on: GET /2, reply: {}}\n"
    read_stubs(write(tmp_path, text), stubs)
    assert [ask(stubs.url + path).status for path in ("/2", "/1", "/2")] == [501, 200, 200]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- on: GET /", "stubs.yaml:1: expected a mapping with the keys stubs, ordered"),
        ("stubs:\n  - on: GET\n", "stubs.yaml:2: stubs[0].on: expected method and path"),
        ("stubs:\n  - reply: {}\n", "stubs.yaml:2: stubs[0]: the key 'on' is missing: expected a text"),
        (
            "stubs:\n  - on: GET /\n    reply:\n      statsu: 1\n",
            "stubs.yaml:4: stubs[0].reply.statsu: unknown key: did",
        ),
        ("stubs:\n  - on: GET /\n    reply: {status: 99}\n", "stubs.yaml:3: stubs[0].reply: status 99: expected"),
        ("stubs:\n  - on: GET /\n    reply: {status: true}\n", "stubs[0].reply.status: expected a whole number"),
        ("stubs:\n  - on: GET items\n", "stubs.yaml:2: stubs[0].on: path 'items': expected a path that begins"),
        ("stubs:\n  - on: GET /\n    steps: []\n", "stubs[0].steps: unknown key"),
        ("stubs:\n  - on: SOCKET /\n    reply: {}\n", "stubs[0].reply: unknown key"),
        ("stubs:\n  - on: SOCKET /\n    steps: [{send: a, wait: 1}]\n", "stubs[0].steps[0]: expected one of the keys"),
        ("stubs:\n  - on: SOCKET /\n    steps: [{close: 1006}]\n", "stubs[0].steps[0].close: close: code 1006"),
        ("stubs:\n  - on: GET /\n    query: {a: 1}\n", "stubs[0].query: expected texts, or {like: 'pattern'}"),
        ("stubs:\n  - on: GET /\n    reply: {}\n    cut: eof\n", "stubs[0].cut: reply is given, too"),
        ("stubs:\n  - on: GET /\n    reply: {base64: '*'}\n", "stubs.yaml:3: stubs[0].reply.base64: expected base64"),
        ("stubs:\n  - on: GET /\n    reply: {headers: {a: 1}}\n", "stubs[0].reply.headers: a: expected a text"),
        (
            "stubs:\n  - {on: SOCKET /, steps: [{send_base64: '*'}]}\n",
            "yaml:2: stubs[0].steps[0].send_base64: expected base64",
        ),
        ("stubs: !x\n", "stubs.yaml:1: a tag (!name) is not supported"),
        ("stubs: [*a]\n", "an alias (*name) is not supported"),
        ("stubs: " + "[" * 100 + "]" * 100, "nested deeper than 40"),
    ],
)
def test_a_malformed_file_is_refused_with_line_and_key(tmp_path, text, problem):
    with pytest.raises(StubError, match=re.escape(problem)):
        read_stubs(write(tmp_path, text), Stubs())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("stubs = 1979-05-27", "stubs: a date or time is no JSON"),
        ("stubs = [", "this is not TOML"),
        ("a = " + "[" * 100 + "]" * 100, "nested deeper than 40"),
        ("a = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
    ],
)
def test_hostile_toml_is_refused(tmp_path, text, problem):
    with pytest.raises(StubError, match=re.escape(problem)):
        read_stubs(write(tmp_path, text, "stubs.toml"), Stubs())


def test_a_large_file_is_refused(tmp_path):
    with pytest.raises(HarnessError, match="more than 4194304 bytes"):
        read_stubs(write(tmp_path, "#" * 5_000_000), Stubs())


KEYS = st.sampled_from(
    ["on", "reply", "stream", "events", "steps", "times", "json", "headers", "expect", "send", "status"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 900)
    | st.sampled_from(["GET /", "SOCKET /", "eof", "{{received}}", ""]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(stubs=st.lists(st.dictionaries(KEYS, VALUES, max_size=5), max_size=3))
def test_any_file_is_read_or_refused_with_a_stub_error(tmp_path_factory, stubs):
    path = write(tmp_path_factory.mktemp("any"), json.dumps({"stubs": stubs}), "any.yaml")
    made = Stubs()
    try:
        read_stubs(path, made)
    except StubError as error:
        assert str(error).startswith(str(path))
    else:
        assert made.count == len(stubs)


def test_the_file_of_the_documentation_is_read(tmp_path):
    [block] = re.findall(r"^```yaml\n(.*?)^```", (ROOT / "docs" / "stubs.md").read_text(), re.DOTALL | re.MULTILINE)
    made = Stubs()
    read_stubs(write(tmp_path, block), made)
    assert made.count == 4
