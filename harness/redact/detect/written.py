"""Secrets in texts that people write: shell commands, settings, notes, messages of a log.

A name in such a text is followed by its value in many ways: ``X-Api-Key: V`` within a line, ``--token V``,
``password = V``, ``{'api_key': 'V'}``, ``the password is V``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.redact.detect.generic_names import NameRule
from harness.redact.detect.hits import Hit, Lookup, ruled
from harness.redact.detect.strength import is_password

_BLANK: Final = re.compile(rb":(?<=[\w-]:)[ \t]{1,8}")
_NAME: Final = re.compile(rb"(?<![\w.$/-])[A-Za-z_][\w.-]{1,60}\Z", re.ASCII)
_LONGEST_NAME: Final = 61
_SCHEME: Final = rb"(?:(?:Basic|Bearer|Digest|Token|Negotiate|OAuth|ApiKey|Api-Key|DPoP)[ \t]{1,4})?"
_VALUE: Final = re.compile(_SCHEME + rb"[^\s\"'`<>\\\x00-\x1f,;)\]}]{8,20000}", re.IGNORECASE)


def inline_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield secret values of ``Name: value`` within a line: ``curl -H 'X-Api-Key: V'``, indented YAML, prose."""
    for blank in _BLANK.finditer(data):
        name = _NAME.search(data, max(0, blank.start() - _LONGEST_NAME), blank.start())
        value = _VALUE.match(data, blank.end()) if name is not None else None
        if name is not None and value is not None:
            yield from _in_text(lookup, data, name.group(), *value.span())


OPTION_SIGNS: Final = (b" --", b"\n--", b'"--', b"'--")
_OPTION: Final = re.compile(
    rb"(?<=[ \n\"'])--([A-Za-z][\w-]{1,60})(?:[ \t]{1,4}|=)[\"']?"
    rb"([^\s\"'`<>\\\x00-\x1f-][^\s\"'`<>\\\x00-\x1f]{7,20000})",
    re.ASCII,
)


def option_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield secret values of a command's options: ``--token V``, ``--password='V'``."""
    for found in _OPTION.finditer(data):
        yield from _in_text(lookup, data, found.group(1), *found.span(2))


_EQUALS: Final = re.compile(
    rb"=(?:(?<=[ \t]=)|(?=[ \t]))[ \t]{0,20}([^\s\"'`()\[\]{};\\\x00-\x1f]{8,20000})[ \t]{0,20}(?=[\r\n\x1e]|\Z)"
)
_LINE_BEGINS: Final = re.compile(rb"(?:\A|[\n\x1e])[ \t]{0,20}([\w.-]{1,80})[ \t]{0,20}\Z", re.ASCII)
_LONGEST_BEGIN: Final = 121
_MEMBER: Final = re.compile(rb"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+", re.ASCII)


def spaced_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield secret values of lines such as ``password = V`` in INI files. A program's ``a = b.c`` is none."""
    for found in _EQUALS.finditer(data):
        name = _LINE_BEGINS.search(data[max(0, found.start() - _LONGEST_BEGIN) : found.start()])
        if name is not None and not _MEMBER.fullmatch(found.group(1)):
            yield from _in_text(lookup, data, name.group(1), *found.span(1))


_QUOTED: Final = re.compile(rb"'([\w.-]{1,80})'[ \t]{0,4}[:,][ \t]{0,4}b?'([^'\\\x1e\r\n]{8,20000})'", re.ASCII)


def quoted_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield secret values of ``'name': 'V'`` and ``('name', 'V')``, as Python and Ruby print them."""
    for found in _QUOTED.finditer(data):
        yield from _in_text(lookup, data, found.group(1), *found.span(2))


TOLD_SIGNS: Final = tuple(
    name + verb
    for name in (b"assword", b"asscode", b"assphrase", b"key", b"Key", b"KEY", b"oken", b"OKEN", b"ASSWORD")
    for verb in (b" is ", b" was ")
)
_IS: Final = re.compile(rb" (?:is|was)[ \t]{1,4}[\"'`]?([^\s\"'`<>\\\x00-\x1f]{8,400})")
_SUBJECT: Final = re.compile(
    rb"(?:\A|[^A-Za-z0-9])((?:api|access|secret|private|auth)[ -](?:key|token)|password|passphrase|passcode)\Z",
    re.IGNORECASE,
)
_LONGEST_SUBJECT: Final = 20
_DIGIT: Final = re.compile(rb"[0-9]")


def told_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield what a sentence calls a password or key: ``your password is V.``; the value holds a digit."""
    for found in _IS.finditer(data):
        value = found.group(1).rstrip(b".,;:!?)")
        subject = _SUBJECT.search(data[max(0, found.start() - _LONGEST_SUBJECT) : found.start()])
        if subject is not None and _DIGIT.search(value):
            name = re.sub(rb"[ -]", b"_", subject.group(1).lower())
            yield from _in_text(lookup, data, name, found.start(1), found.start(1) + len(value))


USER_SIGNS: Final = (b"-u ", b"-U ", b"-user", b"machine ", b"LOGIN ")
_CURL_USER: Final = re.compile(
    rb"-(?<![\w-]-)(?:[uU][ \t]{1,4}|-(?:proxy-)?user(?:[ \t]{1,4}|=))"
    rb"[\"']?[^\s:\"'\\-][^\s:\"'\\]{0,200}:([^\s\"'`\\]{4,400})"
)
_NETRC: Final = re.compile(
    rb"machine(?<!\wmachine)\s{1,20}\S{1,253}(?:\s{1,20}(?:login|account)\s{1,20}\S{1,200}){0,2}\s{1,20}password\s{1,20}"
    rb"([^\s\"\\]{4,400})"
)
_IMAP: Final = re.compile(rb"[A-Za-z0-9] LOGIN \"?[^\s\"]{1,200}\"? \"?([^\s\"]{4,400})")
_PASSWORD: Final = NameRule("password", "token", None, "a user's password")
_TEMPLATE: Final = re.compile(rb"[$<{%*]|\d{1,9}\Z|[xX*.]+\Z|(?i:pass(?:word|wd)?|secret|token)\Z")


def user_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """Yield passwords beside a user's name: ``curl -u NAME:V``, lines of a netrc file, IMAP's LOGIN."""
    for found in _CURL_USER.finditer(data):
        if is_password(found.group(1)) or (b"curl" in data and not _TEMPLATE.match(found.group(1))):
            yield from ruled(_PASSWORD, data, *found.span(1))
    for sign, look in ((b"machine", _NETRC), (b" LOGIN ", _IMAP)):
        for found in look.finditer(data) if sign in data else ():
            if not _TEMPLATE.match(found.group(1)):
                yield from ruled(_PASSWORD, data, *found.span(1))


def _in_text(lookup: Lookup, data: bytes, name: bytes, start: int, end: int) -> Iterator[Hit]:
    rule = lookup.in_text(name, data[start:end])
    if rule is not None:
        yield from ruled(rule, data, start, end)
