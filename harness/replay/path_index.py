"""`PathIndex`: the exchanges of a cassette by method, origin and path."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final, TypeAlias

from harness.framing.sockjs import session_at
from harness.match.bindings import Bindings
from harness.match.generated import generated_in
from harness.match.named_places import NamedPlaces
from harness.match.placeholders import captured, may_hold
from harness.match.request import ParsedRequest
from harness.replay.buckets import Bucket
from harness.replay.entries import SOCKET, ReplayEntry
from harness.replay.issued import Issued

Key: TypeAlias = tuple[str, str, tuple[str, ...]]
"""Method, origin, and the segments of the path."""
_MOST_RANKED: Final = 500
_LONGEST_RANKED: Final = 200
"""Characters of a path that are compared to find similar ones."""


class PathIndex:
    """Finds the exchanges whose method and path a request has.

    Args:
        entries: All exchanges, in file order.
        issued: The values that the service issued.
        is_keyed: Whether only exchanges of equal method and path can match; else every request finds them all.
        named: The places that the user named: paths that differ there only are equal.
    """

    def __init__(
        self, entries: Sequence[ReplayEntry], issued: Issued, *, is_keyed: bool, named: NamedPlaces | None
    ) -> None:
        self._issued = issued
        self._is_keyed = is_keyed
        self._named = named
        self._buckets: dict[Key, Bucket] = {}
        for entry in entries:
            self._buckets.setdefault(self._key(entry.request), Bucket()).entries.append(entry)

    def rewind(self, entry: ReplayEntry) -> None:
        """Let the buckets that hold an exchange search from their start again, because it became unplayed."""
        for bucket in self._buckets.values():
            if entry in bucket.entries:
                bucket.rewind()

    def exact(self, request: ParsedRequest, bindings: Bindings) -> list[Bucket]:
        """The exchanges with a request's path: equal, equal but for bound values, or with placeholders that fit it."""
        keys = [self._key(request)]
        if self._is_keyed:
            actual = method, origin, segments = request.method, request.origin, self._freed(request.segments)
            recorded = tuple(bindings.recorded(segment) or segment for segment in segments)
            keys = [(method, origin, recorded), *keys]
            keys += [key for key in self._keys_with_placeholders if _fits(key, actual)]
        return [self._buckets[key] for key in dict.fromkeys(keys) if key in self._buckets]

    def alike(self, request: ParsedRequest, bindings: Bindings) -> list[Bucket]:
        """The exchanges that `exact` returns, and those whose path differs in generated or issued values only."""
        found = self.exact(request, bindings)
        if not self._is_keyed:
            return found
        same_length = self._keys_by_length.get((request.method, request.origin, len(request.segments)), ())
        segments = self._freed(request.segments)
        more = [self._buckets[key] for key in same_length if self._may_be(key[2], segments)]
        return list(dict.fromkeys([*found, *more]))

    def most_similar(self, path: str, count: int) -> list[Bucket]:
        """The exchanges of the paths that look most like this one, the most similar path first.

        Args:
            path: Percent-decoded.
            count: How many paths.
        """
        ranks = {
            key: SequenceMatcher(
                None, "/".join(key[2])[:_LONGEST_RANKED], path[:_LONGEST_RANKED], autojunk=False
            ).ratio()
            for key in list(self._buckets)[:_MOST_RANKED]
        }
        best = sorted(ranks, key=lambda key: ranks[key], reverse=True)[:count]
        return [self._buckets[key] for key in best]

    def _key(self, request: ParsedRequest) -> Key:
        if self._is_keyed:
            return request.method, request.origin, self._freed(request.segments)
        return (SOCKET if request.method == SOCKET else "", "", ())

    def _freed(self, segments: tuple[str, ...]) -> tuple[str, ...]:
        """The segments of a path, emptied where the user named their place, and where SockJS names a session."""
        session = session_at(segments)
        if session is not None:
            segments = (*segments[: session - 1], "", "", segments[-1])
        named = self._named
        if named is None:
            return segments
        # Nothing stands before the leading slash, so the first segment is empty and has no place.
        return tuple("" if at and named.frees(f"path[{at - 1}]") else each for at, each in enumerate(segments))

    def _may_be(self, recorded: tuple[str, ...], actual: tuple[str, ...]) -> bool:
        return all(
            one == other
            or self._issued.knows(one)
            or next(generated_in(one), None) is not None
            or (may_hold(one) and bool(captured(one, other)))
            for one, other in zip(recorded, actual, strict=True)
        )

    @cached_property
    def _keys_by_length(self) -> dict[tuple[str, str, int], list[Key]]:
        found: dict[tuple[str, str, int], list[Key]] = {}
        for key in self._buckets:
            found.setdefault((key[0], key[1], len(key[2])), []).append(key)
        return found

    @cached_property
    def _keys_with_placeholders(self) -> list[Key]:
        return [key for key in self._buckets if any(may_hold(segment) for segment in key[2])]


def _fits(key: Key, actual: Key) -> bool:
    """Whether the actual path fits a recorded one that holds placeholders."""
    if key[:2] != actual[:2] or len(key[2]) != len(actual[2]):
        return False
    return all(one == other or captured(one, other) for one, other in zip(key[2], actual[2], strict=True))
