"""The generations of the protocol, and their differences as data (docs/protocol.md §5)."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from provider.wire.errors import UsageError


class Opening(enum.Enum):
    """The request that returns the id of a new conversation."""

    CONVERSATIONS = "POST /c/api/conversations"
    START = "POST /c/api/start"


class PartIds(enum.Enum):
    """The form of the ids of an answer's parts."""

    COUNTED = "counted"
    """"0", "1", .. (May 2025)."""
    NANOID = "nanoid"
    """21 characters (by November 2025)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One generation of the protocol, for the client and the fake service.

    Attributes:
        name: ``"2025-03"``, ``"2025-10"`` or ``"2026"``.
        user_query: Query of ``GET /c/api/user``, with its ``?`` or empty.
        asks_user_anonymously: Whether the client reads ``/user`` without a token, too.
        opening: The request that opens a conversation.
        opening_body: Its exact body. The time zone is constant, so that equal sessions send equal bytes.
        anonymous_session: Whether anonymous callers need a temporary session key; 460 without (§2.1).
        token_in_url: Whether the client sends the token in the socket's URL. The client of 2025-03 failed to do so by a
            mistake (§8.6); this one does, because the service has always read it there.
        client_session_id: Whether the socket's URL has the id of the client's session (§4.1).
        connected: Number of ``connected`` events that the service sends first.
        set_options: The exact first message of the client.
        reports_consents: Whether the client sends ``reportLocalConsents`` after it.
        sends_context: Whether ``send`` carries ``"context":{}``.
        modes: The protocol's mode for each model name; the first is the default.
        part_ids: The form of the ids of parts.
        partial_images: Whether the service sends unfinished images.
        chain_of_thought: Whether the service sends its reasoning as text.
        documents: Whether the service accepts documents beside images (§3.3).
        max_text: Longest text part in characters; the service answers longer ones with ``text-too-long`` (§4.6).
        after_done: Events that follow ``done``, in order.
    """

    name: str
    user_query: str
    asks_user_anonymously: bool
    opening: Opening
    opening_body: bytes
    anonymous_session: bool
    token_in_url: bool
    client_session_id: bool
    connected: int
    set_options: str
    reports_consents: bool
    sends_context: bool
    modes: Mapping[str, str]
    part_ids: PartIds
    partial_images: bool
    chain_of_thought: bool
    documents: bool
    max_text: int
    after_done: tuple[str, ...] = ("titleUpdate", "suggestedFollowups")


# §4.3: keys in the order of the client of March 2025.
_OPTIONS_2025_03: Final = (
    '{"event":"setOptions","supportedCards":["weather","local","image","sports","video","ads","finance"],'
    '"ads":{"supportedTypes":["multimedia","product","tourActivity","propertyPromotion","text"]}}'
)
# §4.3: as of September 2025.
_OPTIONS_2025_10: Final = (
    '{"event":"setOptions","supportedFeatures":["partial-generated-images"],'
    '"supportedCards":["weather","local","image","sports","video","ads","safetyHelpline","quiz","finance","recipe"],'
    '"ads":{"supportedTypes":["multimedia","product","tourActivity","propertyPromotion","text"]}}'
)
# §4.3: the page's features, and the cards that a text client can show. The lists change nothing (one source measured).
_OPTIONS_2026: Final = _OPTIONS_2025_10[:-1] + ',"supportedActions":[]}'

_START_BODY: Final = (
    b'{"timeZone":"UTC","startNewConversation":true,"teenSupportEnabled":true,'
    b'"correctPersonalizationSetting":true,"performUserMerge":true,"deferredDataUseCapable":true}'
)
"""Body of ``POST /c/api/start`` (§3.5, seen)."""

_GENERATION_2025_03: Final = Generation(
    name="2025-03",
    user_query="",
    asks_user_anonymously=True,
    opening=Opening.CONVERSATIONS,
    opening_body=b"{}",
    anonymous_session=False,
    token_in_url=True,
    client_session_id=False,
    connected=0,
    set_options=_OPTIONS_2025_03,
    reports_consents=False,
    sends_context=False,
    modes=MappingProxyType({"Copilot": "chat", "Think Deeper": "reasoning"}),
    part_ids=PartIds.COUNTED,
    partial_images=False,
    chain_of_thought=False,
    documents=False,
    max_text=10_000,
)
_GENERATION_2025_10: Final = replace(
    _GENERATION_2025_03,
    name="2025-10",
    user_query="?api-version=2",
    asks_user_anonymously=False,
    opening=Opening.START,
    opening_body=_START_BODY,
    connected=1,
    set_options=_OPTIONS_2025_10,
    modes=MappingProxyType(
        {"Copilot": "chat", "Think Deeper": "reasoning", "Smart (GPT-5)": "smart", "Study": "study"}
    ),
    part_ids=PartIds.NANOID,
    partial_images=True,
    chain_of_thought=True,
    documents=True,
)
_GENERATION_2026: Final = replace(
    _GENERATION_2025_10,
    name="2026",
    anonymous_session=True,
    client_session_id=True,
    connected=2,
    set_options=_OPTIONS_2026,
    reports_consents=True,
    sends_context=True,
    modes=MappingProxyType(
        {
            "Copilot": "smart",
            "Think Deeper": "reasoning",
            "Smart (GPT-5)": "smart",
            "Study": "study",
            "Search": "search",
            "Deep Research": "research",
        }
    ),
    max_text=10_240,
)

GENERATIONS: Final[Mapping[str, Generation]] = MappingProxyType(
    {each.name: each for each in (_GENERATION_2025_03, _GENERATION_2025_10, _GENERATION_2026)}
)
DEFAULT_GENERATION: Final = "2026"


def find_generation(name: str) -> Generation:
    """Return the generation with a name.

    Raises:
        UsageError: There is no such generation.
    """
    try:
        return GENERATIONS[name]
    except KeyError:
        known = ", ".join(GENERATIONS)
        raise UsageError(f"There is no generation {name!r} of the protocol", hint=f"Known: {known}.") from None
