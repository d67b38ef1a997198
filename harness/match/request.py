"""`ParsedRequest` and `ParsedMessage`: what a client sends, parsed lazily and once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import unquote, urlsplit

from harness.content_coding import Content, content_of, without_coding
from harness.framing.bodies import parse_body, readable
from harness.framing.json_values import NOT_JSON, parse_json
from harness.match.forms import Part, parse_form, parse_multipart, parse_pairs
from harness.match.json_diff import strings_at_places
from harness.match.places import Place, Places

Headers: TypeAlias = tuple[tuple[str, str], ...]
_MOST_SHOWN: Final = 64 * 1024
MessageKind: TypeAlias = Literal["text", "binary"]


class ParsedRequest:
    """A request or an upgrade, recorded or actual.

    Args:
        method: Upper case; ``SOCKET`` for an upgrade.
        target: Path and query, or an absolute URL where it goes to another origin than the session's.
        headers: Names in lower case.
        body: The whole body, as sent or as recorded.

    Attributes:
        method: As given.
        target: As given.
    """

    def __init__(self, method: str, target: str, headers: Headers = (), body: bytes = b"") -> None:
        self.method = method
        self.target = target
        self._headers = headers
        self._sent = body

    @cached_property
    def _content(self) -> Content:
        # Lazily: only few requests of a long cassette are compared in full.
        return content_of(self._headers, self._sent)

    def with_body(self, body: bytes) -> ParsedRequest:
        """The same request with another body, whose content is not coded."""
        return ParsedRequest(self.method, self.target, without_coding(self._headers), body)

    @cached_property
    def headers(self) -> Headers:
        """Names in lower case; without the content coding that `content` decodes."""
        return self._headers if self._content.coding is None else without_coding(self._headers)

    @property
    def content(self) -> bytes:
        """The body with its content coding decoded, as the recorder keeps it."""
        return self._content.data

    @cached_property
    def body(self) -> bytes:
        """The content: text as UTF-8 without a byte order mark, anything else as it is."""
        return readable(self.content_type, self.content)

    @cached_property
    def origin(self) -> str:
        """``scheme://host`` of an absolute target, else ``""``."""
        if self.target.startswith("/"):
            return ""
        parts = urlsplit(self.target)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """The path's segments, percent-decoded."""
        path = self.target.removeprefix(self.origin).partition("#")[0].partition("?")[0]
        return tuple(unquote(segment, errors="replace") for segment in path.split("/"))

    @property
    def path(self) -> str:
        """The path, percent-decoded."""
        return "/".join(self.segments)

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """The query's names and values, decoded."""
        return parse_pairs(self.target.partition("#")[0].partition("?")[2])

    @cached_property
    def json(self) -> Any:
        """The body as JSON, or `NOT_JSON`."""
        return parse_body(self.content_type, self.body)

    @cached_property
    def form(self) -> list[tuple[str, str]] | None:
        """The body as a url-encoded form, or None."""
        return parse_form(self.content_type, self.body)

    @cached_property
    def parts(self) -> list[Part] | None:
        """The body's parts if it is multipart, else None."""
        return parse_multipart(self.content_type, self.body)

    @cached_property
    def plain_target(self) -> str:
        """The target with its percent-escapes decoded, so that it can be searched for values; not fit to be sent."""
        query = "&".join(f"{name}={value}" for name, value in self.query)
        return f"{self.origin}{self.path}?{query}" if query else self.origin + self.path

    @cached_property
    def plain_body(self) -> str:
        """The beginning of the body, with form fields decoded and multipart boundaries removed; bytes as latin-1."""
        if self.form is not None:
            return "&".join(f"{name}={value}" for name, value in self.form)
        if self.parts is not None:
            return "\n".join(f"{each.name}: {each.content[:_MOST_SHOWN].decode('latin-1')}" for each in self.parts)
        return self.body[:_MOST_SHOWN].decode("latin-1")

    @property
    def content_type(self) -> str:
        """The Content-Type header, or ``""``."""
        return self.header("content-type") or ""

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        headers = self.headers if name == "content-encoding" else self._headers
        return next((value for key, value in headers if key == name), None)

    def placed(self, places: Places) -> Iterable[tuple[Place, str]]:
        """The values of the query and the body that are at places of the profile."""
        found = [(places.query(name), value) for name, value in self.query]
        found += [(places.field(name), value) for name, value in self.form or ()]
        yield from ((place, value) for place, value in found if place is not None)
        if self.body and self.json is not NOT_JSON:
            yield from strings_at_places(self.json, places.field)


class ParsedMessage:
    """A message of the client, recorded or actual.

    Attributes:
        kind: ``text`` or ``binary``.
        data: The payload.
        framing: Name of the protocol whose packet it is; ``""`` for a message of its own.
    """

    __slots__ = ("_json", "_placed", "data", "framing", "kind")

    def __init__(self, kind: MessageKind, data: bytes, framing: str = "") -> None:
        self.kind: MessageKind = kind
        self.data = data
        self.framing = framing
        self._json: Any = None
        self._placed: tuple[tuple[Place, str], ...] | None = None

    @property
    def json(self) -> Any:
        """The payload as JSON, or `NOT_JSON`."""
        if self._json is None:
            self._json = parse_json(self.data)
        return self._json

    def placed(self, places: Places) -> tuple[tuple[Place, str], ...]:
        """The strings that are at places of the profile."""
        if self._placed is None:
            parsed = self.json if places.has_fields else NOT_JSON
            self._placed = () if parsed is NOT_JSON else tuple(strings_at_places(parsed, places.field))
        return self._placed


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestView:
    """A redacted request, for functions of the user. Change it with `dataclasses.replace`.

    Attributes:
        method: Upper case; ``SOCKET`` for the upgrade to a WebSocket.
        target: Path and query, or an absolute URL where it goes to another origin than the session's.
        headers: Names in lower case, repeats kept.
        body: Whole.
    """

    method: str
    target: str
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query of the target, as sent; ``""`` if there is none."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str | None:
        """The first header of that lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: The body is not JSON.
        """
        return json.loads(self.body)
