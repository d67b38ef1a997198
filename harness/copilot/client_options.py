"""The options of `provider.CopilotClient` that a recording was made with: the protocol's generation, and the model."""

from __future__ import annotations

from typing import Final

from harness.cassette.model import Cassette
from provider.wire import endpoints
from provider.wire.generations import DEFAULT_GENERATION

DEFAULT_MODEL: Final = "Copilot"
_REASONING_MODE: Final = "reasoning"
_REASONING_MODEL: Final = "Think Deeper"
_FAKE: Final = "fake:"


def generation_of(cassette: Cassette) -> str:
    """The generation that a fake names, or the one that a session's endpoints belong to (docs/protocol.md §3).

    A session that begins with a conversation of its own, without ``start``, is of 2025-03. Nothing on the wire tells
    the later generations apart with certainty: they count as the newest.
    """
    if cassette.recorded.origin.startswith(_FAKE):
        return cassette.recorded.origin.partition(":")[2]
    paths = {each.target.partition("?")[0] for each in cassette.exchanges}
    if endpoints.START not in paths and endpoints.CONVERSATIONS in paths:
        return "2025-03"
    return DEFAULT_GENERATION


def model_of(mode: str) -> str:
    """The client's name for the mode of a recorded question."""
    return _REASONING_MODEL if mode == _REASONING_MODE else DEFAULT_MODEL
