"""Headers and bodies of a HAR, as HTTP sent them. Exporters have decoded content codings, and bodies to text."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Final, cast
from urllib.parse import urlencode

from harness.cassette.model import Headers
from harness.content_coding import content_of, is_coded
from harness.har.fields import Fields
from harness.har.report import Losses, Reason
from harness.headers import is_text_type

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  # a token of RFC 9110
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
VALUE: Final = re.compile("[^\x00\r\n\u0100-\U0010ffff]*")
_JOINT: Final = re.compile(rf",(?=\s*{_TOKEN}=)")
"""A comma that may stand between two cookies: the one within ``Expires=Fri, 01 May 2026`` is followed by a day."""
JOINS_COOKIES: Final = "http toolkit"
"""The exporter that joins all values of a header by commas."""


def header_fields(part: Fields, losses: Losses, *, joined: bool = False) -> Headers:
    """The headers of a request or response: names in lower case, without HTTP/2's pseudo headers.

    Splits values that an exporter joined, a line each, and cookies that it joined by commas.

    Args:
        joined: Whether the exporter joins cookies. Otherwise they are split only behind an attribute
            (``a=1; Path=/,b=2``), since a cookie's value may contain a comma.
    """
    return tuple(_header_fields(part, losses, joined=joined))


def _header_fields(part: Fields, losses: Losses, *, joined: bool) -> Iterator[tuple[str, str]]:
    for written, text in _written(part, losses):
        name = written.strip().lower()
        if name.startswith(":"):
            continue
        for line in text.split("\n"):
            value = latin_1(line.strip(" \t\r"))
            if not _NAME.fullmatch(name) or not VALUE.fullmatch(value):
                losses.add(Reason.ODD_HEADERS)
            elif name == "set-cookie":
                yield from ((name, one) for one in _cookies(value, joined=joined))
            else:
                yield name, value


def _written(part: Fields, losses: Losses) -> Iterator[tuple[str, str]]:
    """Names and values as the file holds them: a list of objects or pairs, or one object with a field a header."""
    found = part.raw("headers")
    if isinstance(found, dict):
        part.note("headers")
        items: list[object] = [
            {"name": name, "value": value} for name, value in cast("dict[str, object]", found).items()
        ]
    elif isinstance(found, list):
        items = cast("list[object]", found)
    else:
        if found is not None:
            part.note("headers")
        items = []
    for index, item in enumerate(items):
        each = cast("object", dict(zip(("name", "value"), item, strict=False)) if isinstance(item, list) else item)  # pyright: ignore[reportUnknownArgumentType]
        if not isinstance(each, dict):
            losses.add(Reason.ODD_HEADERS)
            continue
        fields = Fields(each, f"{part.place('headers')}[{index}]", part.odd)
        name = fields.optional_text("name")
        values = fields.raw("value")
        if name is None:
            losses.add(Reason.ODD_HEADERS)
        elif isinstance(values, list):
            fields.note("value")
            yield from ((name, str(one)) for one in cast("list[object]", values) if isinstance(one, str | int | float))
        else:
            yield name, fields.text("value")


def _cookies(value: str, *, joined: bool) -> Iterator[str]:
    """Split one Set-Cookie value into its cookies."""
    begin = 0
    for joint in _JOINT.finditer(value):
        if joined or ";" in value[begin : joint.start()]:
            yield value[begin : joint.start()].strip()
            begin = joint.end()
    yield value[begin:].strip()


def latin_1(text: str) -> str:
    """A header's value in latin-1; other characters become the bytes of their UTF-8, as on the wire."""
    return text if text.isascii() or VALUE.fullmatch(text) else text.encode("utf-8", "replace").decode("latin-1")


def phrase(part: Fields) -> str | None:
    """The reason phrase if it is valid in HTTP, or None."""
    text = part.optional_text("statusText")
    return text if text and VALUE.fullmatch(text) else None


def first(headers: Headers, name: str) -> str:
    """The first value of a header; empty if there is none."""
    return next((value for key, value in headers if key == name), "")


_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)
_BOUNDARY: Final = re.compile(r"boundary\s*=\s*\"?([^\s\";,]{1,70})", re.IGNORECASE)
_LOST: Final = "\ufffd"
_OF_URLS: Final = {ord("-"): "+", ord("_"): "/"}
_BODILESS: Final = frozenset({101, 204, 205, 304})
# Other codecs, such as idna, do not round-trip, or do not encode text.
_CHARSETS: Final = re.compile(
    r"utf-?8|(us-)?ascii|iso-8859-\d+|latin-?1|windows-125\d|shift_jis|euc-(jp|kr)|gb\w+|big5", re.IGNORECASE
)


def as_bytes(text: str, mime_type: str) -> bytes:
    """A text in the charset that its type names; in UTF-8 if that charset cannot encode it."""
    named = _CHARSET.search(mime_type)
    if named and not text.isascii() and _CHARSETS.fullmatch(named[1]):
        try:
            return text.encode(named[1])
        except (LookupError, UnicodeError):
            pass
    return text.encode("utf-8", "surrogatepass")


def from_base64(text: str) -> bytes | None:
    """Decoded base64, or None if it is invalid. Accepts missing padding and the URL-safe alphabet."""
    bare = "".join(text.split()).rstrip("=").translate(_OF_URLS)
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def answer_body(response: Fields, headers: Headers, method: str, losses: Losses) -> bytes:
    """The body of a response in a HAR, as bytes without content coding."""
    content = response.object("content")
    mime_type = first(headers, "content-type") or content.text("mimeType")
    data = _without_coding(_said(content, mime_type, losses), headers, mime_type)
    stated = _stated(response, content, headers)
    if method != "HEAD" and response.integer("status") not in _BODILESS and stated > len(data):
        losses.add(Reason.SHORT_BODY if data else Reason.NO_BODY)
    return data


def _without_coding(data: bytes, headers: Headers, mime_type: str) -> bytes:
    """The data without the content coding that an exporter left on it.

    Of text only: a file may be compressed itself, beside the coding that the exporter removed.
    """
    if not is_coded(headers) or not is_text_type(mime_type):
        return data
    try:
        data.decode()
    except UnicodeDecodeError:
        return content_of(headers, data).data
    return data


def _said(content: Fields, mime_type: str, losses: Losses) -> bytes:
    """The bytes of the ``text`` of a HAR's content object, decoded if its ``encoding`` is base64."""
    text = content.text("text")
    if text and content.text("encoding").strip().lower() == "base64":
        data = from_base64(text)
        if data is not None:
            return data
        losses.add(Reason.ODD_BASE64)
    losses.add(Reason.UNDECODABLE, _LOST in text)
    return as_bytes(text, mime_type)


def _stated(response: Fields, content: Fields, headers: Headers) -> int:
    length = first(headers, "content-length")
    size = content.integer("size")
    if first(headers, "content-encoding"):
        return size
    if length.isdecimal() and len(length) < 16:
        return int(length)
    return max(size, 0 if size >= 0 else response.integer("bodySize"))


def request_body(request: Fields, headers: Headers, losses: Losses) -> bytes:
    """The body of a request in a HAR, as bytes."""
    post = request.object("postData")
    mime_type = first(headers, "content-type") or post.text("mimeType")
    # HTTP Toolkit writes bodies that are not text into another field.
    for said in (post, request.object("_content")):
        if data := _said(said, mime_type, losses):
            return data
    params = list(post.objects("params"))
    if params:
        data = _rebuilt(params, mime_type, request.integer("bodySize"))
        losses.add(Reason.REBUILT_REQUEST_BODY if data else Reason.NO_REQUEST_BODY)
        return data
    length = first(headers, "content-length")
    if (length.isdecimal() and length.strip("0")) or (not length and request.integer("bodySize") > 0):
        losses.add(Reason.NO_REQUEST_BODY)
    return b""


def _rebuilt(params: list[Fields], mime_type: str, size: int) -> bytes:
    only = params[0].text("name").encode("utf-8", "surrogatepass")
    if len(params) == 1 and len(only) == size and not params[0].text("value"):
        return only  # Charles writes other bodies as one parameter of a form
    kind = mime_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data" and (boundary := _BOUNDARY.search(mime_type)):
        return _multipart(params, boundary[1])
    if kind.endswith("json"):
        values = {each.text("name"): each.raw("value") for each in params}
        return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    if kind == "application/x-www-form-urlencoded":
        return urlencode([(each.text("name"), each.text("value")) for each in params], errors="replace").encode()
    return b""


def _multipart(params: list[Fields], boundary: str) -> bytes:
    parts: list[str] = []
    for each in params:
        name, file, kind = each.text("name"), each.optional_text("fileName"), each.optional_text("contentType")
        head = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
        head += f"\r\nContent-Type: {kind}" if kind else ""
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n{each.text('value')}\r\n")
    return ("".join(parts) + f"--{boundary}--\r\n").encode("utf-8", "surrogatepass")
