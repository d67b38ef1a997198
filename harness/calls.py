"""`WireCall`: a request to a local server, as tests read it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from fake_server.stage import LargeBody, Request
from harness.content_coding import content_of
from provider.websocket import Message, Opcode


@dataclass(slots=True, eq=False)
class WireCall:
    """A request to the wire. Its repr shows neither query, headers nor body, since they may hold tokens.

    Attributes:
        method: In upper case.
        path: Path without the query.
        query: Query parameters; the last one of equal names.
        headers: Headers, with names in lower case; the last one of equal names.
        body: Body as received, possibly compressed; empty if it is large.
        large: A body above 64 MiB, to be read by ``large.pieces()``; else None.
        status: Status of the response: 101 for an accepted socket, None without a response.
        params: What the ``{names}`` of a stub's path matched, decoded.
    """

    method: str
    path: str
    query: dict[str, str] = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int | None = None
    params: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    large: LargeBody | None = field(default=None, repr=False)

    @property
    def content(self) -> bytes:
        """The body without its content coding."""
        return content_of(tuple(self.headers.items()), self.body).data

    @property
    def text(self) -> str:
        """The decompressed body as UTF-8; replacement characters stand for other bytes."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the decompressed body, parsed as JSON.

        Raises:
            ValueError: The body is not JSON.
        """
        return json.loads(self.content)


def call_of(request: Request) -> WireCall:
    """The `WireCall` of a request that a local server received."""
    return WireCall(
        method=request.method,
        path=request.path,
        query=dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True)),
        headers=dict(request.headers),
        body=request.body,
        large=request.large,
    )


def decoded(message: Message) -> Any:
    """A message as tests read it: JSON decoded, other text as str, other data as bytes."""
    try:
        return json.loads(message.data)
    except (ValueError, RecursionError):
        pass
    if message.opcode == Opcode.TEXT:
        return message.data.decode("utf-8", "replace")
    return message.data
