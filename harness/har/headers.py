"""Header fields and cookies of a HAR, as HTTP says them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.cassette.model import Headers
from harness.har.fields import Fields
from harness.har.notes import Reason
from harness.har.report import Losses

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_VALUE: Final = re.compile("[^\x00\r\n\u0100-\U0010ffff]*")


def header_fields(part: Fields, losses: Losses) -> Headers:
    """The headers of a request or an answer: names in lower case, HTTP/2's pseudo headers left out.

    Several values that an exporter put into one, a line each, are taken apart.
    """
    return tuple(_header_fields(part, losses))


def _header_fields(part: Fields, losses: Losses) -> Iterator[tuple[str, str]]:
    for each in part.objects("headers"):
        name = each.text("name").strip().lower()
        if name.startswith(":"):
            continue
        for line in each.text("value", "").split("\n"):
            value = latin_1(line.strip(" \t\r"))
            if _NAME.fullmatch(name) and _VALUE.fullmatch(value):
                yield name, value
            else:
                losses.add(Reason.ODD_HEADERS)


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
    pairs = [f"{each.text('name', '')}={each.text('value', '')}" for each in request.objects("cookies")]
    value = latin_1("; ".join(pairs))
    if not pairs or first(headers, "cookie") or not _VALUE.fullmatch(value):
        return headers
    losses.add(Reason.REBUILT_COOKIES)
    return (*headers, ("cookie", value))
