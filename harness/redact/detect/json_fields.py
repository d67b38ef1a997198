"""Secrets in JSON: fields, pairs of name and value, private keys as JWK.

The finders work on raw bytes and return offsets; they never parse values. So bytes that are not secret stay unchanged,
and incomplete JSON is searched like complete JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.redact.detect.generic_names import NameRule
from harness.redact.detect.hits import Hit, Lookup, ruled, string_value
from harness.redact.detect.strength import is_random
from harness.redact.views import SEPARATOR

_KEY: Final = re.compile(rb'"((?:[^"\\\x1e]|\\.){1,80})"\s*:\s*')
_STRING: Final = re.compile(rb'"([^"\\\x1e]*(?:\\[^\x1e][^"\\\x1e]*)*)"?')
_NUMBER: Final = re.compile(rb"-?\d[\d.eE+-]*")
_IS_KEY: Final = re.compile(rb"\s*:")
_TOKEN: Final = re.compile(rb'"[^"\\\x1e]*(?:\\[^\x1e][^"\\\x1e]*)*"?|[{}\[\]\x1e]|-?\d[\d.eE+-]*')
_MEMBER: Final = re.compile(rb'\{[^{}\[\]]{0,300}?"(?:value|secret|token)"\s*:\s*(?=")')


def _string(data: bytes, at: int, rule: NameRule) -> Iterator[Hit]:
    found = _STRING.match(data, at)
    if found is not None and found.end(1) > found.start(1):
        yield from ruled(rule, data, *found.span(1), string_value(found.group(1)))


def _inside(data: bytes, at: int, rule: NameRule) -> tuple[list[Hit], int]:
    """A hit for each string and number, except keys, in the object or array at an offset; and the offset of its end."""
    depth, end = 0, at
    hits: list[Hit] = []
    for token in _TOKEN.finditer(data, at):
        first, end = token.group()[:1], token.end()
        if first == SEPARATOR:
            break
        if first in b"{[":
            depth += 1
        elif first in b"}]":
            depth -= 1
        elif first != b'"':
            if rule.is_secret is None:
                hits.append(Hit(*token.span(), token.group(), "number", rule.label, rule.reason))
        elif not _IS_KEY.match(data, end):
            hits += _string(data, token.start(), rule)
        if depth <= 0:
            break
    return hits, end


def json_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield the values of secret fields in JSON text, at any depth.

    Under a profile's name all strings and numbers are secret, at any depth. Under a generic name a string is secret,
    the strings of a list, and the ``value`` of an object.
    """
    upto = 0
    for key in _KEY.finditer(data):
        raw = key.group(1)
        rule = lookup.find(string_value(raw) if b"\\" in raw else raw)
        at = key.end()
        if rule is None or at < upto:
            continue
        first = data[at : at + 1]
        if first == b'"':
            yield from _string(data, at, rule)
        elif first == b"[" or (first == b"{" and rule.is_secret is None):
            hits, upto = _inside(data, at, rule)
            yield from hits
        elif first == b"{":
            if member := _MEMBER.match(data, at):
                yield from _string(data, member.end(), rule)
        elif rule.is_secret is None and (number := _NUMBER.match(data, at)):
            yield Hit(*number.span(), number.group(), "number", rule.label, rule.reason)


_LISTED: Final = re.compile(rb'"([^"\\\x1e]{1,80})"(?=\s{0,20},\s{0,20}"([^"\\\x1e]{8,20000})")')
_NAME_VALUE: Final = re.compile(
    rb'"(?:name|key|id|header|field)"\s{0,9}:\s{0,9}"([^"\\\x1e]{1,80})"\s{0,20},\s{0,20}'
    rb'"(?:value|content|val)"\s{0,9}:\s{0,9}(?:\{\s{0,20}"stringValue"\s{0,9}:\s{0,9})?"([^"\\\x1e]{8,20000})"',
    re.IGNORECASE,
)
_VALUE_NAME: Final = re.compile(
    rb'"(?:value|content|val)"\s{0,9}:\s{0,9}"([^"\\\x1e]{8,20000})"\s{0,20},\s{0,20}'
    rb'"(?:name|key|id|header|field)"\s{0,9}:\s{0,9}"([^"\\\x1e]{1,80})"',
    re.IGNORECASE,
)


def listed_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield secret values in JSON's pairs ``["name", "value"]`` and ``{"name": .., "value": ..}``, as of headers."""
    if data.find(b'"') < 0:
        return
    for look, name, value in ((_LISTED, 1, 2), (_NAME_VALUE, 1, 2), (_VALUE_NAME, 2, 1)):
        for found in look.finditer(data):
            # Two words of a list may be neighbours by chance.
            rule = lookup.in_text(*found.group(name, value))
            if rule is not None:
                yield from ruled(rule, data, *found.span(value))


_JWK_PART: Final = re.compile(rb'"(?:d|p|q|dp|dq|qi|k)"\s*:\s*"([A-Za-z0-9_-]{20,2000})"')
_JWK: Final = NameRule("privatekey", "token", is_random, "private parts of a JWK")


def jwk_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """Yield the private parts of JSON Web Keys (RFC 7518 §6)."""
    if b'"kty"' not in data:
        return
    for found in _JWK_PART.finditer(data):
        yield from ruled(_JWK, data, *found.span(1))
