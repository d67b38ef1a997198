"""The JSON Schema and the decoder agree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from harness.cassette.codec import parse, render
from harness.cassette.errors import CassetteError
from harness.cassette.model import Body, Cassette, Line, ResponsePart
from harness.cassette.schema import schema
from harness.cassette.yaml_reader import read_yaml
from tests.support.hostile.cassettes import HEAD, SAMPLE, answered, cassette_of, cassettes, with_call, with_messages

_VALIDATOR = Draft202012Validator(schema())


def _is_accepted(content: bytes) -> bool:
    try:
        parse(content)
    except CassetteError:
        return False
    return True


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(schema())


@settings(max_examples=60, deadline=None)
@given(cassettes())
def test_every_cassette_satisfies_the_schema(cassette: Cassette):
    _VALIDATOR.validate(read_yaml(render(cassette).content))


def test_a_cassette_with_side_files_satisfies_the_schema():
    big = Line("<", 1, "binary", b"x" * 70_000)
    for cassette in (
        cassette_of(big, Line("<", 2, "eof")),
        answered(ResponsePart(status=200, body=Body(data=big.data))),
    ):
        _VALIDATOR.validate(read_yaml(render(cassette).content))


@pytest.mark.parametrize(
    "content",
    [
        SAMPLE,
        f"{HEAD}exchanges: []\n".encode(),
        f"{HEAD}order: session\nmeta: {{x: [1]}}\nredacted: []\nexchanges: []\n".encode(),
        with_call("response: {status: 999, headers: {}, reason: '', decoded: br}"),
        with_call("response: {status: 200, headers: [[a, b], [c, 1]]}"),
        with_call("request: {}\naborted: {by: server, how: timeout}"),
        with_messages('<0 {"a":1}', "", " <  1.5   frames=1+0  binary base64:AA== ", '> 2 close 1000 "x"', "! 3 cut"),
    ],
)
def test_both_accept(content: bytes):
    assert _is_accepted(content)
    assert _VALIDATOR.is_valid(read_yaml(content))


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"exchanges: []",
        f"{HEAD}exchanges: {{}}".encode(),
        f"{HEAD}".encode(),
        f"{HEAD}exchanges: []\nextra: 1".encode(),
        f"{HEAD}exchanges: []\norder: random".encode(),
        f"{HEAD}exchanges: []\nmeta: []".encode(),
        f"{HEAD}exchanges: []\nredacted: [1]".encode(),
        HEAD.replace("cassette: 1", "cassette: 2").encode() + b"exchanges: []",
        HEAD.replace("by: hand", "by: ''").encode() + b"exchanges: []",
        HEAD.replace("2026-11-23T05:00:00Z", "2026-11-23").encode() + b"exchanges: []",
        HEAD.replace("by: hand", "by: hand, x: 1").encode() + b"exchanges: []",
        f"{HEAD}exchanges: [1]".encode(),
        f"{HEAD}exchanges: [{{at: 0, aborted: {{by: client}}}}]".encode(),
        f"{HEAD}exchanges:\n- socket: x\n  at: 0\n  aborted: {{by: client}}".encode(),
        f"{HEAD}exchanges:\n- socket: /x\n  at: 0\n  response: {{status: 401}}\n  messages: ''".encode(),
        f"{HEAD}exchanges:\n- socket: /x\n  at: 0\n  aborted: {{by: client}}\n  messages: ''".encode(),
        with_messages("! 0 cut").replace(b"{status: 101}", b"{status: 101, text: a}"),
        with_call("response: {status: 200}").replace(b"GET /x", b"g(t /x"),
        with_call("response: {status: 200}").replace(b"at: 0", b"at: -1"),
        with_call("response: {status: 200}").replace(b"at: 0", b"at: 1000000000"),
        with_call("response: {status: 200}").replace(b"at: 0", b"at: soon"),
        with_call("request: {}"),
        with_call("response: {}"),
        with_call("response: {status: 101}"),
        with_call("response: {status: 99}"),
        with_call("response: {status: 200}\naborted: {by: client}"),
        with_call("aborted: {by: me}"),
        with_call("aborted: {by: client, how: late}"),
        with_call("response: {status: 200, headers: {A: b}}"),
        with_call("response: {status: 200, headers: {a: 1.5}}"),
        with_call("response: {status: 200, headers: {a: []}}"),
        with_call("response: {status: 200, headers: [[a]]}"),
        with_call('response: {status: 200, headers: {a: "x\\ny"}}'),
        with_call("response: {status: 200, text: a, json: 1}"),
        with_call("response: {status: 200, text: a, stream: ''}"),
        with_call("response: {status: 200, base64: AAA}"),
        with_call("response: {status: 200, file: {name: ../x, size: 1, sha256: ''}}"),
        with_call("response: {status: 200, stream: '< 0 close'}"),
        with_call("response: {status: 200, stream: '> 0 {}'}"),
        with_messages("< 0 hello"),
        with_messages('< 0 binary "x"', "< 1 eof"),
        with_messages("! 0 eof"),
        with_messages("< 0 cut"),
        with_messages("< 0 ping {}", "< 1 eof"),
        with_messages("0 {}", "< 1 eof"),
    ],
)
def test_both_refuse(content: bytes):
    assert not _is_accepted(content)
    assert not _VALIDATOR.is_valid(read_yaml(content))
