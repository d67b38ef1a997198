"""Which generation of the protocol a recording speaks."""

from __future__ import annotations

from typing import Final

from harness.cassette.model import Cassette
from provider.wire import endpoints
from provider.wire.generations import DEFAULT_GENERATION

_FAKE: Final = "fake:"


def generation_of(cassette: Cassette) -> str:
    """The generation that a fake names, or the one that a session's endpoints belong to (docs/protocol.md §3).

    A session that began with a conversation of its own, and knew no ``start``, is of 2025-03. Nothing on the wire tells
    the later ones apart with certainty: they count as the newest.
    """
    if cassette.recorded.origin.startswith(_FAKE):
        return cassette.recorded.origin.partition(":")[2]
    paths = {each.target.partition("?")[0] for each in cassette.exchanges}
    if endpoints.START not in paths and endpoints.CONVERSATIONS in paths:
        return "2025-03"
    return DEFAULT_GENERATION
