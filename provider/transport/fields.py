"""Which header fields go out, in which order and spelling: the given ones, the browser's, and none of libcurl's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from provider.transport.errors import TransportError

# An impersonated browser's order is set even without its headers; what an order does not name stays as given.
GIVEN_ORDER: Final = b"Host"
# Chrome's order of a WebSocket upgrade; libcurl sorts by it.
UPGRADE_ORDER: Final = (
    b"Host,Connection,Pragma,Cache-Control,User-Agent,Upgrade,Origin,Sec-WebSocket-Version,"
    b"Accept-Encoding,Accept-Language,Cookie,Sec-WebSocket-Key"
)
Fields: TypeAlias = Sequence[tuple[str, str | None]]
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
# What libcurl sends unasked: with any request, and with a body, which it takes for a form's.
LIBCURLS_OWN: Final[Fields] = (("accept", None), ("accept-encoding", None), ("user-agent", None))
BODY_HEADERS: Final[Fields] = (("expect", None), ("content-type", None))


def unless_named(headers: Iterable[tuple[str, str | None]], fields: Fields) -> Fields:
    """Those of ``fields`` that ``headers`` do not hold."""
    named = {name.lower() for name, _ in headers}
    return [field for field in fields if field[0] not in named]


def header_lines(headers: Iterable[tuple[str, str | None]]) -> list[bytes]:
    """Headers as libcurl takes them: ``Name;`` for an empty value, ``Name:`` (for None) takes a default away.

    Raises:
        TransportError: A name or value holds a character that would end its line.
    """
    lines: list[bytes] = []
    for name, value in headers:
        if not name or set(name) & set(":; ") or set(name + (value or "")) & set("\r\n\0"):
            raise TransportError("A header holds a character that cannot be sent")
        line = f"{name}: {value}" if value and value.strip() else f"{name}{':' if value is None else ';'}"
        try:
            lines.append(line.encode("latin-1"))
        except UnicodeEncodeError:
            lines.append(line.encode())
    return lines


def as_browsers_write(name: str) -> str:
    """The spelling of a header's name in an HTTP/1.1 upgrade, such as ``Cache-Control``."""
    return "-".join(word.capitalize() for word in name.split("-"))
