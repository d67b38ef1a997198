"""Names under which any service keeps secrets: `key`, `token`, `secret` and the like at their end, and some known ones.

Beside a `harness.profile.ServiceProfile`: a profile names places of one service, whatever stands there; here a value
counts only if it is strong enough for its name, as ``key`` stands for many things.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from harness.redact.detect.signs import has_any
from harness.redact.detect.strength import is_code, is_passphrase, is_password, is_random, is_strong

Strength: TypeAlias = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class NameRule:
    """Why the value under a name is secret.

    Attributes:
        label: As a cassette's ``redacted`` lists it.
        kind: Kind of the placeholder.
        is_secret: Which values are; None for all of them.
        reason: For `wiretape record --explain-redaction`.
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
}
"""Last word of a name -> which values are secret."""

KNOWN: dict[str, Strength] = {
    "codeverifier": is_strong,
    "devicecode": is_strong,
    "code": is_code,
    "appid": is_random,
    "sig": is_random,
    "samlresponse": is_random,
    "auth": is_random,
    "authorization": is_password,
    "proxyauthorization": is_password,
    "ticket": is_random,
    "jsessionid": is_random,
    "phpsessid": is_random,
    "connectsid": is_random,
}
"""Further names -> which values are secret."""

_LONELY: Final = frozenset({"key", "token", "signature", "credential", "credentials", "session", "bearer"})
"""So plain that their values have to be random all through."""

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
"""Words of names of cursors, caches, tables and pages: such a key or token is none of anybody's."""
_NOT_THESE: Final = frozenset({
    "verifykey", "secwebsocketkey", "publickeypins", "vapidkey", "applicationserverkey", "timesignature",
    "keysignature",
})  # fmt: skip
_NO_UUID: Final = frozenset({"clienttoken", "clientkey"})
"""What AWS calls so makes a request happen once."""
_UUID: Final = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_OTHER_WORDS: Final = frozenset({
    "monkey", "donkey", "turkey", "hockey", "jockey", "whiskey", "lackey", "pokey", "smokey", "flunkey", "hotkey",
    "obsession", "possession", "betoken", "footkey",
})  # fmt: skip
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_TRAILING: Final = frozenset({"value", "values", "base64", "b64", "hex", "raw", "text", "plain", "sha", "v", "b"})
_RUN_ON_BUT: Final = tuple(word for word in sorted(_BUT) if len(word) > 3)
_LONGEST_NAME: Final = 80


def _words(name: str) -> list[str]:
    spelt = words = [word.lower() for word in _WORD.findall(name)]
    while len(words) > 1 and (words[-1] in _TRAILING or words[-1].isdigit()):
        words = words[:-1]
    return words if words and _ending(words[-1])[0] else spelt


def _ending(word: str) -> tuple[str, str]:
    """The ending of a word that was written without a break (``apikey``), and what stands before it."""
    if word in _OTHER_WORDS:
        return "", ""
    ending = max((each for each in ENDINGS if word.endswith(each)), key=len, default="")
    return ending, word[: len(word) - len(ending)]


def _but_uuid(strength: Strength) -> Strength:
    return lambda value: _UUID.fullmatch(value) is None and strength(value)


@lru_cache(4096)
def _find(name: str) -> tuple[str, Strength] | None:
    words = _words(name)
    if not words:
        return None
    plain = "".join(words[1:] if words[0] == "x" else words)
    if strength := KNOWN.get(plain) or KNOWN.get(words[-1] if name.endswith("]") else ""):
        return plain, strength
    ending, before = _ending(words[-1])
    if not ending or plain in _NOT_THESE or not _BUT.isdisjoint(words[:-1]):
        return None
    if any(before.startswith(word) or before.endswith(word) for word in _RUN_ON_BUT):
        return None
    strength = is_random if plain in _LONELY else ENDINGS[ending]
    return ending, _but_uuid(strength) if plain in _NO_UUID else strength


def forget() -> None:
    """Forget which names were looked up: for whoever changes the tables."""
    _find.cache_clear()


def generic_rule(name: str) -> NameRule | None:
    """The rule for a name of any service; None if nothing under it is taken as secret.

    Args:
        name: As it is written, in any spelling: ``X-Api-Key``, ``apiKey``, ``API_KEY``, ``user[api_key]``.
    """
    found = _find(name) if len(name) <= _LONGEST_NAME else None
    if found is None:
        return None
    label, strength = found
    return NameRule(label, "token", strength, f"names that end in {label}" if label in ENDINGS else f"the name {label}")


SIGNS: Final = (
    b"key", b"token", b"secret", b"signature", b"credential", b"pass", b"pwd", b"session", b"csrf", b"xsrf", b"otp",
    b"assertion", b"hmac", b"jwt", b"bearer", b"code", b"appid", b"sig", b"saml", b"auth", b"ticket", b"sessid",
    b"cookie",
)  # fmt: skip
"""In lower case: without one of them no name has a rule."""


def may_be_named(data: bytes) -> bool:
    """Whether a name with a rule can stand in the data: a quick look. Escaped letters count as such."""
    lower = data.lower()
    return has_any(lower, SIGNS) or b"\\u00" in lower
