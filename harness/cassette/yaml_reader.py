"""Reads untrusted YAML within limits: only the subset for plain values.

PyYAML's parser emits events without recursion; its loaders recurse, and the C loader crashes on deep nesting. This
module builds the values from the events. Tags, anchors, aliases and duplicate keys are refused; dates, merge keys and
octal numbers are text. So both parsers, C and Python, return the same values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NoReturn, TypeAlias

import yaml

from harness.cassette.characters import find_refused, is_plain
from harness.cassette.errors import LimitError, UnreadableCassetteError, too_deep
from harness.cassette.model import LIMITS, Limits
from harness.printable import one_line

_DIRECTIVE: Final = re.compile(r"(?: *(?:#.*)?\n)*%")

Loader: TypeAlias = type[Any]
"""``yaml.SafeLoader`` or ``yaml.CSafeLoader``, whose parser is used."""

DEFAULT_LOADER: Final[Loader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(data: bytes, name: str = "", *, limits: Limits = LIMITS, loader: Loader = DEFAULT_LOADER) -> Any:
    """The value of a YAML document: dict (keys are always text), list, str, int, float, bool or None.

    Args:
        name: What errors call the file.

    Raises:
        UnreadableCassetteError: The file is not UTF-8, not YAML, or uses YAML outside the subset.
        LimitError: The file is larger, or nested deeper, than the limits allow.
    """
    return _read(data, name, limits, loader, None)


def read_places(data: bytes, *, limits: Limits = LIMITS, loader: Loader = DEFAULT_LOADER) -> dict[str, int]:
    """The line, from 1, of each value of a document that `read_yaml` accepts, by its path: ``exchanges[3].at``.

    A block scalar counts from its first line of text.
    """
    places: dict[str, int] = {}
    _read(data, "", limits, loader, places)
    return places


def _read(data: bytes, name: str, limits: Limits, loader: Loader, places: dict[str, int] | None) -> Any:
    file = name or None
    if len(data) > limits.file_bytes:
        raise LimitError(f"the file has more than {limits.file_bytes} bytes", file=file)
    # Most files are plain: a text beside the bytes would take as much memory again.
    text = data if is_plain(data) and not data.lstrip(b" ").startswith((b"%", b"#", b"\n")) else _decoded(data, file)
    builder = Builder(text, file, limits, places)
    try:
        # The C parser works on bytes: a text would be encoded again.
        for event in _events(text.encode() if isinstance(text, str) and b"\r" in data else data, loader):
            builder.take(event)
    except yaml.YAMLError as error:
        problem, line = _problem(error)
        if "nesting depth" in problem:  # the parser in C has a limit of its own from PyYAML 6.0.4 on, far above ours
            raise LimitError(too_deep(limits.depth), line=line, file=file) from error
        raise UnreadableCassetteError(f"this is not YAML: {problem}", line=line, file=file) from error
    return builder.root


def _events(content: bytes, loader: Loader) -> Iterator[Any]:
    try:
        yield from yaml.parse(content, Loader=loader)
    except (ValueError, OverflowError) as error:
        # The Python parser raises these for "\UFFFFFFFF" and the like.
        raise yaml.YAMLError("an escape such as \\UFFFFFFFF names no Unicode character") from error


def _problem(error: yaml.YAMLError) -> tuple[str, int | None]:
    problem = getattr(error, "problem", None)
    mark = getattr(error, "problem_mark", None)
    return one_line(str(problem or "it cannot be parsed")), None if mark is None else int(mark.line) + 1


def _decoded(data: bytes, file: str | None) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableCassetteError("the file is not UTF-8", line=line, file=file) from error
    if text.startswith("\ufeff"):
        raise UnreadableCassetteError("the file begins with a byte order mark: save it as UTF-8 without one", file=file)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if _DIRECTIVE.match(text):
        # The two parsers treat unknown directives differently.
        raise UnreadableCassetteError(
            "a YAML directive (a line that begins with %) is not supported: remove it", file=file
        )
    position = find_refused(text)
    if position is not None:
        code, line = ord(text[position]), text.count("\n", 0, position) + 1
        hint = "indent with spaces" if code == 9 else 'write it as an escape, in "..."'
        raise UnreadableCassetteError(f"U+{code:04X} may not stand raw in the file: {hint}", line=line, file=file)
    return text


# ---------------------------------------------------------------- building values from events
MAX_NUMBER_CHARACTERS: Final = 400
_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]*")
_FLOAT: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")
_WORDS: Final[dict[str, bool | None]] = {"": None, "null": None, "true": True, "false": False}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_FIRST_LINE: Final = {"|": 2, ">": 2}
_BLOCK_HEADER: Final = re.compile(r"[|>][-+0-9]{0,2} *(?: #.*)?(?:\n|$)")
_KEY_WITHOUT_BLANK: Final = re.compile(r" *:[,?\[\]{}]")
_IN_BYTES: Final = tuple(re.compile(each.pattern.encode()) for each in (_BLOCK_HEADER, _KEY_WITHOUT_BLANK))


def _at_marks(text: str | bytes) -> tuple[Callable[[int], object], Callable[[int], object]]:
    """Whether a block's header, and whether a key without a blank behind its colon, stands at an offset of a text."""
    if isinstance(text, str):
        return partial(_BLOCK_HEADER.match, text), partial(_KEY_WITHOUT_BLANK.match, text)
    header, key = _IN_BYTES
    return partial(header.match, text), partial(key.match, text)


Container: TypeAlias = dict[str, Any] | list[Any]


class _Open:
    """An open collection: its values so far, and the key whose value comes next."""

    __slots__ = ("is_flow", "key", "path", "value")

    def __init__(self, value: Container, path: str, *, is_flow: bool) -> None:
        self.value = value
        self.path = path
        self.is_flow = is_flow
        self.key: str | None = None


class Builder:
    """Builds the value of a document from its events, and checks each event.

    Args:
        text: The document, for checks where the parsers disagree and events do not show it; may be bytes if ASCII.
        file: What errors call the file.
        places: Receives the line of each path, if given.

    Attributes:
        root: The document's value; None before it is complete, and for an empty document.
    """

    def __init__(
        self, text: str | bytes, file: str | None, limits: Limits, places: dict[str, int] | None = None
    ) -> None:
        self.root: Any = None
        self._block_header, self._key_without_blank = _at_marks(text)
        self._file = file
        self._limits = limits
        self._places = places
        self._nodes = 0
        self._documents = 0
        self._open: list[_Open] = []
        self._steps: dict[type[Any], Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._start,
            yaml.SequenceStartEvent: self._start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.DocumentStartEvent: self._document,
            yaml.AliasEvent: self._alias,
        }

    def take(self, event: Any) -> None:
        """Process the next event.

        Raises:
            UnreadableCassetteError: The event belongs to YAML outside the subset.
            LimitError: There are too many values, or they are nested too deeply.
        """
        step = self._steps.get(type(event))
        if step is not None:
            step(event)

    def _refuse(self, event: Any, problem: str) -> NoReturn:
        raise UnreadableCassetteError(problem, line=_line(event), file=self._file)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._refuse(event, "the file holds more than one document")
        if event.version is not None or event.tags:
            self._refuse(event, "a YAML directive (a line that begins with %) is not supported: remove it")

    def _alias(self, event: Any) -> None:
        self._refuse(event, "an alias (*name) is not supported: repeat the value, or put the text in quotes")

    def _check(self, event: Any) -> None:
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            raise LimitError(
                f"the file has more than {self._limits.nodes} YAML values: split the cassette",
                line=_line(event),
                file=self._file,
            )
        if event.anchor is not None:
            self._refuse(event, "an anchor (&name) is not supported: remove it, or put the text in quotes")
        if event.tag is not None:
            self._refuse(event, "a tag (!name) is not supported: remove it, or put the text in quotes")

    def _scalar(self, event: Any) -> None:
        self._check(event)
        text: str = event.value
        if event.style == '"' and not text.isascii() and _SURROGATE.search(text):
            self._refuse(event, "half of a surrogate pair stands for no character: write \\U and eight digits")
        self._check_spelling(event, text)
        top = self._open[-1] if self._open else None
        if top is not None and top.key is None and isinstance(top.value, dict):
            if not text and not event.style:
                self._refuse(event, "a key must be a text: the empty one needs quotes")
            if text in top.value:
                self._refuse(event, f"the key {one_line(text, 60)!r} occurs twice in one mapping")
            top.key = text
        else:
            self._place(event, text if event.style else self._resolved(event, text))

    def _check_spelling(self, event: Any, text: str) -> None:
        """Refuse scalars that only one of the two parsers accepts."""
        if event.style in {"|", ">"}:
            if not self._block_header(event.start_mark.index):
                self._refuse(event, f"nothing but a comment, after a blank, may follow `{event.style}`")
        elif not event.style and self._open and self._open[-1].is_flow:
            if "?" in text:
                self._refuse(event, "a text with `?` within braces or brackets needs quotes")
            if self._key_without_blank(event.end_mark.index):
                self._refuse(event, "a blank must follow `:`")

    def _resolved(self, event: Any, text: str) -> object:
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in "-0123456789":
            return text
        is_integer = _INTEGER.fullmatch(text) is not None
        if not is_integer and not _FLOAT.fullmatch(text):
            return text
        if len(text) > MAX_NUMBER_CHARACTERS:
            self._refuse(event, "a number is too long: put it in quotes")
        number = int(text) if is_integer else float(text)
        if isinstance(number, float) and math.isinf(number):
            self._refuse(event, "a number is too large: put it in quotes")
        return number

    def _place(self, event: Any, value: Any) -> str:
        """Add a value to the open collection; returns its path, empty unless places are wanted."""
        if not self._open:
            self.root = value
            return self._note(event, "")
        top = self._open[-1]
        if isinstance(top.value, list):
            path = self._note(event, f"{top.path}[{len(top.value)}]")
            top.value.append(value)
            return path
        if top.key is None:
            self._refuse(event, "a key must be a text")
        path = self._note(event, f"{top.path}.{top.key}" if top.path else top.key)
        top.value[top.key] = value
        top.key = None
        return path

    def _note(self, event: Any, path: str) -> str:
        if self._places is None:
            return ""
        self._places[path] = int(event.start_mark.line) + _FIRST_LINE.get(getattr(event, "style", None) or "", 1)
        return path

    def _start(self, event: Any) -> None:
        self._check(event)
        if len(self._open) >= self._limits.depth:
            raise LimitError(
                too_deep(self._limits.depth),
                line=_line(event),
                file=self._file,
            )
        value: Container = {} if type(event) is yaml.MappingStartEvent else []
        self._open.append(_Open(value, self._place(event, value), is_flow=bool(event.flow_style)))

    def _end(self, _event: Any) -> None:
        self._open.pop()


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
