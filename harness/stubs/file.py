"""`read_stubs`: stubs from a YAML or TOML file. docs/stubs.md describes the format."""

from __future__ import annotations

import base64
import binascii
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from harness.cassette.errors import CassetteError
from harness.cassette.files import read_file
from harness.cassette.model import Limits
from harness.cassette.yaml_reader import read_places, read_yaml
from harness.printable import one_line
from harness.stubs.condition import SOCKET, Pattern
from harness.stubs.errors import StubError
from harness.stubs.events import as_events
from harness.stubs.expectation import Expectation
from harness.stubs.sections import Section, Source
from harness.stubs.socket_stub import SocketStub
from harness.stubs.steps import Expected, Sendable, has_placeholders, template
from harness.stubs.stub import Stub
from harness.stubs.stubs import Stubs
from harness.stubs.values import ABSENT, containing, like

_LIMITS: Final = Limits(file_bytes=4 * 1024 * 1024, depth=40, nodes=200_000)
_ANSWERS: Final = ("reply", "stream", "cut", "stall")
_SHARED: Final = ("on", "query", "headers", "times", "optional")
_OF_REQUESTS: Final = (*_SHARED, "json", "json_contains", "content", *_ANSWERS, "answers")
_OF_SOCKETS: Final = (*_SHARED, "subprotocol", "steps", "whenever")
_EXPECTED: Final = ("expect", "expect_contains", "expect_like")
_STEPS: Final = (*_EXPECTED, "send", "send_base64", "wait", "close", "cut")


def read_stubs(path: Path, stubs: Stubs) -> None:
    """Add the stubs of a file.

    Args:
        path: ``*.toml``, else YAML.
        stubs: Receives them.

    Raises:
        StubError: The file is malformed, or has more than 4 MiB, 200000 values or 40 levels. The text names file, line
            and key.
        CassetteError: The file cannot be read.
    """
    data = read_file(path, _LIMITS.file_bytes)
    if len(data) > _LIMITS.file_bytes:
        raise StubError(f"{path}: the file of stubs has more than {_LIMITS.file_bytes} bytes: divide it")
    name = one_line(str(path), 400)
    value, source = _toml(data, name) if path.suffix.lower() == ".toml" else _yaml(data, name)
    top = Section(source, value, "", ("stubs", "ordered"))
    before: Expectation | None = None
    for number, section in enumerate(top.sections("stubs", sorted({*_OF_REQUESTS, *_OF_SOCKETS}))):
        made = _stub(section, source, f"stubs[{number}]", top["stubs"][number], stubs)
        if before is not None and top.get("ordered", bool, default=False):
            made.after(before)
        before = made


def _yaml(data: bytes, name: str) -> tuple[object, Source]:
    def line_of(where: str) -> int | None:
        return read_places(data, limits=_LIMITS).get(where)

    try:
        return read_yaml(data, name, limits=_LIMITS), Source(name, line_of)
    except CassetteError as error:
        raise StubError(str(error)) from error


def _toml(data: bytes, name: str) -> tuple[object, Source]:
    try:
        value: object = tomllib.loads(data.decode())
    except (UnicodeDecodeError, RecursionError) as error:
        raise StubError(f"{name}: the file is not UTF-8, or nested too deeply") from error
    except tomllib.TOMLDecodeError as error:
        raise StubError(f"{name}: this is not TOML: {one_line(str(error))}") from error
    source = Source(name, lambda _: None)
    _check_values(value, source)
    return value, source


def _check_values(value: object, source: Source) -> None:
    """Raise `StubError` for a value that is no YAML (a date), or for more values or levels than the limits allow."""
    waiting: list[tuple[object, str, int]] = [(value, "", 0)]
    nodes = 0
    while waiting:
        one, where, depth = waiting.pop()
        nodes += 1
        if nodes > _LIMITS.nodes or depth > _LIMITS.depth:
            source.fail(where, f"more than {_LIMITS.nodes} values, or nested deeper than {_LIMITS.depth}")
        if isinstance(one, dict):
            fields = cast("dict[str, object]", one)
            waiting += [(inner, f"{where}.{key}".lstrip("."), depth + 1) for key, inner in fields.items()]
        elif isinstance(one, list):
            items = cast("list[object]", one)
            waiting += [(inner, f"{where}[{number}]", depth + 1) for number, inner in enumerate(items)]
        elif not isinstance(one, (str, int, float)):
            source.fail(where, "a date or time is no JSON: put it in quotes")


# ---------------------------------------------------------------- stubs
def _stub(any_kind: Section, source: Source, where: str, value: object, stubs: Stubs) -> Expectation:
    method, _, path = any_kind.get("on", str).partition(" ")
    if not path.strip():
        any_kind.fail("on", "expected method and path, such as 'GET /items' or 'SOCKET /ws'")
    section = Section(source, value, where, _OF_SOCKETS if method == SOCKET else _OF_REQUESTS)
    make = _socket if method == SOCKET else _requests
    made = make(section, method, path.strip(), stubs)
    if "times" in section:
        count = section.get("times", int)
        section.made("times", lambda: made.times(count))
    return made.optional() if section.get("optional", bool, default=False) else made


def _requests(section: Section, method: str, path: str, stubs: Stubs) -> Stub:
    if "json" in section and "json_contains" in section:
        section.fail("json_contains", "json is given, too: expected one of them")
    json = section.value("json", ABSENT)
    if "json_contains" in section:
        json = containing(section["json_contains"])
    query, headers = _patterns(section, "query"), _patterns(section, "headers")
    content = _pattern(section, "content", section["content"]) if "content" in section else None
    stub = section.made("on", lambda: stubs.on(method, path, query=query, headers=headers, json=json, content=content))
    given = [key for key in (*_ANSWERS, "answers") if key in section]
    if len(given) > 1:
        section.fail(given[1], f"{given[0]} is given, too: put several answers into the list 'answers'")
    if given == ["answers"]:
        for each in section.sections("answers", _ANSWERS):
            _answer(each, stub)
    elif given:
        _answer(section, stub)
    return stub


def _answer(section: Section, stub: Stub) -> None:
    given = [key for key in _ANSWERS if key in section]
    if len(given) != 1:
        section.fail("", f"expected one of the keys {', '.join(_ANSWERS)}")
    [key] = given
    if key == "reply":
        _reply(section, stub)
    elif key == "stream":
        _stream(section, stub)
    elif key == "cut":
        section.made(key, lambda: stub.cut(cast("Any", section.get("cut", str))))
    elif section.get("stall", bool):
        stub.stall()


def _reply(section: Section, stub: Stub) -> None:
    reply = section.section("reply", ("status", "json", "text", "base64", "headers", "after"))
    json = reply.value("json", ABSENT)
    text = reply.get("text", str) if "text" in reply else None
    content = _bytes(reply, "base64") if "base64" in reply else None
    status, after, headers = reply.get("status", int, 200), reply.get("after", float, 0.0), _headers(reply)
    section.made(
        "reply", lambda: stub.reply(status, json=json, text=text, content=content, headers=headers, after=after)
    )


def _stream(section: Section, stub: Stub) -> None:
    stream = section.section("stream", ("events", "delay", "format", "status", "headers", "cut"))
    events = as_events(stream.get("events", list))
    form: Any = stream.get("format", str, "sse")
    delay, status, headers = stream.get("delay", float, 0.0), stream.get("status", int, 200), _headers(stream)
    cut: Any = stream.get("cut", str) if "cut" in stream else None
    section.made(
        "stream", lambda: stub.stream(events, delay=delay, format=form, status=status, headers=headers, cut=cut)
    )


def _socket(section: Section, _method: str, path: str, stubs: Stubs) -> SocketStub:
    subprotocol = section.get("subprotocol", str) if "subprotocol" in section else None
    query, headers = _patterns(section, "query"), _patterns(section, "headers")
    stub = section.made("on", lambda: stubs.on_socket(path, query=query, headers=headers, subprotocol=subprotocol))
    for step in section.sections("steps", _STEPS) if "steps" in section else []:
        _step(step, stub)
    for rule in section.sections("whenever", (*_EXPECTED, "send")) if "whenever" in section else []:
        sent = _sendable(rule, "send") if "send" in rule else None
        stub.whenever(_expected(rule), sent)
    return stub


def _step(step: Section, stub: SocketStub) -> None:
    given = [key for key in _STEPS if key in step]
    if len(given) != 1:
        step.fail("", f"expected one of the keys {', '.join(_STEPS)}")
    [key] = given
    steps: Mapping[str, Callable[[], object]] = {
        "send": lambda: stub.send(_sendable(step, key)),
        "send_base64": lambda: stub.send(_bytes(step, key)),
        "wait": lambda: stub.wait(step.get(key, float)),
        "close": lambda: stub.close(step.get(key, int)),
        "cut": lambda: stub.cut(cast("Any", step.get(key, str))),
    }
    step.made(key, steps.get(key, lambda: stub.expect(_expected(step))))


# ---------------------------------------------------------------- values
def _expected(section: Section) -> Expected:
    if "expect_contains" in section:
        return containing(section["expect_contains"])
    if "expect_like" in section:
        return like(section.get("expect_like", str))
    if "expect" not in section:
        section.fail("", f"expected one of the keys {', '.join(_EXPECTED)}")
    return section["expect"]


def _sendable(section: Section, key: str) -> Sendable:
    value: object = section[key]
    return template(value) if has_placeholders(value) else value


def _bytes(section: Section, key: str) -> bytes:
    try:
        return base64.b64decode(section.get(key, str), validate=True)
    except binascii.Error:
        section.fail(key, "expected base64")


def _headers(section: Section) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in section.get("headers", dict, {}).items() if "headers" in section else ():
        values = cast("list[object]", value) if isinstance(value, list) else [value]
        if not all(isinstance(each, str) for each in values):
            section.fail("headers", f"{one_line(str(name), 60)}: expected a text, or a list of texts")
        found += [(str(name), str(each)) for each in values]
    return found


def _patterns(section: Section, key: str) -> dict[str, Pattern]:
    values: dict[str, object] = section.get(key, dict) if key in section else {}
    return {name: _pattern(section, key, value) for name, value in values.items()}


def _pattern(section: Section, key: str, value: object) -> Pattern:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        pattern = fields.get("like")
        if isinstance(pattern, str) and len(fields) == 1:
            return like(pattern)
    return section.fail(key, "expected texts, or {like: 'pattern'}")
