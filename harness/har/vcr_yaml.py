"""Reads the YAML of vcrpy and of VCR for Ruby within limits: `!!binary`, anchors and aliases, and tags of old versions.

The values are built from the parser's events, never by a loader: no tag makes an object, and nothing recurses. Scalars
stay text, so no date, number or header value changes its spelling.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeAlias

import yaml

from harness.har.errors import HarFieldError, HarLimitError, UnreadableHarError
from harness.har.http_parts import from_base64

_BINARY: Final = frozenset({"tag:yaml.org,2002:binary", "!binary"})
_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})
_LOADER: Final[type[Any]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PlainText(str):
    """A scalar without quotes, whose spelling may be that of a number or a truth value."""

    __slots__ = ()


Container: TypeAlias = dict[str, Any] | list[Any]


def read_vcr_yaml(data: bytes, *, nodes: int, depth: int) -> Any:
    """The value of a YAML document: dict (keys are text), list, `PlainText` or str, bytes (of ``!!binary``) or None.

    Args:
        data: UTF-8.
        nodes: Most scalars and collections of the file together.
        depth: Most levels of nested mappings and lists.

    Raises:
        UnreadableHarError: The file is not YAML; names the line.
        HarLimitError: It has more values, or is nested deeper, than allowed.
    """
    building = _Building(nodes, depth)
    try:
        for event in yaml.parse(data, Loader=_LOADER):
            building.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f"line {int(mark.line) + 1}"
        # The parser's own message may quote secrets of the file.
        raise UnreadableHarError("this cassette is not valid YAML", where) from None
    except (ValueError, OverflowError):
        raise UnreadableHarError(
            "this cassette is not valid YAML: an escape such as \\UFFFFFFFF names no Unicode character"
        ) from None
    return building.root


class _Building:
    """The value of a document, while its events come in.

    Attributes:
        root: The document's value; None before it is complete.
    """

    def __init__(self, nodes: int, depth: int) -> None:
        self.root: Any = None
        self._nodes = nodes
        self._depth = depth
        self._open: list[tuple[Container, list[str]]] = []
        self._anchors: dict[str, Any] = {}
        self._documents = self._count = 0
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
        """Process the next event of the parser."""
        step = self._steps.get(type(event))
        if step is not None:
            step(event)

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            _refuse(event, "the file holds more than one document")

    def _scalar(self, event: Any) -> None:
        text: str = event.value
        if event.tag in _BINARY:
            data = from_base64(text)
            self._place(event, text if data is None else data)
        else:
            self._place(event, text if event.style else None if text in _NOTHING else PlainText(text))

    def _start(self, event: Any) -> None:
        if len(self._open) >= self._depth:
            raise HarLimitError(
                f"the cassette has more than {self._depth} levels of nested mappings and lists", _line(event)
            )
        value: Container = {} if type(event) is yaml.MappingStartEvent else []
        self._place(event, value)
        self._open.append((value, []))

    def _end(self, _event: Any) -> None:
        self._open.pop()

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchors:
            _refuse(event, "an alias names no value before it")
        self._place(event, self._anchors[event.anchor], named=True)

    def _place(self, event: Any, value: Any, *, named: bool = False) -> None:
        self._count += 1
        if self._count > self._nodes:
            raise HarLimitError(f"the cassette has more than {self._nodes} values: divide it", _line(event))
        if not named and event.anchor is not None:
            self._anchors[event.anchor] = value
        if not self._open:
            self.root = value
            return
        container, keys = self._open[-1]
        if isinstance(container, list):
            container.append(value)
        elif keys:
            container[keys.pop()] = value
        elif isinstance(value, str) or value is None:
            keys.append(value or "")
        else:
            _refuse(event, "a key must be a text")


def _line(event: Any) -> str:
    return f"line {int(event.start_mark.line) + 1}"


def _refuse(event: Any, problem: str) -> NoReturn:
    raise HarFieldError(problem, _line(event))
