"""Secrets that are known by their look alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from harness.redact.detect.personal import PHONE, SOCIAL_SECURITY, is_card, is_iban
from harness.redact.detect.provider_patterns import PROVIDER_LOOKS, STRICT_EDGE
from harness.redact.detect.signs import any_of, has_any

_ESCAPES: Final = frozenset(b"\\%")
"""Behind the sign of an escape (``\\nbob@..``, ``%0Abob@..``) no secret begins: views take escapes off."""
_ALNUM: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
LOOSE: Final = _ALNUM | _ESCAPES
STRICT: Final = LOOSE | frozenset(b"._+-")

_FILE_ENDINGS: Final = rb"(?:png|jpe?g|gif|svg|webp|ico|avif|mp[34]|m?js|mjs|ts|css|html?|json|xml|pdf|txt|md|py)"
"""What follows ``name@2x.`` and ``package@latest.`` is no top-level domain."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A look that gives a secret away.

    Attributes:
        label: As listed in a cassette's ``redacted`` and in findings.
        kind: Kind of the placeholder.
        regex: The secret is its group ``s`` if it has one, else the whole match. Linear in the length of the data.
        signs: Bytes without which there is no match: a quick look first. Empty if there are none.
        before: Bytes that do not stand right before a match.
        where: Whether it is sought in text alone (elsewhere it may be there by chance), or in other bytes alone.
        check: What else has to hold.
        digits: How many digits the data has at least, if there are no signs.
    """

    label: str
    kind: str
    regex: re.Pattern[bytes]
    signs: tuple[bytes, ...]
    before: frozenset[int] = LOOSE
    where: Literal["", "text", "binary"] = ""
    check: Callable[[bytes], bool] | None = None
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """A match: ``data[start:end]`` is secret."""

    start: int
    end: int
    pattern: Pattern = field(repr=False)


def _is_no_example(value: bytes) -> bool:
    # As documentation writes them.
    return not value.endswith(b"EXAMPLE")


def _before(label: str, regex: bytes) -> frozenset[int]:
    if b"(?P<s>" in regex:
        return frozenset()
    return STRICT | frozenset(b"_") if label in STRICT_EDGE else LOOSE


def _is_long(value: bytes) -> bool:
    return len(value) >= _LEAST_OF_PEM


def _is_address(value: bytes) -> bool:
    # `git@github.com:owner/name` names an account of the machine, not of a person.
    return not value.startswith(b"git@")


def _token_looks(where: Literal["text", "binary"], before: bytes, most: bytes = b"") -> Iterator[Pattern]:
    """JWE and JWT, whose parts are at most so long."""
    head = before + rb"eyJ[\w-]{6,%b}\.[\w-]" % most
    jwe = rb"{0,%b}\.[\w-]{1,%b}\.[\w-]{1,%b}\.[\w-]{1,%b}" % ((most,) * 4)
    jwt = rb"{4,%b}\.[\w-]{0,%b}" % (most, most)
    for label, rest in (("jwe", jwe), ("jwt", jwt)):
        yield Pattern(label, label, re.compile(head + rest, re.ASCII), (b"eyJ",), where=where)


_LEAST_OF_PEM: Final = 40

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "pem",
        "token",
        # Escaped line breaks count as line breaks: a key within a JSON string goes in any view. Forms spell `+`.
        re.compile(
            rb"-----BEGIN[ +](?:[A-Z0-9]{1,20}[ +]){0,3}PRIVATE[ +]KEY(?:[ +]BLOCK)?-----"
            rb"(?P<s>(?:[A-Za-z0-9+/=\s\\:,.()]+|-(?!-))*)-----END"
        ),
        (b"PRIVATE",),
        before=frozenset(),
        check=_is_long,
    ),
    *_token_looks("text", rb"(?<![\\%A-Za-z0-9_+-])"),
    # In other bytes, where a letter may stand before it, it is not as long: the time stays linear.
    *_token_looks("binary", b"", b"4000"),
    Pattern(
        "email",
        "email",
        re.compile(
            rb"(?<![\\%A-Za-z0-9._+-])[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}(?!"
            + _FILE_ENDINGS
            + rb"\b)[A-Za-z]{2,24}\b",
        ),
        (b"@",),
        before=STRICT,
        where="text",
        check=_is_address,
    ),
    Pattern(
        "card",
        "token",
        re.compile(
            rb"(?<!\d[.,])(?<![\d_-])(?:3[47]\d{2}(?P<a>[ -]?)\d{6}(?P=a)\d{5}"
            rb"|3(?:0[0-5]|[68]\d)\d(?P<d>[ -]?)\d{6}(?P=d)\d{4}"
            rb"|(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6(?:011|4[4-9]\d|5\d\d|2\d\d)|35\d\d)"
            rb"(?P<b>[ -]?)\d{4}(?P=b)\d{4}(?P=b)\d{4})"
            rb"(?![\d_-]|[.,]\d)"
        ),
        (),
        check=is_card,
        digits=14,
    ),
    Pattern(
        "iban",
        "token",
        re.compile(rb"[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?)"),
        (),
        before=STRICT | frozenset(b"_"),
        check=is_iban,
        digits=8,
    ),
    *(
        Pattern(label, "token", re.compile(regex), signs, before=_before(label, regex), check=_is_no_example)
        for label, signs, regex in PROVIDER_LOOKS
    ),
)
"""Every such look. A further one is one more row; of overlapping matches the longest counts."""

_LEAST_LENGTH: Final = 8
_TWO_BYTES: Final = 0xFF


PERSONAL: Final = (
    Pattern("phone", "text", PHONE, (b"+",), before=frozenset(), where="text"),
    Pattern("ssn", "text", SOCIAL_SECURITY, (b"-",), before=frozenset(), where="text"),
)
"""Looks that count only if the user asks for it."""


def looks(data: bytes, *, text: bool, personal: bool = False) -> Iterator[Look]:
    """What the looks give away in some bytes.

    Args:
        data: The bytes.
        text: Whether they are text. In others a byte that says how long the secret is may stand before it.
        personal: Whether numbers of telephones and the like are secret.
    """
    where = ("", "text") if text else ("", "binary")
    for pattern in _table().that_may_match(data):
        if pattern.where not in where or (pattern.signs and not has_any(data, pattern.signs)):
            continue
        if pattern.digits and len(data.translate(None, _NO_DIGITS)) < pattern.digits:
            continue
        yield from _of_pattern(pattern, data, text=text)
    for pattern in PERSONAL if personal and text else ():
        if has_any(data, pattern.signs):
            yield from _of_pattern(pattern, data, text=text)


_NO_DIGITS: Final = bytes(set(range(256)) - set(b"0123456789"))


class _Table:
    """Looks, and an expression that says in one go whether any of their signs is there."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self.patterns = patterns
        self._unsigned = tuple(pattern for pattern in patterns if not pattern.signs)
        signs = [sign for pattern in patterns for sign in pattern.signs]
        self._signs = any_of(signs) if signs else None

    def that_may_match(self, data: bytes) -> tuple[Pattern, ...]:
        return self.patterns if self._signs is not None and self._signs.search(data) else self._unsigned


_tables: list[_Table] = []


def _table() -> _Table:
    if not _tables or _tables[0].patterns is not PATTERNS:
        _tables[:] = [_Table(PATTERNS)]
    return _tables[0]


def _of_pattern(pattern: Pattern, data: bytes, *, text: bool) -> Iterator[Look]:
    inner = "s" in pattern.regex.groupindex
    for found in pattern.regex.finditer(data):
        start, end = found.span("s" if inner else 0)
        begin = found.start()
        before = data[begin - 1] if begin else -1
        if not text and not inner and before >= 0:
            told = _told_length(data, begin, end)
            if told and pattern.regex.fullmatch(data, begin, begin + told):
                end, before = begin + told, -1
        if before in pattern.before:
            continue
        if pattern.check is None or pattern.check(data[start:end]):
            yield Look(start, end, pattern)


def _told_length(data: bytes, start: int, end: int) -> int:
    """How long the byte before a string says it is (MessagePack, CBOR, protobuf, MQTT); 0 if it says nothing such."""
    before, size = data[start - 1], end - start
    for told in (before, before & 0x1F, before + 256 * (data[start - 2] if start > 1 else 0)):
        if _LEAST_LENGTH <= told <= size:
            return told
    return 0


def is_text(data: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


_CONTROLS: Final = bytes(set(range(32)) - {9, 10, 12, 13, 0x1E})


def is_binary(data: bytes) -> bool:
    """Whether bytes are no text for people: no UTF-8, or with control characters. There lengths have to stay."""
    return data.translate(None, _CONTROLS) != data or not is_text(data)
