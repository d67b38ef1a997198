"""The names of browsers' network errors, in HARs and over DevTools: which side broke an exchange off, and how."""

from __future__ import annotations

import re
from typing import Final, Literal, TypeAlias

from harness.cassette.model import How

Who: TypeAlias = Literal["client", "server", "recorder"]
ABORTED: Final = "net::ERR_ABORTED"
"""The client gave up."""
BROKEN: Final = "net::ERR_CONNECTION_CLOSED"
"""The connection broke without a named reason."""

# Chromium's names begin with net::ERR_, Firefox's with NS_; WebKit has sentences. The first match counts.
_ENDED: Final[tuple[tuple[str, Who, How], ...]] = (
    (r"ERR_(CONNECTION_)?TIMED_OUT|NET_TIMEOUT|timed out|timeout", "client", "timeout"),
    (r"ERR_ABORTED|BLOCKED_BY|BINDING_ABORTED|cancel", "client", "eof"),
    (r"CONNECTION_REFUSED|connection refused", "server", "reset"),
    (
        r"ERR_CONNECTION_RESET|NET_RESET|connection reset|ERR_(HTTP2|QUIC|SPDY)_|ERR_CONNECTION_ABORTED",
        "server",
        "reset",
    ),
    (r"ERR_EMPTY_RESPONSE|ERR_INVALID_(HTTP_)?RESPONSE|ERR_RESPONSE_|ERR_CONTENT_|ERR_INCOMPLETE_", "server", "eof"),
    (r"ERR_(CONNECTION|NAME|ADDRESS|SSL|CERT|TUNNEL|PROXY|SOCKET|DNS)_", "server", "eof"),
    (r"NS_ERROR_(UNKNOWN|NET|CONNECTION|PROXY|REDIRECT|CORRUPTED)|SEC_ERROR|SSL_ERROR|MOZILLA_PKIX", "server", "eof"),
    (r"connect to|connection was lost|connection terminated|server returned nothing", "server", "eof"),
)
_PATTERNS: Final[tuple[tuple[re.Pattern[str], Who, How], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), who, how) for pattern, who, how in _ENDED
)


def ended_by(error: str) -> tuple[Who, How]:
    """Which side ended an exchange, and how, by the browser's name of the error such as ``net::ERR_CONNECTION_RESET``.

    It is the recorder where the name does not show the side.
    """
    for pattern, who, how in _PATTERNS:
        if pattern.search(error):
            return who, how
    return "recorder", "eof"
