"""Names of secrets at any service: those that end in `key`, `token`, `secret` and the like, and some known ones.

A `harness.profile.ServiceProfile` names the places of one service, where every value is secret. Here a value is secret
only if it is random enough for its name, since ``key`` has many meanings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from harness.redact.byte_search import ByteSearch
from harness.redact.detect.name_signs import NameSigns
from harness.redact.detect.signs import fold
from harness.redact.detect.strength import is_code, is_passphrase, is_password, is_random, is_strong

Strength: TypeAlias = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class NameRule:
    """Why the value under a name is secret.

    Attributes:
        label: The name in a cassette's ``redacted`` list.
        kind: Kind of the placeholder.
        is_secret: Decides whether a value is secret; None if all are.
        reason: Text for `wiretape record --explain-redaction`.
    """

    label: str
    kind: str
    is_secret: Strength | None
    reason: str

    def holds(self, value: bytes) -> bool:
        """Whether a value under this name is secret."""
        return self.is_secret is None or self.is_secret(value)


ENDINGS: dict[str, Strength] = {
    "key": is_strong,
    "token": is_strong,
    "secret": is_password,
    "signature": is_strong,
    "credential": is_strong,
    "credentials": is_strong,
    "password": is_password,
    "passwd": is_password,
    "pwd": is_password,
    "passcode": is_password,
    "passphrase": is_passphrase,
    "session": is_random,
    "csrf": is_strong,
    "xsrf": is_strong,
    "otp": is_password,
    "assertion": is_strong,
    "hmac": is_strong,
    "jwt": is_strong,
    "bearer": is_strong,
    "auth": is_random,
}
"""Last word of a name -> which values are secret."""

KNOWN: dict[str, Strength] = {
    "codeverifier": is_strong,
    "devicecode": is_strong,
    "code": is_code,
    "appid": is_random,
    "sig": is_random,
    "samlresponse": is_random,
    "authorization": is_password,
    "pass": is_password,
    "proxyauthorization": is_password,
    "ticket": is_random,
    "jsessionid": is_random,
    "phpsessid": is_random,
    "connectsid": is_random,
    "recoverycode": is_password,
    "recoverycodes": is_password,
    "backupcode": is_password,
    "backupcodes": is_password,
}
"""Further names -> which values are secret. Words are joined by hyphens, underscores or nothing; see `_SPELT`."""

_LONELY: Final = frozenset({"key", "token", "signature", "credential", "credentials", "session", "bearer"})
"""Names with so many other uses that the whole value has to be random."""

_OF_NOTHING_ELSE: Final = frozenset({"auth"})
"""Endings that no cursor, cache or table has: ``X-Registry-Auth``."""

_BUT: Final = frozenset({
    "cache", "sort", "partition", "public", "page", "pages", "pagination", "cursor", "next", "prev", "previous",
    "continuation", "continue", "sync", "skip", "delta", "change", "resume", "checkpoint", "idempotency", "request",
    "primary", "foreign", "unique", "lookup", "storage", "range", "index", "object", "media", "label",
    "translation", "locale", "message", "msg", "event", "routing", "metric", "field", "column", "property", "param",
    "parameter", "config", "setting", "feature", "flag", "tag", "issue", "project", "node", "component", "group",
    "order", "search", "query", "filter", "map", "row", "hash", "shard", "bucket", "publishable", "pub", "site",
    "scroll", "analysis", "topology", "registry", "surrogate", "stop", "eos", "bos", "pad", "sep", "cls", "mask",
    "unk", "max", "min", "num", "time", "license", "trace", "span", "correlation", "dedup", "deduplication", "lock",
    "upload", "template", "theme", "navigation", "transition", "react", "render", "encoding", "content",
})  # fmt: skip
"""Words in names of cursors, caches, tables and pages: such a key or token is not a credential."""
_NOT_THESE: Final = frozenset({
    "verifykey", "secwebsocketkey", "publickeypins", "vapidkey", "applicationserverkey", "timesignature",
    "keysignature",
})  # fmt: skip
_NO_UUID: Final = frozenset({"clienttoken", "clientkey"})
"""AWS uses these names for idempotency tokens, which are not credentials."""
_UUID: Final = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_OTHER_WORDS: Final = frozenset({
    "monkey", "donkey", "turkey", "hockey", "jockey", "whiskey", "lackey", "pokey", "smokey", "flunkey", "hotkey",
    "obsession", "possession", "betoken", "footkey",
})  # fmt: skip
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_TRAILING: Final = frozenset({
    "value", "values", "base64", "b64", "hex", "raw", "text", "plain", "sha", "v", "b", "string", "str", "binary",
    "bytes", "blob", "data", "material",
})  # fmt: skip
"""Words after the last one that say how the secret is written (``SecretString``); see `name_signs`."""
_RUN_ON_BUT: Final = tuple(word for word in sorted(_BUT) if len(word) > 3)
_LONGEST_NAME: Final = 80


def _words(name: str) -> list[str]:
    spelt = words = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and (words[-1] in _TRAILING or words[-1].isdigit()):
        words = words[:-1]
    return words if words and _ending(words[-1])[0] else spelt


def _ending(word: str) -> tuple[str, str]:
    """The ending of a compound word without a separator (``apikey``), and the part before it."""
    if word in _OTHER_WORDS:
        return "", ""
    ending = max((each for each in ENDINGS if word.endswith(each)), key=len, default="")
    return ending, word[: len(word) - len(ending)]


def _but_uuid(strength: Strength) -> Strength:
    return lambda value: _UUID.fullmatch(value) is None and strength(value)


@lru_cache(4096)
def _find(name: str) -> tuple[str, Strength] | None:
    words = _words(name) if _has_sign(name) else []
    if not words:
        return None
    plain = "".join(words[1:] if words[0] == "x" else words)
    if strength := KNOWN.get(plain) or KNOWN.get(words[-1] if name.endswith("]") else ""):
        return plain, strength
    ending, before = _ending(words[-1])
    if not ending or plain in _NOT_THESE:
        return None
    if ending in _OF_NOTHING_ELSE:
        return ending, ENDINGS[ending]
    if not _BUT.isdisjoint(words[:-1]):
        return None
    if any(before.startswith(word) or before.endswith(word) for word in _RUN_ON_BUT):
        return None
    strength = is_random if plain in _LONELY else ENDINGS[ending]
    return ending, _but_uuid(strength) if plain in _NO_UUID else strength


def forget() -> None:
    """Clear the cache of `generic_rule`, after a change of the tables of names."""
    _find.cache_clear()


def generic_rule(name: str) -> NameRule | None:
    """The rule for a name, whatever the service; None if values under it are not secret.

    Args:
        name: In any spelling: ``X-Api-Key``, ``apiKey``, ``API_KEY``, ``user[api_key]``.
    """
    found = _find(name) if len(name) <= _LONGEST_NAME else None
    if found is None:
        return None
    label, strength = found
    return NameRule(label, "token", strength, f"names that end in {label}" if label in ENDINGS else f"the name {label}")


_SPELT: Final = ("app.id", "app id", "connect.sid", "saml.response", "saml response")
"""Further spellings of known names that consist of two words; each of these words alone would be too common a sign."""
_COOKIES: Final = ("cookie", "setcookie")
"""Names of header fields in a text. They have no rule, as each cookie in them is a value of its own."""


def signs_of(exact: Iterable[str], *, generic: bool) -> NameSigns:
    """The signs of all names with a rule.

    Args:
        exact: Names of the profile, in plain spelling.
        generic: Whether names that any service may use have rules.
    """
    names = (*exact, *_COOKIES)
    return NameSigns(names, ENDINGS, (*KNOWN, *_SPELT)) if generic else NameSigns(names)


_SIGNS: Final = signs_of((), generic=True)
_SEARCH: Final = ByteSearch(_SIGNS.strings)


def _has_sign(name: str) -> bool:
    """Whether a name contains one of the `_SIGNS`.

    Other names have no rule: so a detector that searches data for the signs alone finds every name with a rule.
    """
    folded = fold(name.encode("utf-8", "surrogatepass"))
    return any(_SIGNS.may_be_name(index, folded, start, end) for index, start, end in _SEARCH.each(folded))
