"""Bodies of a HAR as bytes. Exporters have taken content coding off, and made text of what they could."""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Final
from urllib.parse import urlencode

from harness.cassette.model import Headers
from harness.har.fields import Fields
from harness.har.headers import first
from harness.har.notes import Reason
from harness.har.report import Losses

_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)
_BOUNDARY: Final = re.compile(r"boundary\s*=\s*\"?([^\s\";,]{1,70})", re.IGNORECASE)
_LOST: Final = "\ufffd"
_BODILESS: Final = frozenset({101, 204, 205, 304})
# Others, such as idna, do not give back what they took, or need not be text's.
_CHARSETS: Final = re.compile(
    r"utf-?8|(us-)?ascii|iso-8859-\d+|latin-?1|windows-125\d|shift_jis|euc-(jp|kr)|gb\w+|big5", re.IGNORECASE
)


def as_bytes(text: str, mime_type: str) -> bytes:
    """A text in the charset that its type names; in UTF-8 if that cannot say it."""
    named = _CHARSET.search(mime_type)
    if named and not text.isascii() and _CHARSETS.fullmatch(named[1]):
        try:
            return text.encode(named[1])
        except (LookupError, UnicodeError):
            pass
    return text.encode("utf-8", "surrogatepass")


def from_base64(text: str) -> bytes | None:
    """What the base64 says, or None if it is none."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def answer_body(response: Fields, headers: Headers, method: str, losses: Losses) -> bytes:
    """The body of an answer.

    Raises:
        HarFieldError: Something has the wrong type, or is no base64.
    """
    content = response.object("content")
    text = content.optional_text("text")
    mime_type = first(headers, "content-type") or content.text("mimeType", "")
    if text and content.optional_text("encoding") == "base64":
        data = from_base64("".join(text.split()))
        if data is None:
            raise content.wrong("text", "expected base64, as `encoding` says")
    else:
        data = as_bytes(text or "", mime_type)
        losses.add(Reason.UNDECODABLE, _LOST in (text or ""))
    stated = _stated(response, content, headers)
    if method != "HEAD" and response.integer("status") not in _BODILESS and stated > len(data):
        losses.add(Reason.SHORT_BODY if data else Reason.NO_BODY)
    return data


def _stated(response: Fields, content: Fields, headers: Headers) -> int:
    length = first(headers, "content-length")
    size = content.integer("size")
    if first(headers, "content-encoding"):
        return size
    if length.isdecimal() and len(length) < 16:
        return int(length)
    return max(size, 0 if size >= 0 else response.integer("bodySize"))


def request_body(request: Fields, headers: Headers, losses: Losses) -> bytes:
    """The body of a request.

    Raises:
        HarFieldError: Something has the wrong type.
    """
    post = request.object("postData")
    text = post.text("text", "")
    mime_type = first(headers, "content-type") or post.text("mimeType", "")
    if text:
        losses.add(Reason.UNDECODABLE, _LOST in text)
        return as_bytes(text, mime_type)
    params = list(post.objects("params"))
    if params:
        data = _rebuilt(params, mime_type)
        losses.add(Reason.REBUILT_REQUEST_BODY if data else Reason.NO_REQUEST_BODY)
        return data
    length = first(headers, "content-length")
    if (length.isdecimal() and length.strip("0")) or (not length and request.integer("bodySize") > 0):
        losses.add(Reason.NO_REQUEST_BODY)
    return b""


def _rebuilt(params: list[Fields], mime_type: str) -> bytes:
    kind = mime_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data" and (boundary := _BOUNDARY.search(mime_type)):
        return _multipart(params, boundary[1])
    if kind.endswith("json"):
        values = {each.text("name"): each.raw("value") for each in params}
        return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    if kind == "application/x-www-form-urlencoded":
        return urlencode([(each.text("name"), each.text("value", "")) for each in params], errors="replace").encode()
    return b""


def _multipart(params: list[Fields], boundary: str) -> bytes:
    parts: list[str] = []
    for each in params:
        name, file, kind = each.text("name"), each.optional_text("fileName"), each.optional_text("contentType")
        head = f'Content-Disposition: form-data; name="{name}"' + (f'; filename="{file}"' if file else "")
        head += f"\r\nContent-Type: {kind}" if kind else ""
        parts.append(f"--{boundary}\r\n{head}\r\n\r\n{each.text('value', '')}\r\n")
    return ("".join(parts) + f"--{boundary}--\r\n").encode("utf-8", "surrogatepass")
