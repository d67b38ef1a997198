"""Secrets in the arguments of a call that signs in: ``["login", "TOKEN"]``, ``{"type": "auth", "payload": "TOKEN"}``.

Calls by XML-RPC have such arguments, too. No field names such a value, so it has to look random. What a field calls
an id or a challenge is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from harness.redact.detect.generic_names import NameRule
from harness.redact.detect.hits import Hit, Lookup, ruled
from harness.redact.detect.strength import is_random

SIGNS: Final = (b"ogin", b"OGIN", b"uth", b"UTH", b"ign", b"IGN", b"dentify", b"DENTIFY", b"PASS ")
_LARGEST: Final = 8192
"""Bytes; a longer text says many things, and a word in it says nothing about the rest."""
_MOST: Final = 200
"""Strings that are looked at."""
_NAME: Final = (
    rb"[\w.:/-]{0,40}(?:log_?[io]n|sign_?in|auth|authenticate|authenticat?ion|authori[sz]e|identify)"
    rb"(?:_?(?:with|by|user|client|session|token|password|request|req)\w{0,20})?"
)
_CALL: Final = re.compile(rb'"' + _NAME + rb'"(?!\s{0,4}:)', re.IGNORECASE)
_XML_CALL: Final = re.compile(rb"<methodName>\s{0,8}" + _NAME + rb"\s{0,8}</methodName>", re.IGNORECASE)
_XML_STRING: Final = re.compile(rb"(?:<value>|<string>)([^<>\s\x00-\x1f]{12,4096})(?:</string>|</value>)")
_STRING: Final = re.compile(rb'(?:"([\w.$-]{1,60})"\s{0,4}:\s{0,4})?"([^"\\\s\x00-\x1f]{12,4096})"(?!\s{0,4}:)')
_NO_SECRET: Final = re.compile(
    rb"(?:.*[a-z_-])?(?:id|uuid|ref|nonce|challenge|salt|version|time|date|url)|id", re.IGNORECASE
)
_UUID: Final = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_LINE: Final = re.compile(rb"(?:^|\n)PASS :?([^\s\"]{8,400})(?=\r?\n|$)")
_RULE: Final = NameRule("sign-in", "token", None, "an argument of a call that signs in")


def call_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """The random arguments of calls that sign in, and what follows IRC's ``PASS``."""
    for found in _LINE.finditer(data):
        yield from ruled(_RULE, data, *found.span(1))
    if len(data) > _LARGEST:
        return
    if _XML_CALL.search(data):
        yield from _xml_hits(data)
    if not _CALL.search(data):
        return
    for number, found in enumerate(_STRING.finditer(data)):
        if number >= _MOST:
            return
        name, value = found.group(1), found.group(2)
        is_named = name is not None and _NO_SECRET.fullmatch(name) is not None
        if not is_named and not _UUID.fullmatch(value) and is_random(value):
            yield from ruled(_RULE, data, *found.span(2))


def _xml_hits(data: bytes) -> Iterator[Hit]:
    """The random strings of a call by XML-RPC; its arguments have no names."""
    for found in islice(_XML_STRING.finditer(data), _MOST):
        if not _UUID.fullmatch(found.group(1)) and is_random(found.group(1)):
            yield from ruled(_RULE, data, *found.span(1))
