"""Secrets that are recognized by their format alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, Literal

from harness.redact.detect.email_address import ADDRESS
from harness.redact.detect.personal import COUNTRIES, PHONE, SOCIAL_SECURITY, is_card, is_iban
from harness.redact.detect.printable_runs import printable_runs
from harness.redact.detect.provider_patterns import PROVIDER_LOOKS, STRICT_EDGE
from harness.redact.detect.signs import Signs, has_any
from harness.redact.text_runs import CONTROLS

_ESCAPES: Final = frozenset(b"\\%")
"""No secret begins right after an escape's sign (``\\nbob@..``, ``%0Abob@..``): views remove escapes."""
_ALNUM: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
LOOSE: Final = _ALNUM | _ESCAPES
STRICT: Final = LOOSE | frozenset(b"._+-")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A format by which a secret is recognized.

    Attributes:
        label: As listed in a cassette's ``redacted`` and in findings.
        kind: Kind of the placeholder.
        regex: The secret is its group ``s`` if it has one, else the whole match. Takes linear time. In binary data it
            must match within a run of printable bytes; see `harness.redact.detect.printable_runs`.
        signs: Every match contains one of these bytes; checked first, for speed.
        folded: The same for patterns without such bytes: signs in the folded data (see `detect.signs`).
        before: Bytes that must not precede a match.
        where: Whether it applies to text only (in other data it would match by chance), or to binary data only.
        check: A further condition on the match.
    """

    label: str
    kind: str
    regex: re.Pattern[bytes]
    signs: tuple[bytes, ...]
    folded: tuple[bytes, ...] = ()
    before: frozenset[int] = LOOSE
    where: Literal["", "text", "binary"] = ""
    check: Callable[[bytes], bool] | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A match of a pattern in some data: ``data[start:end]`` is secret.

    Attributes:
        kind: Kind of the placeholder: the pattern's, but a number of JSON stays a number, so that it can be parsed.
    """

    start: int
    end: int
    pattern: Pattern = field(repr=False)
    kind: str


def _is_no_example(value: bytes) -> bool:
    # Example values of documentation.
    return not value.endswith(b"EXAMPLE")


def _before(label: str, regex: bytes) -> frozenset[int]:
    if b"(?P<s>" in regex:
        return frozenset()
    return STRICT | frozenset(b"_") if label in STRICT_EDGE else LOOSE


def _is_long(value: bytes) -> bool:
    return len(value) >= _LEAST_OF_PEM


def _is_address(value: bytes) -> bool:
    # `git@github.com:owner/name` names a service account, not a person.
    return not value.startswith(b"git@")


def _token_looks(where: Literal["text", "binary"], before: bytes, most: bytes = b"") -> Iterator[Pattern]:
    """The patterns of JWE and JWT, with parts of at most ``most`` bytes."""
    head = before + rb"eyJ[\w-]{6,%b}\.[\w-]" % most
    jwe = rb"{0,%b}\.[\w-]{1,%b}\.[\w-]{1,%b}\.[\w-]{1,%b}" % ((most,) * 4)
    jwt = rb"{4,%b}\.[\w-]{0,%b}" % (most, most)
    for label, rest in (("jwe", jwe), ("jwt", jwt)):
        yield Pattern(label, label, re.compile(head + rest, re.ASCII), (b"eyJ",), where=where)


_LEAST_OF_PEM: Final = 40
_PEM_HEAD: Final = rb"-----BEGIN[ +](?:[A-Z0-9]{1,20}[ +]){0,3}PRIVATE[ +]KEY(?:[ +]BLOCK)?-----"

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "pem",
        "token",
        # Escaped line breaks count, so a key in a JSON string matches in any view. Forms write `+` for a blank.
        re.compile(_PEM_HEAD + rb"(?P<s>[A-Za-z0-9+/=\s\\:,.()]*+(?:-(?!-)[A-Za-z0-9+/=\s\\:,.()]*+)*)-----END"),
        (b"PRIVATE",),
        before=frozenset(),
        check=_is_long,
    ),
    # A key without its end: the text or its transfer broke off. Here only what reads like a key counts.
    Pattern(
        "pem",
        "token",
        re.compile(
            _PEM_HEAD + rb"(?P<s>(?:(?:[A-Za-z-]{1,20}:[^\r\n\\\"]{0,80})?(?:[\r\n]|\\[rn]){1,4}){1,6}"
            rb"[A-Za-z0-9+/]{24}[A-Za-z0-9+/=\s\\]*+)(?:-{0,5}(?:EN?)?\Z|[\"'\x00-\x08\x0e-\x1f\x7f-\xff])"
        ),
        (b"PRIVATE",),
        before=frozenset(),
        check=_is_long,
    ),
    *_token_looks("text", rb"(?<![\\%A-Za-z0-9_+-])"),
    # In binary data a letter may precede it; the shorter limit keeps the time linear.
    *_token_looks("binary", b"", b"4000"),
    Pattern(
        "email",
        "email",
        re.compile(ADDRESS),
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
        folded=(b"0" * 14, b"0000 0000"),
        check=is_card,
    ),
    Pattern(
        "iban",
        "token",
        re.compile(rb"[A-Z]{2}\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?)"),
        (),
        folded=tuple(country.lower().encode() + b"00" for country in COUNTRIES),
        before=STRICT | frozenset(b"_"),
        check=is_iban,
    ),
    *(
        Pattern(label, "token", re.compile(regex), signs, before=_before(label, regex), check=_is_no_example)
        for label, signs, regex in PROVIDER_LOOKS
    ),
)
"""Every pattern. To add one, add a row. Of overlapping matches the longest counts."""

_LEAST_LENGTH: Final = 8
_TWO_BYTES: Final = 0xFF


PERSONAL: Final = (
    Pattern("phone", "text", PHONE, (b"+",), before=frozenset(), where="text"),
    Pattern("ssn", "text", SOCIAL_SECURITY, (b"-",), before=frozenset(), where="text"),
)
"""Patterns of personal data, used only with ``--redact-personal``."""


def looks(data: bytes, signs: Signs | None = None, *, text: bool, personal: bool = False) -> Iterator[Look]:
    """The secrets that patterns find in the data.

    Args:
        data: The bytes.
        signs: The signs in them; None to try every pattern.
        text: Whether the bytes are text. In binary data a length byte may precede a secret.
        personal: Whether telephone numbers and the like are secret.
    """
    where = ("", "text") if text else ("", "binary")
    patterns = PATTERNS if signs is None else tuple(_table().that_may_match(signs))
    runs = printable_runs(data, text=text) if patterns else ()
    for pattern in patterns:
        if pattern.where in where:
            yield from _of_pattern(pattern, data, runs, text=text)
    for pattern in PERSONAL if personal and text else ():
        if has_any(data, pattern.signs):
            yield from _of_pattern(pattern, data, ((0, len(data)),), text=text)


def fixed_signs() -> Iterator[bytes]:
    """The signs of all patterns, but for the folded ones and those of personal data."""
    yield from (sign for pattern in PATTERNS for sign in pattern.signs)


def folded_signs() -> Iterator[bytes]:
    """The folded signs of all patterns."""
    yield from (sign for pattern in PATTERNS for sign in pattern.folded)


class _Table:
    """Finds the patterns that may match some data, by their signs: short strings that every match contains."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self.patterns = patterns
        self._fixed = defaultdict[bytes, list[int]](list)
        self._folded = defaultdict[bytes, list[int]](list)
        for index, pattern in enumerate(patterns):
            for sign in pattern.signs:
                self._fixed[sign].append(index)
            for sign in pattern.folded:
                self._folded[sign].append(index)

    def that_may_match(self, signs: Signs) -> Iterator[Pattern]:
        found = {index for sign in signs.fixed for index in self._fixed.get(sign, ())}
        found |= {index for sign in signs.folded for index in self._folded.get(sign, ())}
        yield from (self.patterns[index] for index in sorted(found))


_tables: list[_Table] = []


def _table() -> _Table:
    if not _tables or _tables[0].patterns is not PATTERNS:
        _tables[:] = [_Table(PATTERNS)]
    return _tables[0]


def _of_pattern(pattern: Pattern, data: bytes, runs: Iterable[tuple[int, int]], *, text: bool) -> Iterator[Look]:
    inner = "s" in pattern.regex.groupindex
    for found in chain.from_iterable(pattern.regex.finditer(data, *run) for run in runs):
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
            yield Look(start, end, pattern, "number" if _is_number_of_json(data, start, end) else pattern.kind)


_VALUE_BEGINS: Final = re.compile(rb"[:,\[]\s{0,20}$")
_VALUE_ENDS: Final = re.compile(rb"\s{0,200}[,\]}]")
_BLANKS: Final = 21


def _is_number_of_json(data: bytes, start: int, end: int) -> bool:
    """Whether a value is all digits and stands in JSON without quotes."""
    if not data[start:end].isdigit() or not _VALUE_ENDS.match(data, end):
        return False
    return _VALUE_BEGINS.search(data, max(0, start - _BLANKS), start) is not None


def _told_length(data: bytes, start: int, end: int) -> int:
    """The length that the byte before ``data[start:end]`` states (MessagePack, CBOR, protobuf, MQTT); 0 if none."""
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


def is_binary(data: bytes) -> bool:
    """Whether bytes are not UTF-8, or hold control characters. Redaction must keep the length of such data."""
    return len(data.translate(None, CONTROLS)) != len(data) or not (data.isascii() or is_text(data))
