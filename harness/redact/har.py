"""A redaction pass over a HAR file: bytes in, bytes out.

HAR 1.2 writes some values twice (a URL and its ``queryString``, a header and its ``cookies``). Equal values get the
same placeholder, so both copies stay consistent.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from harness.cassette.model import Line
from harness.redact.cassettes import redact_across
from harness.redact.engine import Redactor
from harness.redact.errors import NoHarError, StillSecretError

_INDENT: Final = re.compile(r"\s*\{\r?\n([ \t]+)\"")
_MAX_ROUNDS: Final = 20
_BINARY: Final = 2  # RFC 6455 §5.2
_DIRECTIONS: Final = {"send": ">", "receive": "<"}


def redact_har(redactor: Redactor, content: bytes) -> bytes:
    """Replace the secrets of a HAR: unchanged bytes if it holds none, else JSON with the original indentation.

    Raises:
        NoHarError: The file is not a HAR.
        StillSecretError: Some secrets could not be replaced.
    """
    text, har = _parsed(content)
    clean = _clean(redactor, har)
    if clean == har:
        done = content
    else:
        found = _INDENT.match(text)
        compact = (",", ":") if found is None and '": ' not in text[:200] else None
        done = _encoded(clean, indent=found.group(1) if found else None, separators=compact)
        done += b"\n" if text.endswith("\n") else b""
    if findings := redactor.scan(done):
        raise StillSecretError(findings)
    return done


def learn_har(redactor: Redactor, content: bytes) -> None:
    """Let a redactor learn the secrets that a HAR contains.

    Raises:
        NoHarError: The file is not a HAR.
    """
    _clean(redactor, _parsed(content)[1])


def _parsed(content: bytes) -> tuple[str, dict[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
        har: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NoHarError(f"not a HAR: the file is not valid JSON ({type(error).__name__})") from None
    if not isinstance(har, dict) or not isinstance(cast("dict[str, object]", har).get("log"), dict):
        raise NoHarError("not a HAR: expected a JSON object with the key `log`")
    return text, cast("dict[str, Any]", har)


def _encoded(har: object, **layout: Any) -> bytes:
    try:
        return json.dumps(har, ensure_ascii=False, **layout).encode()
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8
        return json.dumps(har, **layout).encode()


def _clean(redactor: Redactor, har: dict[str, Any]) -> Any:
    walk = _Walk(redactor)
    clean: Any = har
    try:
        for _ in range(_MAX_ROUNDS):
            before = redactor.generation
            clean = walk.node("", clean)
            if redactor.generation == before:
                break
    except RecursionError:
        raise NoHarError("not a HAR that wiretape can read: its JSON is nested too deeply") from None
    return clean


class _Walk:
    """Visits all values of a HAR, and builds the redacted HAR."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._lists: Mapping[str, Callable[[Any], Any]] = {
            "headers": self._header,
            "cookies": self._cookie,
            "queryString": self._pair,
            "params": self._pair,
        }

    def node(self, key: str, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(key, value)
        if isinstance(value, dict):
            return self._object(cast("dict[str, Any]", value))
        if isinstance(value, list):
            return self._list(key, cast("list[Any]", value))
        return value

    def _text(self, key: str, value: str) -> str:
        return self._redactor.named(key, value)

    def _list(self, key: str, items: list[Any]) -> list[Any]:
        if key == "_webSocketMessages":
            return self._messages([self._message(item) for item in items])
        named = self._lists.get(key)
        if named is None or not all(_is_named(item) for item in items):
            return [self.node(key, item) for item in items]
        return [named(item) for item in items]

    def _object(self, node: dict[str, Any]) -> dict[str, Any]:
        if node.get("encoding") == "base64" and isinstance(node.get("text"), str):
            rest = {key: self.node(key, value) for key, value in node.items() if key != "text"}
            return {key: self._base64(node["text"]) if key == "text" else rest[key] for key in node}
        return {key: self.node(key, value) for key, value in node.items()}

    def _base64(self, text: str) -> str:
        try:
            data = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return self._redactor.text(text)
        clean = self._redactor.data(data).data
        return text if clean == data else base64.b64encode(clean).decode()

    def _with_value(self, item: dict[str, Any], value: str) -> dict[str, Any]:
        return {key: value if key == "value" else self.node(key, inner) for key, inner in item.items()}

    def _header(self, item: dict[str, Any]) -> dict[str, Any]:
        name, value = item["name"].lower(), item["value"]
        try:
            value.encode("latin-1")
        except UnicodeEncodeError:
            return self._with_value(item, self._redactor.text(value))
        return self._with_value(item, self._redactor.headers([(name, value)])[0][1])

    def _cookie(self, item: dict[str, Any]) -> dict[str, Any]:
        if not self._redactor.profile.secret_cookies:
            return self._object(item)
        value = str(item["value"])
        inner = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
        return self._with_value(item, value.replace(inner, self._redactor.value(inner, "cookie", "cookie"), 1))

    def _pair(self, item: dict[str, Any]) -> dict[str, Any]:
        return self._with_value(item, self._redactor.named(item["name"], item["value"], query=True))

    def _message(self, item: Any) -> Any:
        if not isinstance(item, dict):
            return self.node("", item)
        message = cast("dict[str, Any]", item)
        clean = {key: self.node(key, value) for key, value in message.items() if key != "data"}
        data = message.get("data")
        if isinstance(data, str):
            data = self._base64(data) if message.get("opcode") == _BINARY else self._redactor.text(data)
        return {key: data if key == "data" else clean[key] for key in message}

    def _messages(self, items: list[Any]) -> list[Any]:
        """Redact secrets that span several messages of a HAR's socket, in a second pass over its messages."""
        lines: list[Line] = []
        at: list[int] = []
        for index, item in enumerate(items):
            if _is_text_message(item):
                lines.append(Line(_DIRECTIONS[item["type"]], 0, "text", item["data"].encode("utf-8", "surrogatepass")))  # pyright: ignore[reportArgumentType]  # "<" or ">"
                at.append(index)
        changed = list(items)
        for index, old, new in zip(at, lines, redact_across(self._redactor, tuple(lines)), strict=True):
            if new is not old:
                changed[index] = {**items[index], "data": new.data.decode("utf-8", "surrogatepass")}
        return changed


def _is_text_message(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    message = cast("dict[str, Any]", item)
    known = message.get("type") in _DIRECTIONS and message.get("opcode") != _BINARY
    return known and isinstance(message.get("data"), str)


def _is_named(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    pair = cast("dict[str, Any]", item)
    return isinstance(pair.get("name"), str) and isinstance(pair.get("value"), str)
