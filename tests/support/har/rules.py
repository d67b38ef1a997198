"""HAR 1.2 as its specification has it (http://www.softwareishard.com/blog/har-12-spec/), as types to check files by."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

Size = Annotated[int, Meta(ge=-1)]
Milliseconds = Annotated[float, Meta(ge=-1)]


class Named(msgspec.Struct):
    """Creator and browser."""

    name: str
    version: str


class Pair(msgspec.Struct):
    """A header or query value; of a cookie what is required."""

    name: str
    value: str


class PostData(msgspec.Struct, rename="camel", kw_only=True):
    mime_type: str
    text: str
    params: list[Any]


class Request(msgspec.Struct, rename="camel", kw_only=True):
    method: str
    url: str
    http_version: str
    cookies: list[Pair]
    headers: list[Pair]
    query_string: list[Pair]
    headers_size: Size
    body_size: Size
    post_data: PostData | None = None


class Content(msgspec.Struct, rename="camel", kw_only=True):
    size: Annotated[int, Meta(ge=0)]
    mime_type: str
    text: str = ""
    encoding: str = ""


class Response(msgspec.Struct, rename="camel", kw_only=True):
    status: Annotated[int, Meta(ge=0, le=999)]
    status_text: str
    http_version: str
    cookies: list[Pair]
    headers: list[Pair]
    content: Content
    redirect_url: str = msgspec.field(name="redirectURL")
    headers_size: Size
    body_size: Size


class Timings(msgspec.Struct):
    send: Annotated[float, Meta(ge=0)]
    wait: Annotated[float, Meta(ge=0)]
    receive: Annotated[float, Meta(ge=0)]
    blocked: Milliseconds = -1
    dns: Milliseconds = -1
    connect: Milliseconds = -1
    ssl: Milliseconds = -1


class Message(msgspec.Struct, forbid_unknown_fields=True):
    """Chrome's custom field."""

    type: Annotated[str, Meta(pattern="^(send|receive)$")]
    time: float
    opcode: int
    data: str


class Entry(msgspec.Struct, rename="camel", kw_only=True):
    started_date_time: datetime
    time: Annotated[float, Meta(ge=0)]
    request: Request
    response: Response
    cache: dict[str, Any]
    timings: Timings


class Log(msgspec.Struct):
    version: Annotated[str, Meta(pattern="^1[.]2$")]
    creator: Named
    entries: list[Entry]
    pages: list[Any] = []


class Har(msgspec.Struct):
    log: Log


def check(data: bytes) -> list[Entry]:
    """The entries of a HAR that keeps the rules.

    Raises:
        msgspec.ValidationError: It does not.
        AssertionError: Its sums are wrong, or a field that is no HAR's does not begin with ``_``.
    """
    har = msgspec.json.decode(data, type=Har)
    assert data.strip().startswith(b"{")
    for entry, raw in zip(har.log.entries, msgspec.json.decode(data)["log"]["entries"], strict=True):
        _check(entry, raw)
    return har.log.entries


def _check(entry: Entry, raw: dict[str, Any]) -> None:
    timings = entry.timings
    known = (timings.blocked, timings.dns, timings.connect, timings.send, timings.wait, timings.receive)
    assert abs(entry.time - sum(each for each in known if each >= 0)) < 0.01
    assert entry.started_date_time.tzinfo is not None
    content = entry.response.content
    text = base64.b64decode(content.text, validate=True) if content.encoding == "base64" else content.text.encode()
    assert len(text) == content.size or "charset" in content.mime_type
    mine = set(raw) - set(Entry.__struct_encode_fields__)
    assert all(name.startswith("_") for name in mine)
    msgspec.convert(raw.get("_webSocketMessages", []), list[Message])
