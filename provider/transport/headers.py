"""The header fields of requests, their order and spelling: the given ones and the browser's, none of libcurl's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from provider.transport.errors import TransportError

# curl_cffi sets an impersonated browser's order even without its headers; fields outside of an order keep their place.
# libcurl writes these three itself, and Chrome has them first.
GIVEN_ORDER: Final = b"Host,Connection,Content-Length"
# Chrome's order of a WebSocket upgrade, and of a page's own request; libcurl sorts by it.
UPGRADE_ORDER: Final = (
    b"Host,Connection,Pragma,Cache-Control,User-Agent,Upgrade,Origin,Sec-WebSocket-Version,"
    b"Accept-Encoding,Accept-Language,Cookie,Sec-WebSocket-Key"
)
_FETCH_NAMES: Final = (
    "Host",
    "Connection",
    "Content-Length",
    "sec-ch-ua-platform",
    "Authorization",
    "User-Agent",
    "sec-ch-ua",
    "Content-Type",
    "sec-ch-ua-mobile",
    "Accept",
    "Origin",
    "Sec-Fetch-Site",
    "Sec-Fetch-Mode",
    "Sec-Fetch-Dest",
    "Referer",
    "Accept-Encoding",
    "Accept-Language",
    "Cookie",
    "Priority",
)
FETCH_ORDER: Final = ",".join(_FETCH_NAMES).encode()
_SPELLINGS: Final = {name.lower(): name for name in _FETCH_NAMES}
# The weight that Chrome gives an HTTP/2 stream, by the urgency in the Priority header.
_WEIGHTS: Final = {"u=0": 256, "u=1": 220}
Field: TypeAlias = tuple[str, str | None]
Fields: TypeAlias = Sequence[Field]
# The fields that a browser adds to an upgrade, without those of a navigation. None removes a default.
UPGRADE_HEADERS: Final[Fields] = (
    ("pragma", "no-cache"),
    ("cache-control", "no-cache"),
    ("sec-ch-ua", None),
    ("sec-ch-ua-mobile", None),
    ("sec-ch-ua-platform", None),
    ("upgrade-insecure-requests", None),
    ("accept", None),
    ("sec-fetch-site", None),
    ("sec-fetch-mode", None),
    ("sec-fetch-user", None),
    ("sec-fetch-dest", None),
    ("priority", None),
)
# A page's own request is not a navigation: these replace the impersonated browser's defaults.
FETCH_HEADERS: Final[Fields] = (
    ("accept", "*/*"),
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-mode", "cors"),
    ("sec-fetch-dest", "empty"),
    ("upgrade-insecure-requests", None),
    ("sec-fetch-user", None),
    ("cache-control", None),
)
# libcurl leaves out the first over HTTP/2, and the second over HTTP/1.1.
CHROMES_FETCH_HEADERS: Final[Fields] = (("connection", "keep-alive"), ("priority", "u=1, i"))
# libcurl's own fields: those of every request, and those of a body, which it takes for a form.
LIBCURLS_OWN: Final[Fields] = (("accept", None), ("accept-encoding", None), ("user-agent", None))
BODY_HEADERS: Final[Fields] = (("expect", None), ("content-type", None))


def unless_named(headers: Iterable[Field], fields: Fields) -> Fields:
    """Return those of ``fields`` whose names are not in ``headers``."""
    named = {name.lower() for name, _ in headers}
    return [field for field in fields if field[0] not in named]


def header_lines(headers: Iterable[Field]) -> list[bytes]:
    """Return headers in libcurl's form: ``Name;`` is an empty value, ``Name:`` (for None) removes a default.

    Raises:
        TransportError: A name or value has a character that would end its line.
    """
    lines: list[bytes] = []
    for name, value in headers:
        if not name or set(name) & set(":; ") or set(name + (value or "")) & set("\r\n\0"):
            del headers  # keeps the secret out of traceback frames
            raise TransportError("A header of the request has a character that HTTP does not allow there")
        line = f"{name}: {value}" if value and value.strip(" \t") else f"{name}{':' if value is None else ';'}"
        try:
            lines.append(line.encode("latin-1"))
        except UnicodeEncodeError:
            lines.append(line.encode())
    return lines


def without_cookies(headers: Sequence[Field]) -> tuple[bytes, list[Field]]:
    """Split headers into the value of one cookie line, and the other headers.

    Raises:
        TransportError: As for `header_lines`.
    """
    cookies = [value for name, value in headers if name.lower() == "cookie" and value and value.strip()]
    others = [field for field in headers if field[0].lower() != "cookie" or not (field[1] or "").strip()]
    lines = header_lines([("cookie", "; ".join(cookies))] if cookies else ())
    return b"".join(line.partition(b": ")[2] for line in lines), others


def as_browsers_write(name: str) -> str:
    """Spell a header's name as browsers do in an HTTP/1.1 upgrade, such as ``Cache-Control``."""
    return "-".join(word.capitalize() for word in name.split("-"))


def as_chrome_writes(name: str) -> str:
    """Spell a header's name as Chrome does in HTTP/1.1 requests; an unknown name stays as it is."""
    return _SPELLINGS.get(name.lower(), name)


def order_of(headers: Iterable[Field]) -> bytes:
    """Return the order that keeps the given order of headers, also of those that libcurl writes itself."""
    names = [name.lower() for name, _ in headers]
    # libcurl would move a repeated name to its first place.
    return GIVEN_ORDER if len(set(names)) < len(names) else b",".join((GIVEN_ORDER, *(name.encode() for name in names)))


def weight_of(headers: Iterable[Field]) -> int | None:
    """Return the weight of an HTTP/2 stream with these headers; None without an urgency that browsers use for pages."""
    priority = next((value or "" for name, value in headers if name.lower() == "priority"), "")
    return _WEIGHTS.get(priority.partition(",")[0].strip())
