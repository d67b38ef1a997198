"""Header fields and cookies of a HAR, as HTTP says them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, cast

from harness.cassette.model import Headers
from harness.har.fields import Fields
from harness.har.notes import Reason
from harness.har.report import Losses

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  # RFC 9110's word
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE: Final = re.compile("[^\x00\r\n\u0100-\U0010ffff]*")
_JOINT: Final = re.compile(rf",(?=\s*{_TOKEN}=)")
"""A comma that may stand between two cookies: the one within ``Expires=Fri, 01 May 2026`` is followed by a day."""
JOINS_COOKIES: Final = "http toolkit"
"""The exporter that writes all values of one name into one, with commas between them."""


def header_fields(part: Fields, losses: Losses, *, joined: bool = False) -> Headers:
    """The headers of a request or an answer: names in lower case, HTTP/2's pseudo headers left out.

    Several values that an exporter put into one, a line each, are taken apart; cookies that were joined by commas, too.

    Args:
        joined: Whether the exporter joins cookies. Otherwise they are taken apart only behind an attribute
            (``a=1; Path=/,b=2``), as a cookie's own value may have a comma.
    """
    return tuple(_header_fields(part, losses, joined=joined))


def _header_fields(part: Fields, losses: Losses, *, joined: bool) -> Iterator[tuple[str, str]]:
    for written, text in _written(part, losses):
        name = written.strip().lower()
        if name.startswith(":"):
            continue
        for line in text.split("\n"):
            value = latin_1(line.strip(" \t\r"))
            if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
                losses.add(Reason.ODD_HEADERS)
            elif name == "set-cookie":
                yield from ((name, one) for one in _cookies(value, joined=joined))
            else:
                yield name, value


def _written(part: Fields, losses: Losses) -> Iterator[tuple[str, str]]:
    """Names and values as they stand there: a list of objects, or of pairs, or one object with a field a header."""
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
    """The cookies of one Set-Cookie."""
    begin = 0
    for joint in _JOINT.finditer(value):
        if joined or ";" in value[begin : joint.start()]:
            yield value[begin : joint.start()].strip()
            begin = joint.end()
    yield value[begin:].strip()


def latin_1(text: str) -> str:
    """A header's value: what lies beyond latin-1 as the latin-1 of its UTF-8, as it stands on the wire."""
    return text if text.isascii() or _VALUE.fullmatch(text) else text.encode("utf-8", "replace").decode("latin-1")


def phrase(part: Fields) -> str | None:
    """A reason phrase that HTTP can say, or None."""
    text = part.optional_text("statusText")
    return text if text and _VALUE.fullmatch(text) else None


def first(headers: Headers, name: str) -> str:
    """The first value of a header; empty if there is none."""
    return next((value for key, value in headers if key == name), "")


def with_cookies(request: Fields, headers: Headers, losses: Losses) -> Headers:
    """The headers, and a Cookie header made of the list of cookies if they lack one."""
    pairs = [f"{each.text('name')}={each.text('value')}" for each in request.objects("cookies")]
    value = latin_1("; ".join(pairs))
    if not pairs or first(headers, "cookie") or not _VALUE.fullmatch(value):
        return headers
    losses.add(Reason.REBUILT_COOKIES)
    return (*headers, ("cookie", value))
