"""`differences`: two recordings side by side, by exchange and message, down to the field that differs."""

from __future__ import annotations

from collections.abc import Iterator

from harness.cassette.model import Cassette
from harness.compare.alignment import aligned
from harness.compare.changes import Change
from harness.profile import ServiceProfile


def differences(one: Cassette, other: Cassette, profile: ServiceProfile, *, exact: bool = False) -> tuple[Change, ...]:
    """The differences between two recordings of a session; times and provenance are not compared.

    Args:
        one: The first recording.
        other: The second recording.
        profile: Of the service.
        exact: Whether to compare ids, times and the splitting of a text into pieces, too. Otherwise two ids of one
            format are equal if they always occur in corresponding places, and the pieces of a text form one text.
    """
    return tuple(_changes(one, other, profile, exact=exact))


def _changes(one: Cassette, other: Cassette, profile: ServiceProfile, *, exact: bool) -> Iterator[Change]:
    for exchange in aligned(one, other, profile, exact=exact):
        yield from exchange.changes
        for messages in exchange.messages:
            yield from messages.changes
