"""Secrets in header fields: by the header's name, in cookies, in WebSocket subprotocols."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.redact.detect.generic_names import NameRule
from harness.redact.detect.hits import Hit, Lookup, ruled
from harness.redact.detect.strength import is_strong

_FOLDED: Final = re.compile(rb",\s*(?=[!#-+.-:<?-~-]{1,200}=)")
"""The beginning of another cookie in a field that joins several ``Set-Cookie``; dates hold no ``=``."""
COOKIE_REASON: Final = "cookies"


def header_hits(name: str, value: bytes, lookup: Lookup, *, cookies: bool) -> Iterator[Hit]:
    """The secrets in a header's value, by its name.

    Args:
        name: In lower case.
        value: Its value.
        lookup: The rules for names.
        cookies: Whether the values of cookies are secret.
    """
    if name in {"cookie", "set-cookie"}:
        if cookies:
            yield from cookie_hits(name, value)
    elif name == "sec-websocket-protocol":
        yield from _subprotocol_hits(value, lookup)
    elif value.strip() and (rule := lookup.find(name.encode("latin-1", "replace"))) is not None:
        # For values with a scheme the rule of the header's own name decides.
        named = NameRule(name if rule.is_secret is None else rule.label, rule.kind, rule.is_secret, rule.reason)
        if rule.label in {"authorization", "proxyauthorization"}:
            named = NameRule(name, rule.kind, None, rule.reason)
        yield from ruled(named, value, 0, len(value))


def cookie_hits(name: str, value: bytes) -> Iterator[Hit]:
    """Cookie values: all of ``cookie``; the first pair of ``set-cookie``, and of each cookie folded into it."""
    if name == "cookie":
        yield from _cookies(value)
        return
    at = 0
    for cookie in _split_folded(value):
        yield from (hit.moved(at) for hit in _cookies(cookie.partition(b";")[0]))
        at += len(cookie)


def _split_folded(value: bytes) -> Iterator[bytes]:
    upto = 0
    for found in _FOLDED.finditer(value):
        yield value[upto : found.start()]
        yield value[found.start() : found.end()]
        upto = found.end()
    yield value[upto:]


def _cookies(data: bytes) -> Iterator[Hit]:
    at = 0
    for pair in data.split(b";"):
        _, separator, value = pair.partition(b"=")
        text = value.strip().strip(b'"')
        if separator and text:
            start = at + pair.index(b"=") + 1 + value.index(text)
            yield Hit(start, start + len(text), text, "cookie", "cookie", COOKIE_REASON)
        at += len(pair) + 1


_OFFER: Final = re.compile(rb"[^,\s]+")
_LEAST_PART: Final = 12
_SUBPROTOCOL: Final = NameRule("subprotocol", "token", is_strong, "a credential among the subprotocols")


def _subprotocol_hits(value: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Credentials that browsers send as a subprotocol, as they can set no header: ``chat, name.SECRET``."""
    for offer in _OFFER.finditer(value):
        text = offer.group()
        name, dot, rest = text.partition(b".")
        rule = lookup.find(name) if dot else None
        if rule is not None and rule.holds(rest):
            yield from ruled(rule, value, offer.start() + len(name) + 1, offer.end())
            continue
        # `name.SECRET`: the secret is the longest end that is not a name, since a token may contain dots.
        at = 0
        while (dot := text.find(b".", at)) >= 0 and not is_strong(text[at:dot]):
            at = dot + 1
        if len(text) - at >= _LEAST_PART:
            yield from ruled(_SUBPROTOCOL, value, offer.start() + at, offer.end())


_IN_JSON: Final = re.compile(
    rb'"(?:document\.)?([Ss]et-[Cc]ookie|[Cc]ookie)"\s{0,9}:\s{0,9}\[?\s{0,9}"([^"\\\x1e]{1,20000})"'
)


def json_cookie_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """Yield the values of cookies in JSON that lists header fields as pairs or objects."""
    for found in _IN_JSON.finditer(data):
        for hit in cookie_hits(found.group(1).lower().decode("ascii"), found.group(2)):
            if is_strong(hit.value):
                yield hit.moved(found.start(2))
