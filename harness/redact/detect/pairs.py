"""Secrets in lists of names and values: queries, forms, settings, lines of headers, multipart, paths, URLs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from harness.redact.detect.generic_names import NameRule
from harness.redact.detect.headers import cookie_hits
from harness.redact.detect.hits import Hit, Lookup, ruled
from harness.redact.detect.strength import is_random


class Begun:
    """What begins at the start of the data, or behind one of some bytes.

    Two patterns, as `re` looks for a byte of a class ten times as fast as for an alternative to ``^``.
    """

    def __init__(self, before: bytes, rest: bytes, flags: int = 0) -> None:
        self._first = re.compile(rest, flags)
        self._others = re.compile(before + rest, flags)

    def each(self, data: bytes) -> Iterator[re.Match[bytes]]:
        """The matches, one behind the other."""
        first = self._first.match(data)
        if first is not None:
            yield first
        yield from self._others.finditer(data, 0 if first is None else first.end())


_PAIR: Final = Begun(rb"[?&#;]", rb"([\w.~%\[\]-]{1,80})=", re.ASCII)
_VALUE: Final = re.compile(rb"[^&#\s\"'<>\\\x00-\x1f]+")
_SETTING: Final = Begun(rb"[\s,\"'(\x1e]", rb"([\w.-]{1,80})=([^&\s\"'<>\\\x00-\x1f;,)]{8,20000})", re.ASCII)
_BESIDE_CODE: Final = re.compile(rb"(?:^|[?&#;\s\"'\x1e])(?:state|code_verifier|grant_type)=")


def pair_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Values of secret names in queries, fragments, forms and connection strings."""
    upto = 0
    for pair in _PAIR.each(data):
        raw = pair.group(1)
        rule = lookup.find(unquote_to_bytes(raw) if b"%" in raw else raw)
        value = _VALUE.match(data, pair.end()) if rule is not None and pair.start() >= upto else None
        if rule is None or value is None:
            continue
        # A value may be a URL with pairs of its own. A secret value is not searched further.
        start, end = value.span()
        upto = end
        if data[pair.start() : pair.start() + 1] == b";":
            cut = data.find(b";", start, end)
            end = cut if cut >= 0 else end
        if rule.label == "code" and rule.is_secret is not None and _BESIDE_CODE.search(data):
            rule = _CODE
        yield from ruled(rule, data, start, end, unquote_to_bytes(data[start:end]))


_CODE: Final = NameRule("code", "token", None, "a code beside state, code_verifier or grant_type")


def setting_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield the values of secret names in ``NAME=value``, as a line of its own or within prose."""
    for pair in _SETTING.each(data):
        rule = lookup.in_text(*pair.group(1, 2))
        if rule is not None:
            yield from ruled(rule, data, *pair.span(2))


_LINE: Final = Begun(
    rb"[\n\x1e]", rb"([A-Za-z_][\w.-]{0,80})[ \t]{0,4}:[ \t]{0,4}([^\s\"\x1e][^\r\n\x1e\x00]{7,20000})"
)


def line_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield secret values of ``Name: value`` lines in a text: STOMP frames, HTTP within HTTP, YAML."""
    if b"\n" not in data:
        return
    for line in _LINE.each(data):
        name = line.group(1)
        if name.lower() in {b"cookie", b"set-cookie"}:
            yield from (hit.moved(line.start(2)) for hit in cookie_hits(name.lower().decode(), line.group(2)))
        elif (rule := lookup.in_text(name, line.group(2).rstrip())) is not None:
            yield from ruled(rule, data, line.start(2), line.start(2) + len(line.group(2).rstrip()))


_PART_NAME: Final = re.compile(rb'\bname="?([^"\r\n;]{1,80})')


def part_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Values of secret fields in ``multipart/form-data``."""
    if b"form-data" not in data:
        return
    at = 0
    for part in data.split(b"\r\n--"):
        head, blank, value = part.partition(b"\r\n\r\n")
        name = _PART_NAME.search(head)
        rule = lookup.find(name.group(1)) if name else None
        if rule is not None and blank and value:
            start = at + len(head) + len(blank)
            yield from ruled(rule, data, start, start + len(value))
        at += len(part) + len(b"\r\n--")


_SEGMENTS: Final = re.compile(rb"/([\w.~%-]{3,80})(?=/([^/?#\s\"'<>\\\x1e]{8,20000}))", re.ASCII)


def path_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield the path segment behind a secret name: ``/reset-token/VALUE``. A session's id is not secret."""
    for found in _SEGMENTS.finditer(data):
        raw = found.group(1)
        rule = lookup.find(unquote_to_bytes(raw) if b"%" in raw else raw)
        if rule is not None and rule.is_secret is not None and not _is_id_of_session(rule, found.group(2)):
            yield from ruled(rule, data, *found.span(2), unquote_to_bytes(found.group(2)))


_LINKED: Final = (
    b"reset",
    b"magic",
    b"invit",
    b"verif",
    b"confirm",
    b"activat",
    b"unsubscribe",
    b"unlock",
    b"password",
)
LINK_SIGNS: Final = tuple(b"/" + word for word in _LINKED)
_LINK: Final = re.compile(
    rb"/(?:" + b"|".join(_LINKED) + rb")[a-z_-]{0,20}/([A-Za-z0-9_.~=-]{20,2000})(?![A-Za-z0-9_.~=-])"
)
_BY_LINK: Final = NameRule("link", "token", is_random, "a link that is sent to one person")


def link_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """Yield the random end of links that are sent to one person: ``/reset-password/VALUE``, ``/invite/VALUE``."""
    for found in _LINK.finditer(data):
        if _UUID.fullmatch(found.group(1)) is None:
            yield from ruled(_BY_LINK, data, *found.span(1))


def _is_id_of_session(rule: NameRule, value: bytes) -> bool:
    return rule.label == "session" and _UUID.fullmatch(value) is not None


_UUID: Final = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_USERINFO: Final = re.compile(rb"://[^/\s:@\"'\\\x1e]{0,200}:([^/\s@\"'\\\x1e]{1,300})@")


def userinfo_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """Passwords in URLs."""
    if b"@" in data:
        for found in _USERINFO.finditer(data):
            value = unquote_to_bytes(found.group(1))
            yield Hit(*found.span(1), value, "token", "password", "the password of a URL")


_BEARER: Final = re.compile(rb"\b[Bb](?:earer|EARER)\s{1,4}([A-Za-z0-9._~+/=-]{16,})")


def bearer_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """The token after ``Bearer``, anywhere in the data."""
    for found in _BEARER.finditer(data):
        yield Hit(*found.span(1), found.group(1), "token", "authorization", "what follows Bearer")


_WHOLE: Final = re.compile(rb"[\[,][ \t]{0,4}\"([\w.-]{3,80}):([^\s\"\\:,;/]{12,400})\"", re.ASCII)


def argument_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield the value in ``["token:VALUE"]``, where an argument's text begins with its name, as in aria2's calls."""
    for found in _WHOLE.finditer(data):
        rule = lookup.find(found.group(1))
        if rule is not None and is_random(found.group(2)):
            yield from ruled(rule, data, *found.span(2))


_PLAIN: Final = re.compile(rb"(?:PLAIN[\"'>,\s:=]{1,9}|\bAUTH\s{1,4})([A-Za-z0-9+/]{12,400}={0,2})")
_SASL: Final = NameRule("sasl", "token", is_random, "SASL PLAIN")


_RESPONSE: Final = re.compile(rb"<response\s[^<>]{0,200}xmpp-sasl[^<>]{0,200}>([A-Za-z0-9+/]{16,4000}={0,2})<")
_PROOF: Final = NameRule("sasl", "token", None, "the response to a SASL challenge")


def sasl_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """User and password as SASL's PLAIN sends them (RFC 4616), and XMPP's response to a challenge, in base64.

    With a SCRAM challenge and the response to it, an attacker can try out passwords offline.
    """
    for found in _RESPONSE.finditer(data):
        yield from ruled(_PROOF, data, *found.span(1))
    for found in _PLAIN.finditer(data):
        yield from ruled(_SASL, data, *found.span(1))
