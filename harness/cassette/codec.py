"""Cassettes and the bytes of their files, without a disk: ``render`` and ``parse``."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from harness.cassette.decode import decode
from harness.cassette.encode import encode_exchanges, encode_head
from harness.cassette.errors import CassetteError, MissingSideFileError, TranscriptError
from harness.cassette.model import (
    LIMITS,
    Cassette,
    Exchange,
    Limits,
    Line,
    RequestPart,
    ResponsePart,
    SocketExchange,
)
from harness.cassette.payloads import Content
from harness.cassette.side_files import Collected, FileRef, ReadFile
from harness.cassette.yaml_reader import DEFAULT_LOADER, Loader, read_places, read_yaml
from harness.cassette.yaml_writer import yaml_pieces

_Part = TypeVar("_Part", RequestPart, ResponsePart)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The files of a cassette.

    Attributes:
        content: Of the YAML file.
        side_files: Name -> content.
        cassette: As it will be loaded, with the names of its side files.
    """

    content: bytes = field(repr=False)
    side_files: Mapping[str, Content] = field(repr=False)
    cassette: Cassette = field(repr=False)


def _no_file(_ref: FileRef, where: str) -> bytes:
    raise MissingSideFileError(
        "this value is in a side file, which YAML text without a path does not lead to: load the cassette by its path",
        where,
    )


def _never(_name: str, _content: Content) -> bool:
    return False


def parse(
    content: bytes,
    name: str = "",
    *,
    read_file: ReadFile = _no_file,
    limits: Limits = LIMITS,
    loader: Loader = DEFAULT_LOADER,
) -> Cassette:
    """Parse the bytes of a YAML file.

    Args:
        content: The bytes.
        name: What errors call the file.
        read_file: Reads a side file.
        limits: Upper bounds for an untrusted file.
        loader: The PyYAML loader whose parser is used.

    Raises:
        CassetteError: The file breaks a rule of the format; the text says which, and where.
    """
    plain = read_yaml(content, name, limits=limits, loader=loader)
    try:
        return decode(plain, read_file, limits)
    except CassetteError as error:
        error.found_in(name, _line(error, read_places(content, limits=limits, loader=loader)))
        raise


def _line(error: CassetteError, places: Mapping[str, int]) -> int | None:
    """The line of the path that an error names, or of the nearest enclosing path in ``places``; None without one."""
    where = error.where
    while where and where not in places:
        where = where[: max(where.rfind("."), where.rfind("["), 0)]
    line = places.get(where)
    within = error.number - 1 if isinstance(error, TranscriptError) and error.number else 0
    return None if line is None else line + within


def render(cassette: Cassette, *, taken: Callable[[str, Content], bool] = _never) -> Rendered:
    """Render a cassette's files. They are parsed once to make sure that they give the same cassette.

    Args:
        cassette: The cassette.
        taken: Whether a side file's name is in use for other content.

    Raises:
        CassetteError: The format cannot express the cassette; the error's path names the place.
    """
    collected = Collected(taken)
    try:
        # An exchange at a time: the transcripts of a long session are not in memory in several forms.
        written = io.BytesIO()
        for piece in yaml_pieces(encode_head(cassette), "exchanges", encode_exchanges(cassette, collected)):
            written.write(piece.encode())
        content = written.getvalue()
    except (ValueError, OverflowError, RecursionError) as error:
        # The library's message quotes the value.
        raise CassetteError(
            "a cassette cannot hold this value: it is neither text nor a number, or nested too deeply"
        ) from error

    def read_file(ref: FileRef, _where: str) -> Content:
        return collected.files[ref.name]

    def kept(number: int, exchange: Exchange) -> Exchange:
        # The given one if they are equal: the messages of a long session are not in memory twice.
        given = cassette.exchanges[number] if number < len(cassette.exchanges) else exchange
        return given if given == exchange else exchange

    again = decode(read_yaml(content), read_file, kept=kept)
    difference = _difference(cassette, again)
    if difference is not None:
        raise CassetteError(
            "a cassette cannot hold this value: reading the written file would return a different one", difference
        )
    return Rendered(content=content, side_files=collected.files, cassette=again)


def _difference(cassette: Cassette, again: Cassette) -> str | None:
    """The path of the first value in which two cassettes differ, apart from the names of side files; None if equal."""
    for key in ("recorded", "redacted", "left_out", "order", "ignore", "bind", "match_on", "meta"):
        if getattr(cassette, key) != getattr(again, key):
            return key
    for index, (one, other) in enumerate(zip(cassette.exchanges, again.exchanges, strict=True)):
        if one != other and _without_names(one) != _without_names(other):
            return f"exchanges[{index}]"
    return None


def _without_names(exchange: Exchange) -> Exchange:
    replace = msgspec.structs.replace
    response = exchange.response
    changed = replace(
        exchange,
        request=_nameless(exchange.request),
        response=None if response is None else _nameless(response),
    )
    return (
        replace(changed, messages=_nameless_lines(changed.messages)) if isinstance(changed, SocketExchange) else changed
    )


def _nameless(part: _Part) -> _Part:
    stream = None if part.stream is None else _nameless_lines(part.stream)
    return msgspec.structs.replace(part, body=part.body.unnamed(), stream=stream)


def _nameless_lines(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    return tuple(line if line.file is None else msgspec.structs.replace(line, file=None) for line in lines)
