"""`Condition`: which requests a stub answers, and how a request differs from that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

from fake_server.stage import Request
from harness.calls import WireCall
from harness.stubs.errors import StubError
from harness.stubs.path_pattern import PathPattern
from harness.stubs.values import ABSENT, Like, ValueDifference, Words, differences

Pattern: TypeAlias = str | Like | re.Pattern[str]
"""A text: equal, or as `like` or a regular expression describes it."""
SOCKET: Final = "SOCKET"
"""In place of a method: an upgrade to WebSocket."""
ANY_METHOD: Final = "*"
_METHOD: Final = re.compile(r"[A-Z][A-Z-]{0,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What a request must have so that a stub answers it.

    Attributes:
        method: In upper case; `ANY_METHOD` or `SOCKET`.
        path: Of the request.
        query: Parameters that the request must have; it may have others.
        headers: Headers that the request must have, names in lower case; it may have others.
        json: The body, parsed; `ABSENT` for any body.
        content: The decompressed body; None for any.
        match: A function of the call that returns whether the stub may answer it; None for none.
    """

    method: str
    path: PathPattern
    query: tuple[tuple[str, Pattern], ...] = ()
    headers: tuple[tuple[str, Pattern], ...] = ()
    json: object = field(default=ABSENT)
    content: bytes | Pattern | None = None
    match: Callable[[WireCall], bool] | None = None

    @property
    def label(self) -> str:
        """Method and path: ``GET /items/{id}``."""
        return f"{'socket' if self.method == SOCKET else self.method} {self.path}"

    def differences(self, request: Request, call: WireCall) -> Iterator[ValueDifference]:
        """How a request differs from the condition, raw; nothing if it fulfils it.

        Args:
            request: The request.
            call: The request as `WireCall`.
        """
        sent = SOCKET if request.upgrade else request.method
        if self.method not in (ANY_METHOD, sent) or (self.method == ANY_METHOD and request.upgrade):
            yield ValueDifference("method", self.method, sent)
        if self.path.match(request.path) is None:
            yield ValueDifference("path", self.path.text, request.path)
        pairs = parse_qsl(request.target.partition("?")[2], keep_blank_values=True)
        yield from _missing("query", [*self.path.query, *self.query], pairs)
        yield from _missing("headers", self.headers, request.headers)
        if self.json is not ABSENT:
            yield from differences("body", self.json, _json(call))
        if self.content is not None:
            sent_content = call.content if isinstance(self.content, bytes) else call.text
            yield from differences("body", self.content, sent_content)
        if self.match is not None and not self.match(call):
            yield ValueDifference(
                "match", Words(f"{getattr(self.match, '__name__', 'it')} to return True"), Words("False")
            )


def condition(  # the conditions that a stub may have
    method: str,
    path: str | re.Pattern[str],
    *,
    query: Mapping[str, Pattern] | None = None,
    headers: Mapping[str, Pattern] | None = None,
    json: object = ABSENT,
    content: bytes | Pattern | None = None,
    match: Callable[[WireCall], bool] | None = None,
) -> Condition:
    """The condition with these parts; see `harness.stubs.Stubs.on`.

    Raises:
        StubError: Method or path are malformed, or both ``json`` and ``content`` are given.
    """
    if method != ANY_METHOD and not _METHOD.fullmatch(method.upper()):
        raise StubError(f"method {method!r}: expected a method such as 'GET', or '*' for any")
    if json is not ABSENT and content is not None:
        raise StubError("json and content are both given: expected one of them, as both describe the body")
    return Condition(
        method=method.upper(),
        path=PathPattern.parse(path),
        query=tuple((query or {}).items()),
        headers=tuple((name.lower(), value) for name, value in (headers or {}).items()),
        json=json,
        content=content,
        match=match,
    )


def _missing(
    place: str, expected: Iterable[tuple[str, Pattern]], actual: Iterable[tuple[str, str]]
) -> Iterator[ValueDifference]:
    """Yield a difference for each expected name that has no matching value; of several values one must match."""
    values: dict[str, list[str]] = {}
    for name, value in actual:
        values.setdefault(name, []).append(value)
    for name, wanted in expected:
        found = values.get(name, [])
        if not any(not list(differences("", wanted, value)) for value in found):
            yield ValueDifference(f"{place}.{name}", wanted, found[0] if found else ABSENT)


def _json(call: WireCall) -> object:
    if not call.body:
        return ABSENT
    try:
        return call.json()
    except (ValueError, RecursionError):
        return call.text
