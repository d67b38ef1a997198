"""Request headers and bodies on their way to a service that sees an impersonated browser.

Without impersonation the client's own headers are sent; see `own_headers`.

| towards the service | what happens |
|---|---|
| hop-by-hop headers, those that ``Connection`` names, ``Host``, ``Content-Length``, ``Expect`` | made anew by libcurl |
| ``Accept-Encoding`` | passed on if the client is a browser, else the impersonated one's |
| ``Forwarded``, ``X-Forwarded-*``, ``X-Real-Ip``, ``Via`` | dropped: they would reveal the relay |
| the WebSocket handshake's own | made anew |
| ``User-Agent``, ``Sec-Ch-Ua*`` | passed on if the client is a browser, else left to the impersonation |
| ``Authorization``, and what signs a request | passed on as it is |
| all else, the target and bodies of text | passed on, in order; the local origin becomes the service's |

A client counts as a browser if its user agent begins with ``Mozilla/``. The headers of a browser are passed on in their
order, and only ``Priority`` is added, which Chrome sends over HTTP/2 (`with_priority`). For any other client the
impersonated browser's usual headers are added, all in that browser's order. An upgrade is always in a browser's order.
docs/fingerprint.md shows what is sent. `harness.headers` has the headers of the response.
"""

from __future__ import annotations

import re
from typing import Final

from harness.headers import HANDSHAKE, HOP_BY_HOP, is_text_type, named_by_connection, service_header
from harness.origins import OriginMap, looks_like_json
from provider.websocket import Headers, header

_MADE_ANEW: Final = frozenset({"host", "content-length", "expect"})
_TRACES: Final = frozenset({"forwarded", "x-real-ip", "via"})
_TRACE_PREFIX: Final = "x-forwarded-"
_IDENTITY: Final = frozenset({"user-agent", "accept-encoding"})
_IDENTITY_PREFIX: Final = "sec-ch-ua"
_CHROME: Final = "Chrome/"
_PRIORITIES: Final = {"empty": "u=1, i", "document": "u=0, i"}
"""Chrome's, by ``Sec-Fetch-Dest``: of a page's own call and of a navigation."""
_PART_NAMES_FILE: Final = re.compile(rb"^content-disposition:[^\r\n]*\bfilename", re.IGNORECASE | re.MULTILINE)
_PART_TYPE: Final = re.compile(rb"^content-type:[ \t]*([^\r\n;]*)", re.IGNORECASE | re.MULTILINE)
_PART_LENGTH: Final = re.compile(rb"^content-length:", re.IGNORECASE | re.MULTILINE)
_BOUNDARY: Final = re.compile(r'^multipart/.*;\s*boundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)


def is_browser(headers: Headers) -> bool:
    """Whether the client is a browser, so that its own browser headers are sent."""
    return (header(headers, "user-agent") or "").startswith("Mozilla/")


def upstream_headers(headers: Headers, outward: OriginMap, *, keeps_identity: bool = False) -> Headers:
    """The headers that are sent to the service.

    Args:
        headers: The client's.
        outward: Maps the local server's origin to the service's.
        keeps_identity: Whether ``User-Agent`` and the like pass, whatever their values.
    """
    dropped = HOP_BY_HOP | _MADE_ANEW | HANDSHAKE | _TRACES | named_by_connection(headers)
    keeps_identity = keeps_identity or is_browser(headers)
    return tuple(
        (name, service_header(name, value, outward.text))
        for name, value in headers
        if name not in dropped
        and not name.startswith((_TRACE_PREFIX, ":"))
        and (keeps_identity or not (name in _IDENTITY or name.startswith(_IDENTITY_PREFIX)))
    )


def with_priority(headers: Headers) -> Headers:
    """Add the ``Priority`` header that Chrome sends over HTTP/2 to a request from Chrome.

    Chrome talks HTTP/1.1 to the local server, where it sends none; over HTTP/1.1 libcurl leaves it out, too.
    """
    wanted = _PRIORITIES.get(header(headers, "sec-fetch-dest") or "")
    is_chrome = _CHROME in (header(headers, "user-agent") or "")
    if wanted is None or not is_chrome or header(headers, "priority") is not None:
        return headers
    return (*headers, ("priority", wanted))


def upstream_body(body: bytes, content_type: str | None, outward: OriginMap) -> bytes:
    """The body that is sent to the service: origins are mapped in text and in form values, but not in files."""
    boundary = _BOUNDARY.match(content_type or "")
    if boundary is not None:
        delimiter = b"--" + (boundary[1] or boundary[2]).encode("latin-1", "replace")
        return delimiter.join(_upstream_part(part, outward) for part in body.split(delimiter))
    is_text = looks_like_json(body) if content_type is None else is_text_type(content_type)
    return outward.data(body).data if is_text else body


def _upstream_part(part: bytes, outward: OriginMap) -> bytes:
    head = part.partition(b"\r\n\r\n")[0]
    kind = _PART_TYPE.search(head)
    is_text = kind is None or is_text_type(kind[1].decode("latin-1").strip())
    is_value = is_text and not _PART_NAMES_FILE.search(head) and not _PART_LENGTH.search(head)
    return outward.data(part).data if is_value else part
