"""Placeholders in recorded text: such a text is a pattern for the values that the redactor replaced.

``write to wiretape-email-1@example.com`` matches ``write to robin@sherwood.example``, so that the placeholder stands
for that address. This module finds placeholders inside base64 as well.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from harness.redact import placeholders as redacted
from harness.redact.detect.email_address import ADDRESS

_BASE64_SIGNS: Final = ("d2lyZXRhcGU", "dpcmV0YXBl", "3aXJldGFwZ")
_HEX_SIGN: Final = "7769726574617065"
"""The marker in hexadecimal."""
_SIGNS: Final = ("wiretape", "94738273", *_BASE64_SIGNS, _HEX_SIGN, "wtp")
"""Every placeholder holds one of these: the marker, its digits, the marker in base64 at each of three offsets.."""
_SHORT: Final = r"wtp[tcixme](?=[-\d]{4})-*\d{1,9}"
"""Replaces a secret in a binary message that is too short for a placeholder; dashes fill up a longer one."""
_NAMED: Final = r"wiretape-(?:token|cookie|id|text|time|email)-\d{1,9}(?:@example\.com)?"
_WHOLE: Final = re.compile(
    rf"(?:(?:{re.escape(redacted.JWT_HEAD.decode())}|{re.escape(redacted.JWE_HEAD.decode())})\.)?{_NAMED}"
    rf"(?:-{{3,}})?|{_SHORT}|94738273(?:-0000-4000-8000-)?\d{{1,12}}"
)
_HEX_RUN: Final = re.compile(r"(?:[0-9a-fA-F]{2}){12,}")
_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_EMAIL: Final = re.compile(ADDRESS.decode(), re.ASCII)
_SHAPES: Final[dict[str, re.Pattern[str]]] = {
    "email": _EMAIL,
    "uuid": re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}"),
    "jwt": re.compile(r"eyJ[\w-]*\.[\w.-]+", re.ASCII),
    "jwe": re.compile(r"eyJ[\w-]*\.[\w.-]+", re.ASCII),
    "number": re.compile(r"-?\d[\d.eE+-]*"),
    "base64": _RUN,
    "hex": re.compile(r"(?:[0-9a-fA-F]{2})+"),
}
"""Kinds whose values have a look; a value of any other kind is any text that is not empty."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One placeholder of a text.

    Attributes:
        text: As written; of kind ``base64`` the whole encoded run that holds placeholders.
        kind: ``email``, ``uuid``, ``jwt``, ``number``, ``base64``, ``basic``, or a kind without a look (``token`` ..).
        after: The literal text up to the next placeholder, or to the end.
    """

    text: str
    kind: str
    after: str


@dataclass(frozen=True, slots=True)
class Captured:
    """A placeholder, and the value in an actual text that it stands for."""

    placeholder: str
    value: str


def may_hold(text: str) -> bool:
    """Whether a text may hold a placeholder; a quick check."""
    return any(sign in text for sign in _SIGNS)


def is_placeholder(text: str) -> bool:
    """Whether a text is one placeholder, and nothing else."""
    return may_hold(text) and redacted.is_placeholder(text.encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=4096)
def taken_apart(text: str) -> tuple[str, tuple[Placeholder, ...]]:
    """The literal text before the first placeholder, and the placeholders; none if the text holds none."""
    found = [(*each.span(), _kind(each[0])) for each in _WHOLE.finditer(text)]
    if _HEX_SIGN in text or any(sign in text for sign in _BASE64_SIGNS):
        found = sorted([*found, *_coded(text, found)])
    if not found:
        return text, ()
    ends = [start for start, _, _ in found[1:]] + [len(text)]
    return text[: found[0][0]], tuple(
        Placeholder(text[start:end], kind, text[end:upto]) for (start, end, kind), upto in zip(found, ends, strict=True)
    )


def _coded(text: str, known: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    coded = [(*run.span(), "hex") for run in _HEX_RUN.finditer(text) if _HEX_SIGN in run[0]]
    known = [*known, *coded]
    for run in _RUN.finditer(text):
        start, end = run.span()
        if any(one < end and start < other for one, other, _ in known) or not may_hold(decoded(run[0]) or ""):
            continue
        coded.append((start, end, "basic" if redacted.is_placeholder(run[0].encode()) else "base64"))
    return coded


def _kind(text: str) -> str:
    if text.startswith("94738273"):
        return "uuid" if "-" in text else "number"
    if text.startswith("wtp"):
        return {"c": "cookie", "i": "id", "x": "text", "m": "time", "e": "email"}.get(text[3], "token")
    if not text.startswith("wiretape"):
        return "jwe" if text.startswith(redacted.JWE_HEAD.decode()) else "jwt"
    return text.split("-")[1]


def decoded(run: str) -> str | None:
    """The bytes of a base64 run as latin-1 text; None if it is not base64."""
    plain = run.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode("latin-1")
    except (binascii.Error, ValueError):
        return None


def hex_decoded(run: str) -> str | None:
    """The bytes of a hexadecimal run as latin-1 text; None if it is not hexadecimal."""
    try:
        return bytes.fromhex(run).decode("latin-1")
    except ValueError:
        return None


def captured(recorded: str, actual: str) -> list[Captured] | None:
    """The values that the placeholders of a recorded text stand for in an actual one; None if the texts do not match.

    A recorded text without placeholders matches only itself.
    """
    before, placeholders = taken_apart(recorded)
    if not placeholders:
        return [] if recorded == actual else None
    if not actual.startswith(before):
        return None
    at, found = len(before), list[Captured]()
    for number, placeholder in enumerate(placeholders):
        is_last = number == len(placeholders) - 1
        end = _end(placeholder, actual, at, is_last=is_last)
        if end is None or end <= at:
            return None
        inner = _inside(placeholder, actual[at:end])
        if inner is None:
            return None
        found += inner
        at = end + len(placeholder.after)
    return found if at == len(actual) else None


def _end(placeholder: Placeholder, actual: str, at: int, *, is_last: bool) -> int | None:
    """The end of the value that a placeholder stands for; None if the literal text behind it does not follow."""
    after = placeholder.after
    look = _SHAPES.get(placeholder.kind)
    if look is not None:
        # A value with a look ends where the look does: an address before a full stop keeps its own dots.
        shaped = look.match(actual, at)
        if shaped is not None and actual.startswith(after, shaped.end()) and (after or not is_last):
            return shaped.end()
    if is_last:
        end = len(actual) - len(after)
        return end if end > at and actual.endswith(after) else None
    end = actual.find(after, at + 1) if after else at + 1
    return None if end < 0 else end


def _inside(placeholder: Placeholder, value: str) -> list[Captured] | None:
    """The value that a placeholder stands for; of an encoded placeholder, the values of the placeholders inside it."""
    if placeholder.kind in {"base64", "hex"}:
        plain = decoded if placeholder.kind == "base64" else hex_decoded
        one, other = plain(placeholder.text), plain(value)
        return None if one is None or other is None else captured(without_filling(one), other)
    return [Captured(_unfilled(placeholder.text), value)] if fits_kind(placeholder, value) else None


def _unfilled(text: str) -> str:
    """A placeholder without the dashes that the redactor adds to give it a certain length."""
    if text.startswith("wtp"):
        return f"wiretape-{_kind(text)}-{int(text[4:].lstrip('-'))}"
    if not text.startswith("wiretape"):
        return text
    return _FILLED.sub(lambda found: f"{found[1]}{int(found[2])}{found[3]}", text)


_FILLED: Final = re.compile(r"(wiretape-[a-z]+-)(\d{1,9})((?:@example\.com)?)-*")


def without_filling(text: str) -> str:
    """The text without the dashes by which the redactor fills a placeholder in base64.

    They keep the alignment of what follows.
    """
    return re.sub(rf"({_NAMED})-{{1,2}}", r"\1", text)


def fits_kind(placeholder: Placeholder, value: str) -> bool:
    """Whether the redactor replaces such a value by a placeholder of that kind."""
    look = _SHAPES.get(placeholder.kind)
    if look is None:
        return bool(value.strip())
    if value == placeholder.text or _kind_of(value) == placeholder.kind:
        return True
    return look.fullmatch(value) is not None or look.fullmatch(unquote(value)) is not None


def _kind_of(value: str) -> str:
    return _kind(value) if _WHOLE.fullmatch(value) else ""


def replaced(text: str, value_of: Callable[[str], str]) -> str:
    """The text with each placeholder replaced by the result of a function."""
    return _WHOLE.sub(lambda found: value_of(found[0]), text) if may_hold(text) else text


def placeholders_in(text: str) -> set[str]:
    """Every placeholder of a text, including those inside base64."""
    if not may_hold(text):
        return set()
    found = {each[0] for each in _WHOLE.finditer(text)}
    for run in _RUN.finditer(text) if any(sign in text for sign in _BASE64_SIGNS) else ():
        found |= {each[0] for each in _WHOLE.finditer(without_filling(decoded(run[0]) or ""))}
    return found
