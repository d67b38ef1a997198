"""`RecordedUploads`: the large uploads of a cassette, beside which those of a client are compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import zip_longest
from typing import Final

from harness.cassette.model import LIMITS, Headers, RequestPart
from harness.cassette.payloads import is_large
from harness.content_coding import without_coding
from harness.decoding import InPieces, LargeContent
from harness.match.large_bodies import Told, stand_in, type_in
from harness.match.placeholders import captured, may_hold

_LONGEST_LINE: Final = 1 << 20
_LONGEST_SIGN: Final = 100


class RecordedUploads:
    """Tells the contents of a client's uploads as those that were recorded, where placeholders alone set them apart.

    Args:
        requests: Of the cassette.
    """

    def __init__(self, requests: Iterable[RequestPart]) -> None:
        self._large = [part for part in requests if is_large(part.body)]

    def compared(self, headers: Headers, body: InPieces) -> tuple[Headers, bytes]:
        """The headers of a large upload, without a content coding that comes off, and the stand-in of its content.

        Args:
            headers: Names in lower case.
            body: As sent.

        Raises:
            OSError: The disk failed.
        """
        content = LargeContent(headers, body, LIMITS.large_file_bytes)
        found = stand_in(type_in(headers), content.pieces())
        told = found.body
        for each in found.told:
            told = told.replace(each.text, self._known_as(each, content), 1)
        return headers if content.coding is None else without_coding(headers), told

    def _known_as(self, told: Told, content: LargeContent) -> bytes:
        if any(told.text == known.text for known, _ in self._contents):
            return told.text
        for known, body in self._contents:
            if _holds_placeholders(known.of(body.pieces())) and _is_same(
                known.of(body.pieces()), told.of(content.pieces())
            ):
                return known.text
        return told.text

    @cached_property
    def _contents(self) -> list[tuple[Told, InPieces]]:
        return [
            (told, part.body.payload)
            for part in self._large
            if is_large(part.body)
            for told in stand_in(type_in(part.headers), part.body.payload.pieces()).told
        ]


def _holds_placeholders(pieces: Iterable[bytes]) -> bool:
    before = b""
    for piece in pieces:
        if may_hold((before + piece).decode("latin-1")):
            return True
        before = piece[-_LONGEST_SIGN:]
    return False


def _is_same(recorded: Iterable[bytes], actual: Iterable[bytes]) -> bool:
    """Whether the actual content has a value wherever the recorded one has a placeholder, and is the same elsewhere."""
    return all(_is_same_line(*pair) for pair in zip_longest(_lines(recorded), _lines(actual)))


def _is_same_line(recorded: bytes | None, actual: bytes | None) -> bool:
    if recorded is None or actual is None or recorded == actual:
        return recorded == actual
    return captured(recorded.decode("latin-1"), actual.decode("latin-1")) is not None


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a content; one that is too long comes in parts."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield from _parts(line)
        *long, rest = _parts(rest)
        yield from long
    yield rest


def _parts(line: bytes) -> Iterator[bytes]:
    while len(line) > _LONGEST_LINE:
        yield line[:_LONGEST_LINE]
        line = line[_LONGEST_LINE:]
    yield line
