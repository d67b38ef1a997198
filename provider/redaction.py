"""Redacts what came over the wire before it is shown: in errors, hooks and the log.

Two kinds of secrets are replaced by ``***``: the client's own, which a `Redact` function knows by value, and everything
that stands in a place for secrets, such as a ``Set-Cookie`` header or a JSON member ``accessToken``. Personal data is
not redacted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from provider.websocket import Headers

Redact: TypeAlias = Callable[[str], str]
"""Returns a text with all credentials of a client in it replaced."""

HIDDEN: Final = "***"
SLACK: Final = 16 * 1024
"""Bytes that `redact_start` reads beyond its limit."""
_WORDS: Final = (
    "token",
    "secret",
    "password",
    "passwd",
    "sessionkey",
    "session_key",
    "session-key",
    "apikey",
    "api_key",
    "api-key",
    "code_verifier",
    "codeverifier",
    "client_info",
    "clientinfo",
    "authorization",
    "cookie",
    "id_token_hint",
    "idtokenhint",
    "?sig",
    "&sig",
)
"""What the names of secret members, parameters and fields end with."""
_NAMES: Final = "|".join(map(re.escape, _WORDS))
_QUOTE: Final = r"""(?:\\{0,4}["']|&quot;|&\#(?:x22|x27|34|39);|%22|%27|\\{1,3}u0022)?"""
_FIELD: Final = re.compile(
    rf"""(?P<head>
        (?:{_NAMES})
        {_QUOTE} \s{{0,4}} (?:[:=]|%3A|%3D) (?:\s|%20|\+){{0,4}} {_QUOTE}
        (?:(?:Bearer|Basic)(?:\s|%20|\+){{1,4}})?
    )
    [^\s"'\\&;,<>{{}}\[\]]+""",
    re.IGNORECASE | re.VERBOSE,
)
"""A member, a parameter or a cookie with such a name, also in escaped JSON, HTML and URLs."""
_PART: Final = re.compile(rf'((?:{_NAMES})"\r?\n(?:[\w-]++:[^\n]*+\n){{0,9}}\r?\n)[^\r\n]+', re.IGNORECASE)
"""A part of a multipart form."""
_TOKEN: Final = re.compile(r"(?<![\w-])eyJ[\w-]{5,}+(?:\.[\w-]*+){1,4}")
"""A JSON Web Token, or an encrypted one (RFC 7519)."""
_BEARER: Final = re.compile(r"(?<=Bearer )[\w.~+/%=-]{8,}+")
_PASSWORD_IN_URL: Final = re.compile(r"(://[^/\s:@\"'<>]{0,200}+:)[^/\s@\"'<>]++(?=@)")
_BETWEEN_WORDS: Final = re.compile(r"""[\s"'&;,<>{}\[\]]""")
_LONGEST_WORD: Final = 8192

_SECRET_HEADER: Final = re.compile(r"authorization|cookie|token|secret|session|api-?key|passw|csrf|xsrf", re.IGNORECASE)
_LINK_HEADERS: Final = frozenset({"location", "content-location", "refresh", "referer"})
_COOKIE_VALUE: Final = re.compile(r"^([^=;]*=)[^;]*")


def redact_text(text: str, redact: Redact) -> str:
    """Return a text without secrets."""
    text = redact(text)
    # Looking for words is much cheaper than a pattern, and most messages hold none.
    folded = text.lower()
    if any(word in folded for word in _WORDS):
        text = _PART.sub(rf"\g<1>{HIDDEN}", _FIELD.sub(rf"\g<head>{HIDDEN}", text))
    if "eyJ" in text:
        text = _TOKEN.sub(HIDDEN, text)
    if "Bearer " in text:
        text = _BEARER.sub(HIDDEN, text)
    if "://" in text and "@" in text:
        text = _PASSWORD_IN_URL.sub(rf"\g<1>{HIDDEN}", text)
    return text


def redact_start(data: bytes, limit: int, redact: Redact) -> bytes:
    """Return the first ``limit`` bytes of the data without secrets; a secret that the limit would cut is replaced, too.

    Bytes that are not UTF-8 stay as they are.
    """
    start = data[: limit + SLACK].decode("utf-8", "surrogateescape")
    if len(data) > limit + SLACK:
        start = _without_last_word(start)
    return redact_text(start, redact).encode("utf-8", "surrogateescape")[:limit]


def _without_last_word(text: str) -> str:
    """The text without the word at its end, which may be half a secret; of a longer word, its last 8192 characters."""
    earliest = max(0, len(text) - _LONGEST_WORD)
    return text[: max((found.end() for found in _BETWEEN_WORDS.finditer(text, earliest)), default=earliest)]


def redact_headers(headers: Headers, redact: Redact) -> Headers:
    """Return a header list without secrets: cookies keep their names and attributes, links lose their query."""
    return tuple((name, _redact_value(name, value, redact)) for name, value in headers)


def _redact_value(name: str, value: str, redact: Redact) -> str:
    if name == "set-cookie":
        shown, count = _COOKIE_VALUE.subn(rf"\g<1>{HIDDEN}", value)
        return shown if count else HIDDEN
    if _SECRET_HEADER.search(name):
        return HIDDEN
    value = redact_text(value, redact)
    return redact_query(value) if name in _LINK_HEADERS else value


def redact_query(url: str) -> str:
    """Return a URL with its query and fragment replaced, if it has some."""
    cut = re.search(r"[?#]", url)
    return url if cut is None else f"{url[: cut.end()]}{HIDDEN}"
