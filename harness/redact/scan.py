"""Scans finished bytes before they are written: they must not hold any known secret, in any encoding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harness.redact.detect.patterns import is_text, looks
from harness.redact.detect.signs import NO_SIGNS, SignReader, Signs
from harness.redact.needle_search import NeedleSearch
from harness.redact.placeholders import placeholders_in
from harness.redact.views import View, views

MAX_FINDINGS: Final = 1000
"""Most findings that are listed."""


@dataclass(frozen=True, slots=True, order=True)
class SecretFinding:
    """A secret in finished bytes: its place and kind, never its value.

    Attributes:
        line: Counted from 1.
        column: In bytes, counted from 1.
        label: How the value was detected: its place, or ``jwt``, ``jwe``, ``email``..
        form: Its encoding there, e.g. ``plain``, ``percent``, ``json+base64``.
    """

    line: int
    column: int
    label: str
    form: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.label} ({self.form})"


def scan(data: bytes, known: NeedleSearch, signs: SignReader) -> list[SecretFinding]:
    """The findings in order, each place and label once; at most `MAX_FINDINGS`.

    Args:
        data: The bytes.
        known: Finds the secrets that are known.
        signs: Finds the signs of others.
    """
    found: dict[tuple[int, str], SecretFinding] = {}
    for view in views(data):
        for start, label, form in (*_learnt(view, known), *_looks(view, signs.of(view.data))):
            at = view.span(start, start + 1)[0]
            line = data.count(b"\n", 0, at) + 1
            column = at - data.rfind(b"\n", 0, at)
            found.setdefault((at, label), SecretFinding(line, column, label, form))
            if len(found) >= MAX_FINDINGS:
                return sorted(found.values())
    return sorted(found.values())


def _form(view: View, name: str) -> str:
    names = [*view.names] if name == "plain" and view.names else [*view.names, name]
    return "+".join(names)


def _learnt(view: View, known: NeedleSearch) -> Iterator[tuple[int, str, str]]:
    for secret, needle, at in known.occurrences(view.data):
        yield at, secret.label, _form(view, needle.form)


def _looks(view: View, signs: Signs | None) -> Iterator[tuple[int, str, str]]:
    for look in looks(view.data, signs, text=is_text(view.data)) if signs is not NO_SIGNS else ():
        # An escape before a placeholder (`\n`), or a word after it, may look like a part of it.
        if next(placeholders_in(view.data[look.start : look.end]), None) is None:
            yield look.start, look.pattern.label, _form(view, "plain")
