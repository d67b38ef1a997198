"""`Mask`: prepares values for reports. It masks secrets, escapes control characters and cuts long texts."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias, cast
from urllib.parse import quote, urlencode

from harness.framing.bodies import in_lines
from harness.framing.json_values import NOT_JSON, parse_json
from harness.match.placeholders import is_placeholder, placeholders_in
from harness.match.places import AUTHORIZATION, Places
from harness.match.request import ParsedRequest, RequestView

if TYPE_CHECKING:
    from harness.redact.engine import Redactor

Headers: TypeAlias = tuple[tuple[str, str], ...]
Seen: TypeAlias = tuple[tuple[bytes, ...], Headers]

MASK: Final = "***"
_SHORTEST_LEARNT: Final = 6
"""Characters. Shorter values are masked in their own place only: anywhere else, masking would corrupt the text."""
_MOST_LEARNT: Final = 1000
_MOST_UNREAD: Final = 10_000
_FIRST_OURS: Final = 900_001
_OURS: Final = re.compile(
    r"(?:eyJ[\w-]+\.[\w-]+\.|IHs[\w.-]+\.)?wiretape-[a-z]+-9\d{5}(?:@example\.com)?"
    r"|94738273-0000-4000-8000-000000(?:9\d{5})|947382739\d{5}"
)
"""Matches placeholders that a mask makes for actual values: their numbers are large, those in cassettes small."""
_LONGEST: Final = 160
_LONGEST_MASKED: Final = 1_000_000
_NAMED = re.compile(r"(?<![\w.-])([\w.-]{1,64})((?:\\*[\"'])?\s*[:=]\s*(?:\\*[\"'])?)([^\"'\\&\s,;}\]]+)")
_SCHEMES = re.compile(r"\b(Bearer|Basic)((?:\s|%20|\+)+)(?!\*)[^\s\"'\\,;&]+", re.IGNORECASE)
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{5,}(?:\.[\w-]+){1,4}")
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def escaped(text: str) -> str:
    """The text with control, bidi and invisible characters escaped, so that a terminal prints it safely."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)


class Mask:
    """Hides the secrets of texts that are shown.

    Args:
        places: The places of the profile.
        redact: A further redactor, applied to each text after the secrets of the profile's places are masked.
    """

    def __init__(self, places: Places, redact: Callable[[str], str] | None = None) -> None:
        self._places = places
        self._redact = redact
        self._engine: Redactor | None = None
        self._unread: deque[Seen] = deque(maxlen=_MOST_UNREAD)
        self._hidden: set[str] = set()
        self._learnt: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None

    def received(self, *seen: bytes, headers: Headers = ()) -> None:
        """Keep what a client sent: before the mask shows any text, it finds the secrets in it as the recorder does.

        Args:
            seen: Targets, bodies, or messages that the client sent.
            headers: Names in lower case.
        """
        self._unread.append((seen, headers))

    def _redacted(self, text: str) -> str:
        """A text as the recorder would redact it. The redactor is made on first use: most sessions show nothing."""
        if self._engine is None:
            from harness.redact.engine import Redactor  # noqa: PLC0415  # only where something is shown

            self._engine = Redactor(self._places.profile, first_number=_FIRST_OURS)
        while self._unread:
            seen, headers = self._unread.popleft()
            self._engine.headers(headers)
            for data in seen:
                replaced = self._engine.data(data[:_LONGEST_MASKED])
                self._hidden.update(_replaced_strings(data, replaced.data))
        return _OURS.sub(MASK, self._engine.text(text))

    def hides(self, name: str, value: object) -> bool:
        """Whether the recorder would replace a value because of its name alone."""
        if not isinstance(value, (str, int, float)) or isinstance(value, bool) or value == "":
            return False
        shown = str(value)
        if placeholders_in(shown) or MASK in shown:
            return False
        in_query = self._redacted(f"?{quote(name)}={quote(shown)}")
        return in_query.endswith(f"={MASK}") or f'"{MASK}"' in self._redacted(json.dumps({name: shown}))

    def learn(self, values: Iterable[str]) -> None:
        """Mask these values from now on, in any text."""
        for value in values:
            if len(value) < _SHORTEST_LEARNT or value in self._learnt:
                continue
            self._learnt[value] = None
            self._pattern = None
            if len(self._learnt) > _MOST_LEARNT:
                del self._learnt[next(iter(self._learnt))]

    def learn_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Mask the values of secret headers and cookies from now on."""
        for name, value in headers:
            place = self._places.header(name)
            if place is None:
                continue
            if place.kind == "cookie":
                self.learn(pair.partition("=")[2].strip() for pair in value.split(";"))
            else:
                scheme, secret = AUTHORIZATION.fullmatch(value).groups()  # pyright: ignore[reportOptionalMemberAccess]  # it matches any text
                self.learn([secret or scheme])

    def text(self, text: str) -> str:
        """A text with its secrets masked."""
        text = _SCHEMES.sub(rf"\1\2{MASK}", text)
        text = _NAMED.sub(self._masked_pair, text)
        text = _JWT.sub(MASK, text)
        if self._learnt:
            if self._pattern is None:
                longest_first = sorted(self._learnt, key=len, reverse=True)
                self._pattern = re.compile("|".join(map(re.escape, longest_first)))
            text = self._pattern.sub(MASK, text)
        text = self._redacted(text)
        return escaped(text if self._redact is None else self._redact(text))

    def value(self, value: object, *, other: object = None, secret: bool = False) -> str:
        """A JSON value as one short line.

        Args:
            value: Strings are quoted; `bytes` are summarised.
            other: The value it is compared with: of two long strings the part around their first difference is shown.
            secret: Whether it is at a place of secrets: then the line only says whether there is a value.
        """
        if secret:
            return MASK if value else "(empty)"
        if isinstance(value, str):
            return self._string(value, other)
        return _cut(self.text(json.dumps(self._masked(value), ensure_ascii=False, default=repr)))

    def _string(self, value: str, other: object) -> str:
        if len(value) > _LONGEST_MASKED:
            return f"(text of {len(value)} characters)"
        # Mask before cutting, and JSON inside strings by structure: otherwise half a secret would show.
        inner = parse_json(value.encode("utf-8", "replace"))
        if isinstance(inner, (dict, list)):
            value = json.dumps(self._masked(cast("object", inner)), ensure_ascii=False)
        whole, value = value, self.text(value)
        if whole in self._hidden:
            return MASK
        start = 0
        if isinstance(other, str) and len(value) > _LONGEST:
            rest = self.text(other)
            same = next(
                (i for i, (a, b) in enumerate(zip(value, rest, strict=False)) if a != b), min(len(value), len(rest))
            )
            start = max(0, same - _LONGEST // 2)
        shown = value[start : start + _LONGEST]
        return (
            ("…" if start else "")
            + f'"{shown}"'
            + (f"… ({len(value)} characters)" if start + _LONGEST < len(value) else "")
        )

    def _masked_pair(self, found: re.Match[str]) -> str:
        name, between, value = found.groups()
        return f"{name}{between}{MASK if self._places.secret_name(name) else value}"

    def _masked(self, value: object, depth: int = 0) -> object:
        if depth > 20:
            return "…"
        if isinstance(value, dict):
            entries = cast("dict[str, object]", value).items()
            return {k: self._masked_entry(k, v, depth) for k, v in entries}
        if isinstance(value, list):
            return [self._masked(item, depth + 1) for item in cast("list[object]", value)[:100]]
        return value

    def _masked_entry(self, name: str, value: object, depth: int) -> object:
        place = self._places.field(name)
        return (MASK if value else value) if place is not None and place.secret else self._masked(value, depth + 1)


def _replaced_strings(data: bytes, replaced: bytes) -> Iterator[str]:
    """The strings of a JSON text that the redactor replaces, including those it finds by neighbouring fields."""
    if data == replaced:
        return
    waiting: list[tuple[object, object]] = [(parse_json(data), parse_json(replaced))]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, str) and isinstance(other, str) and one != other and is_placeholder(other):
            yield one
        elif isinstance(one, dict) and isinstance(other, dict):
            ours, theirs = cast("dict[str, object]", one), cast("dict[str, object]", other)
            waiting += [(ours[name], theirs[name]) for name in ours.keys() & theirs.keys()]
        elif isinstance(one, list) and isinstance(other, list):
            waiting += zip(cast("list[object]", one), cast("list[object]", other), strict=False)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def redacted_view(request: ParsedRequest, places: Places, mask: Mask) -> RequestView:
    """A request without its secrets: a placeholder and an actual value look the same, so that they compare as equal."""
    return RequestView(
        method=request.method,
        target=mask.text(request.target),
        headers=tuple((name, _header(name, value, places)) for name, value in request.headers),
        body=_body(request, places),
    )


def _header(name: str, value: str, places: Places) -> str:
    if places.header(name) is None or not value:
        return value
    found = AUTHORIZATION.fullmatch(value)
    return f"{found[1]} {MASK}" if name == "authorization" and found is not None and found[2] else MASK


def _body(request: ParsedRequest, places: Places) -> bytes:
    if request.json is not NOT_JSON:
        try:
            masked = _masked(request.json, places)
            return request.content if masked == request.json else _written(masked)
        except (RecursionError, UnicodeError):
            return MASK.encode()
    if request.form is not None:
        pairs = [(name, MASK if _is_secret(places, name) else value) for name, value in request.form]
        return request.content if pairs == request.form else urlencode(pairs, safe="*").encode()
    return request.content


def _written(value: object) -> bytes:
    lines = in_lines(value)
    return b"\n".join(json.dumps(each, ensure_ascii=False).encode() for each in ([value] if lines is None else lines))


def _is_secret(places: Places, name: str) -> bool:
    place = places.field(name)
    return place is not None and place.secret


def _masked(value: object, places: Places) -> object:
    again: Callable[[object], object] = lambda inner: _masked(inner, places)  # noqa: E731  # one name for two branches
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value).items()
        return {name: MASK if inner and _is_secret(places, name) else again(inner) for name, inner in fields}
    if isinstance(value, list):
        return [again(inner) for inner in cast("list[object]", value)]
    return value
