"""What a HAR holds only beside the headers and the URL, put back where HTTP has it.

Exporters without access to the headers write cookies, the type of a body, the target of a redirect and the query into
the fields that HAR has for them, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlencode

from harness.cassette.model import Headers
from harness.har.fields import Fields
from harness.har.http_parts import VALUE, first, latin_1
from harness.har.report import Losses, Reason

_TYPE: Final = re.compile(r"[\w.+-]+/[\w.+-]+(\s*;.*)?")
"""Chrome writes ``x-unknown`` for a body without a type."""
_REDIRECTS: Final = frozenset({201, 300, 301, 302, 303, 307, 308})


def with_query(request: Fields, target: str, losses: Losses) -> str:
    """The target, and the query made of the list ``queryString`` if the URL has none."""
    pairs = [(each.text("name"), each.text("value")) for each in request.objects("queryString")]
    if "?" in target or not pairs:
        return target
    losses.add(Reason.REBUILT_QUERY)
    return f"{target}?{urlencode(pairs, errors='replace')}"


def with_cookies(request: Fields, headers: Headers, losses: Losses) -> Headers:
    """The headers, and a Cookie header made of the list of cookies if they lack one."""
    pairs = [f"{each.text('name')}={each.text('value')}" for each in request.objects("cookies")]
    value = latin_1("; ".join(pairs))
    if not pairs or first(headers, "cookie") or not VALUE.fullmatch(value):
        return headers
    losses.add(Reason.REBUILT_COOKIES)
    return (*headers, ("cookie", value))


def with_response_fields(response: Fields, headers: Headers, losses: Losses) -> Headers:
    """The headers of a response, and those that they lack: Location, Set-Cookie, Content-Type.

    The type is added only where the exporter wrote no headers at all: browsers guess the type of a body without one.
    """
    added: list[tuple[str, str]] = []
    location = latin_1(response.text("redirectURL").strip())
    if location and response.integer("status") in _REDIRECTS and not first(headers, "location"):
        added.append(("location", location))
    mime_type = response.object("content").text("mimeType").strip()
    if not headers and _TYPE.fullmatch(mime_type):
        added.append(("content-type", latin_1(mime_type)))
    added = [one for one in added if VALUE.fullmatch(one[1])]
    losses.add(Reason.REBUILT_HEADERS, bool(added))
    cookies = () if first(headers, "set-cookie") else tuple(_set_cookies(response))
    losses.add(Reason.REBUILT_COOKIES, bool(cookies))
    return (*headers, *added, *cookies)


def _set_cookies(response: Fields) -> Iterator[tuple[str, str]]:
    for each in response.objects("cookies"):
        if not each.text("name"):
            continue
        named = (("path", "Path"), ("domain", "Domain"), ("sameSite", "SameSite"))
        parts = [f"{each.text('name')}={each.text('value')}"]
        parts += [f"{attribute}={text}" for key, attribute in named if (text := each.text(key))]
        parts += [f"Expires={date}" for date in (_http_date(each.text("expires")),) if date]
        parts += [name for name in ("HttpOnly", "Secure") if each.raw(name[0].lower() + name[1:]) is True]
        value = latin_1("; ".join(parts))
        if VALUE.fullmatch(value):
            yield "set-cookie", value


def _http_date(text: str) -> str:
    """A date of HAR (ISO 8601) as HTTP writes it; empty if it is none, as for a cookie of the session."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    try:
        return format_datetime((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC), usegmt=True)
    except (ValueError, OverflowError):
        return ""
