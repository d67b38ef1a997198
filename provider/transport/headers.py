"""Which header fields go out, in which order and spelling: the given ones, the browser's, and none of libcurl's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from provider.transport.errors import TransportError

# An impersonated browser's order is set even without its headers; what an order does not name stays as given.
# These libcurl writes itself, and Chrome has them first.
GIVEN_ORDER: Final = b"Host,Connection,Content-Length"
# Chrome's order of a WebSocket upgrade, and of a page's own call; libcurl sorts by them.
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
# By the urgency in its Priority header, Chrome gives an HTTP/2 stream a weight.
_WEIGHTS: Final = {"u=0": 256, "u=1": 220}
Field: TypeAlias = tuple[str, str | None]
Fields: TypeAlias = Sequence[Field]
# What a browser adds to an upgrade; the headers of a navigation are not among it. None takes a default away.
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
# A page's own calls are no navigations: these take the place of the impersonated browser's defaults.
FETCH_HEADERS: Final[Fields] = (
    ("accept", "*/*"),
    ("sec-fetch-site", "same-origin"),
    ("sec-fetch-mode", "cors"),
    ("sec-fetch-dest", "empty"),
    ("upgrade-insecure-requests", None),
    ("sec-fetch-user", None),
    ("cache-control", None),
)
# Over HTTP/2 libcurl leaves out the one, over HTTP/1.1 the other.
CHROMES_FETCH_HEADERS: Final[Fields] = (("connection", "keep-alive"), ("priority", "u=1, i"))
# What libcurl sends unasked: with any request, and with a body, which it takes for a form's.
LIBCURLS_OWN: Final[Fields] = (("accept", None), ("accept-encoding", None), ("user-agent", None))
BODY_HEADERS: Final[Fields] = (("expect", None), ("content-type", None))


def unless_named(headers: Iterable[Field], fields: Fields) -> Fields:
    """Those of ``fields`` that ``headers`` do not hold."""
    named = {name.lower() for name, _ in headers}
    return [field for field in fields if field[0] not in named]


def header_lines(headers: Iterable[Field]) -> list[bytes]:
    """Headers as libcurl takes them: ``Name;`` for an empty value, ``Name:`` (for None) takes a default away.

    Raises:
        TransportError: A name or value holds a character that would end its line.
    """
    lines: list[bytes] = []
    for name, value in headers:
        if not name or set(name) & set(":; ") or set(name + (value or "")) & set("\r\n\0"):
            del headers  # tools that show an error's calls show their arguments
            raise TransportError("A header holds a character that cannot be sent")
        line = f"{name}: {value}" if value and value.strip() else f"{name}{':' if value is None else ';'}"
        try:
            lines.append(line.encode("latin-1"))
        except UnicodeEncodeError:
            lines.append(line.encode())
    return lines


def without_cookies(headers: Sequence[Field]) -> tuple[bytes, list[Field]]:
    """The cookies among the headers, as one line's value, and the other headers.

    Raises:
        TransportError: As for `header_lines`.
    """
    cookies = [value for name, value in headers if name.lower() == "cookie" and value and value.strip()]
    others = [field for field in headers if field[0].lower() != "cookie" or not (field[1] or "").strip()]
    lines = header_lines([("cookie", "; ".join(cookies))] if cookies else ())
    return b"".join(line.partition(b": ")[2] for line in lines), others


def as_browsers_write(name: str) -> str:
    """The spelling of a header's name in an HTTP/1.1 upgrade, such as ``Cache-Control``."""
    return "-".join(word.capitalize() for word in name.split("-"))


def as_chrome_writes(name: str) -> str:
    """The spelling of a header's name in Chrome's HTTP/1.1 calls; another name stays as it is."""
    return _SPELLINGS.get(name.lower(), name)


def order_of(headers: Iterable[Field]) -> bytes:
    """An order that keeps headers as they are given, those too that libcurl writes itself."""
    names = [name.lower() for name, _ in headers]
    # A repeated name would be sorted to where it stands first.
    return GIVEN_ORDER if len(set(names)) < len(names) else b",".join((GIVEN_ORDER, *(name.encode() for name in names)))


def weight_of(headers: Iterable[Field]) -> int | None:
    """The weight of an HTTP/2 stream with these headers; None if they say no urgency that browsers use for pages."""
    said = next((value or "" for name, value in headers if name.lower() == "priority"), "")
    return _WEIGHTS.get(said.partition(",")[0].strip())
