"""Replaces values that differ in each run by names that do not: ``<conversation-1>``."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from typing import Any, Final, cast
from urllib.parse import SplitResult, unquote, urlsplit

_LOOPBACK: Final = r"(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])"
_LOCAL_SERVER: Final = re.compile(rf"{_LOOPBACK}:\d+", re.IGNORECASE)
_EPHEMERAL: Final = re.compile(
    rf"(?<![\w.-]){_LOOPBACK}(?::| port )(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{{3}}|[456]\d{{4}})(?!\d)"
)
"""A server on a port that the system chose. ``localhost:8080`` in an answer keeps its port."""
_UUID: Final = re.compile(r"(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[\w%-]{16,}")
_DATE: Final = re.compile(r"(?<!\d)\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?")
_CLASS: Final = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")
_ID_NAME: Final = re.compile(r"(?:^id|_id|Id|ID)$")
_SIGNATURES: Final = frozenset(
    {"sig", "signature", "hmac", "token", "hash", "key", "x-amz-signature", "x-goog-signature"}
)
_TIMES: Final = frozenset({"se", "st", "e", "t", "ts", "time", "exp", "expires", "expiry", "x-amz-date", "x-goog-date"})
_SHORTEST_IN_PROSE: Final = 12
"""Characters; shorter generated values are replaced in their own field only, since in text they may be words."""
_LONGEST: Final = 500
"""Characters of a JSON string that are shown."""


class Placeholders:
    """Gives each generated value a name: its kind, and a number in the order of appearance."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def name(self, kind: str, value: str) -> str:
        """Return a value's placeholder; equal values have the same one."""
        known = self._given.get(value)
        if known is None:
            self._counts[kind] += 1
            known = self._given[value] = f"<{kind}-{self._counts[kind]}>"
        return known

    def prose(self, text: str) -> str:
        """Replace in a text the local servers, and long values that have a placeholder by now."""
        for value in sorted(self._given, key=len, reverse=True):
            if len(value) >= _SHORTEST_IN_PROSE and value in text:
                text = text.replace(value, self._given[value])
        return _EPHEMERAL.sub(lambda found: self.name("server", _server(found[0])), text)

    def dates(self, text: str) -> str:
        """Replace what `prose` replaces, and dates: for texts that a program generated."""
        return _DATE.sub(lambda found: self.name("date", found[0]), self.prose(text))

    # ---------------------------------------------------------------- URLs
    def url(self, url: str, kind: str = "id") -> str:
        """Replace in a URL the local server, ids (as ``kind``), signatures and times."""
        try:
            parts = urlsplit(url)
            host = self._host(parts)
        except ValueError:
            return self.prose(url)
        query = "&".join(self._pair(pair) for pair in parts.query.split("&")) if parts.query else ""
        path, fragment = self._ids(parts.path, kind), self._ids(parts.fragment, kind)
        masked = f"{parts.scheme}://{host}" if parts.netloc else f"{parts.scheme}:" if parts.scheme else ""
        return masked + path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")

    def _host(self, parts: SplitResult) -> str:
        user, at, host = parts.netloc.rpartition("@")
        if _LOCAL_SERVER.fullmatch(host):
            host = self.name("server", _server(host))
        return (self.name("user", user) if at else "") + at + host

    def _ids(self, text: str, kind: str) -> str:
        text = _UUID.sub(lambda found: self.name(kind, found[0]), text)
        return _TOKEN.sub(lambda found: self.name(kind, found[0]) if _is_random(found[0]) else found[0], text)

    def _pair(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        plain, lower = unquote(value), unquote(name).lower()
        if not value:
            return pair
        if lower in _SIGNATURES:
            value = self.name("signature", value)
        elif _DATE.fullmatch(plain) or (lower in _TIMES and plain.isdigit() and len(plain) >= 9):
            value = self.name("date", plain)
        elif plain.startswith(("http://", "https://")):
            value = self.url(plain)
        else:
            value = self._ids(value, "id")
        return name + equals + value

    # ---------------------------------------------------------------- JSON
    def json(self, value: Any, name: str = "") -> Any:
        """Replace ids (by their fields' names), dates, and what varies in URLs; shorten long strings."""
        match value:
            case str() if value and _ID_NAME.search(name):
                return self.name(_ID_NAME.sub("", name).lower() or "id", value)
            case str():
                return self._json_text(value)
            case dict():
                entries = cast("dict[str, Any]", value)
                return {key: self.json(entry, key) for key, entry in entries.items()}
            case list():
                return [self.json(entry, name) for entry in cast("list[Any]", value)]
            case _:
                return value

    def _json_text(self, value: str) -> str:
        if _DATE.fullmatch(value):
            return self.name("date", value)
        if len(value) > _LONGEST:
            digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
            return f"({len(value)} characters, sha256 {digest[:16]})"
        return self.url(value) if value.startswith(("http://", "https://", "ws://", "wss://")) else self.prose(value)


def _server(found: str) -> str:
    return found.lower().replace(" port ", ":")


def _is_random(token: str) -> bool:
    """Whether a part of a URL looks generated: hexadecimal, a long number, or letters and digits in no order."""
    bare = token.replace("-", "").replace("_", "")
    kinds = _CLASS.findall(bare)
    has_digit, has_letter = any(each.isdigit() for each in kinds), any(each.isalpha() for each in kinds)
    if bare.isdigit() or (has_digit and has_letter and re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", bare)):
        return len(bare) >= 16
    mixed = any(each.isupper() for each in kinds) and any(each.islower() for each in kinds)
    return mixed and len(kinds) >= (6 if has_digit else 9)
