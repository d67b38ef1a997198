"""Secrets in XML, HTML and scripts: elements, attributes, hidden inputs, metas, assignments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Final

from harness.redact.detect.hits import Hit, Lookup, ruled

_ELEMENT: Final = re.compile(
    rb"<(?:[\w.-]{1,40}:)?([\w.-]{1,80})(?:\s[^<>]{0,500})?>\s{0,20}(?:<!\[CDATA\[)?([^<>\]\s][^<>\]]{7,20000})"
)
NAMED_SIGNS: Final = (b"<name>", b"<key>")
_NAMED: Final = re.compile(
    rb"<(?:name|key)>\s{0,20}([\w.-]{1,80})\s{0,20}</(?:name|key)>\s{0,20}"
    rb"(?:<value>\s{0,20})?(?:<string>\s{0,20})?([^<>\s][^<>]{7,20000})"
)
_NAMED_TEXT: Final = re.compile(
    rb"<[\w:.-]{1,80}\s(?:[^<>]{0,300}\s)?(?:name|key|id|property)=[\"']([\w.:-]{1,80})[\"'][^<>]{0,300}>\s{0,20}([^<>\s][^<>]{7,20000})</"
)
_FIELD: Final = re.compile(rb"<(?:input|meta|param|property|add|entry)\s([^<>]{5,20000})>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    rb"(?<![\w:.-])([\w:.-]{1,80})\s{0,9}=\s{0,9}(?:\"([^\"<>]{1,20000})\"|'([^'<>]{1,20000})')"
)
_NAMING: Final = frozenset({b"name", b"id", b"property", b"key", b"http-equiv", b"itemprop"})
_VALUES: Final = frozenset({b"value", b"content"})


def element_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield the secret texts of elements: ``<Password>..</Password>``, also with namespace, attributes or CDATA."""
    if b"</" not in data:
        return
    for found in _ELEMENT.finditer(data):
        rule = lookup.in_text(found.group(1), found.group(2).rstrip())
        if rule is not None:
            yield from ruled(rule, data, found.start(2), found.start(2) + len(found.group(2).rstrip()))


def named_text_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield the secret texts of elements whose name is an attribute: ``<property name="password">V</property>``."""
    for found in _NAMED_TEXT.finditer(data):
        rule = lookup.in_text(found.group(1), found.group(2).rstrip())
        if rule is not None:
            yield from ruled(rule, data, found.start(2), found.start(2) + len(found.group(2).rstrip()))


def named_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield the secret values whose name is an element before them: members of XML-RPC, entries of a property list."""
    for found in _NAMED.finditer(data):
        rule = lookup.in_text(found.group(1), found.group(2).rstrip())
        if rule is not None:
            yield from ruled(rule, data, found.start(2), found.start(2) + len(found.group(2).rstrip()))


def field_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield the secret values of ``<input name=.. value=..>`` and ``<meta name=.. content=..>``, in either order."""
    for tag in _FIELD.finditer(data):
        names: list[bytes] = []
        values: list[tuple[int, int]] = []
        for attribute in _ATTRIBUTE.finditer(data, *tag.span(1)):
            group = 2 if attribute.group(2) is not None else 3
            if attribute.group(1).lower() in _NAMING:
                names.append(attribute.group(group))
            elif attribute.group(1).lower() in _VALUES:
                values.append(attribute.span(group))
        for name, (start, end) in product(names, values):
            if (rule := lookup.in_text(name, data[start:end])) is not None:
                yield from ruled(rule, data, start, end)


_NAME: Final = rb"(?<![\w:.$-])([A-Za-z_$][\w:.$-]{0,80})\s{0,9}"
_BEFORE: Final = re.compile(_NAME + rb"\Z")
_LONGEST_BEFORE: Final = 90
_BETWEEN: Final = re.compile(rb"[=:](?<=[\w:.$\s-][=:])\s{0,9}[\"'`]")
_QUOTED: Final = re.compile(rb"\"([^\"\\\x1e]{8,20000})\"|'([^'\\\x1e\n]{8,20000})'|`([^`\\\x1e\n]{8,20000})`")
_WHOLE: Final = re.compile(_NAME + rb"[=:]\s{0,9}(?:" + _QUOTED.pattern + rb")")
_APART: Final = 64
"""Bytes from one assignment to the next, on average, up to which data is dense with them, as pages and scripts are."""
_SAMPLE: Final = 1 << 14
"""Bytes at the beginning of the data by which that is judged."""


def assigned_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield secret values assigned as ``name="value"`` or ``name: 'value'``: attributes, scripts, GraphQL, settings."""
    is_dense = len(_BETWEEN.findall(data, 0, _SAMPLE)) * _APART > min(len(data), _SAMPLE)
    for named, quoted in ((found, found) for found in _WHOLE.finditer(data)) if is_dense else _assignments(data):
        group = quoted.lastindex or 1
        rule = lookup.in_text(named.group(1).rpartition(b".")[2].rpartition(b":")[2], quoted.group(group))
        if rule is not None:
            yield from ruled(rule, data, *quoted.span(group))


def _assignments(data: bytes) -> Iterator[tuple[re.Match[bytes], re.Match[bytes]]]:
    """What `_WHOLE` finds: each name and the quoted value behind it.

    What stands between them is sought first, since it is rare in most data, and nearly any byte may begin a name.
    """
    upto = 0
    for between in _BETWEEN.finditer(data):
        at = between.start()
        named = _BEFORE.search(data, max(upto, at - _LONGEST_BEFORE), at) if at >= upto else None
        quoted = None if named is None else _QUOTED.match(data, between.end() - 1)
        if named is not None and quoted is not None:
            upto = quoted.end()
            yield named, quoted
