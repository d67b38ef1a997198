"""The events that the service sends: a frozen struct for each known one, and ``UnknownEvent`` for all others.

Every event is one JSON object in one text message, named by its key ``event`` (docs/protocol.md §4.4). Unknown fields
are skipped. Only the fields that a client needs are required: an event with fewer fields is still decoded.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal, TypeAlias

import msgspec

from provider.wire.codec import MessageDecoder


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", rename="camel", omit_defaults=True):
    """Base of all events.

    Attributes:
        id: Counts per socket, "0", "1", ..; out-of-band ones may be "0.0001" (docs/protocol.md §4.4). Last in the text.
    """


class Connected(Event, tag="connected", frozen=True, kw_only=True):
    """The service is ready (from 2025-07 on; twice in 2026). Seen."""

    request_id: str | None = None
    id: str | None = None


class Received(Event, tag="received", frozen=True, kw_only=True):
    """The service has received the user's message, whose id this is. Seen."""

    conversation_id: str | None = None
    message_id: str | None = None
    created_at: str | None = None
    id: str | None = None


class StartMessage(Event, tag="startMessage", frozen=True, kw_only=True):
    """The answer starts; ``message_id`` is its id. Seen."""

    conversation_id: str | None = None
    message_id: str | None = None
    created_at: str | None = None
    id: str | None = None


class AppendText(Event, tag="appendText", frozen=True, kw_only=True):
    """A piece of the answer, which a client appends to its part. Seen.

    Attributes:
        text: New characters only, never the whole; may be empty and may split a word, or a character: an emoji's
            surrogates may come in two events (`provider.wire.surrogates`).
        part_id: Which part grows: "0" in spring 2025, a nanoid later.
    """

    message_id: str | None = None
    part_id: str | None = None
    text: str
    id: str | None = None


class ReplaceText(Event, tag="replaceText", frozen=True, kw_only=True):
    """The whole new text of a part, which replaces the old one. Inferred: never captured raw."""

    message_id: str | None = None
    part_id: str | None = None
    text: str
    id: str | None = None


class PartCompleted(Event, tag="partCompleted", frozen=True, kw_only=True):
    """A part of the answer is complete. Seen."""

    message_id: str | None = None
    part_id: str | None = None
    id: str | None = None


class Done(Event, tag="done", frozen=True, kw_only=True):
    """The answer is complete. The socket stays open; title and suggestions follow. Seen."""

    message_id: str | None = None
    id: str | None = None


class TitleUpdate(Event, tag="titleUpdate", frozen=True, kw_only=True):
    """The conversation's title, after ``done`` of the first turn. Seen."""

    conversation_id: str | None = None
    title: str
    id: str | None = None


class SuggestedFollowupsEvent(Event, tag="suggestedFollowups", frozen=True, kw_only=True):
    """Suggested next messages, after ``done``. Seen."""

    message_id: str | None = None
    suggestions: tuple[str, ...]
    id: str | None = None


class StartSuggestion(Event, tag="startSuggestion", frozen=True, kw_only=True):
    """A suggestion starts (2026, in place of `SuggestedFollowupsEvent`). Name seen, fields inferred."""

    message_id: str | None = None
    suggestion_id: str | None = None
    id: str | None = None


class AppendSuggestion(Event, tag="appendSuggestion", frozen=True, kw_only=True):
    """A piece of a suggestion. Name seen, fields inferred."""

    message_id: str | None = None
    suggestion_id: str | None = None
    text: str = ""
    id: str | None = None


class AppendTextSuggestion(AppendSuggestion, tag="appendTextSuggestion", frozen=True, kw_only=True):
    """`AppendSuggestion` under the name of another source."""


class SuggestionCompleted(Event, tag="suggestionCompleted", frozen=True, kw_only=True):
    """A suggestion is complete. Name seen, fields inferred."""

    message_id: str | None = None
    suggestion_id: str | None = None
    id: str | None = None


class Citation(Event, tag="citation", frozen=True, kw_only=True):
    """A source of the answer. Title and url seen, place in the stream inferred."""

    message_id: str | None = None
    part_id: str | None = None
    title: str | None = None
    url: str
    icon_url: str | None = None
    publisher: str | None = None
    id: str | None = None


class ChainOfThought(Event, tag="chainOfThought", frozen=True, kw_only=True):
    """A piece of the model's reasoning (from 2025-07 on). Seen; exact fields uncertain."""

    message_id: str | None = None
    part_id: str | None = None
    text: str = ""
    id: str | None = None


class ModeSelected(Event, tag="modeSelected", frozen=True, kw_only=True):
    """The mode that the service chose. One source."""

    mode: str | None = None
    id: str | None = None


class GeneratingImage(Event, tag="generatingImage", frozen=True, kw_only=True):
    """The service draws an image; ``prompt`` describes it. Seen."""

    message_id: str | None = None
    part_id: str | None = None
    prompt: str | None = None
    progression_text: str | None = None
    id: str | None = None


class PartialImageGenerated(Event, tag="partialImageGenerated", frozen=True, kw_only=True):
    """An unfinished image: base64 of a complete JPEG, 250-600 KB (from 2025-07 on). Seen."""

    message_id: str | None = None
    part_id: str | None = None
    content: str
    id: str | None = None


class ImageGenerated(Event, tag="imageGenerated", frozen=True, kw_only=True):
    """The URL of the finished image. Seen."""

    message_id: str | None = None
    part_id: str | None = None
    url: str
    thumbnail_url: str | None = None
    prompt: str | None = None
    next_available_at: str | None = None
    id: str | None = None


class ChallengeEvent(Event, tag="challenge", frozen=True, kw_only=True, omit_defaults=False):
    """The service requires the answer to a challenge (docs/protocol.md §4.7). Seen.

    Attributes:
        method: None, ``"cloudflare"``, ``"hashcash"``, ``"copilot"``, or something newer.
        parameter: What the method needs; None where it needs nothing.
    """

    method: str | None = None
    parameter: str | int | float | None = None
    id: str | None = None


class ErrorEvent(Event, tag="error", frozen=True, kw_only=True):
    """The service rejects the message (docs/protocol.md §4.6). ``message`` was never captured."""

    error_code: str | None = None
    message: str | None = None
    id: str | None = None


class ErrorDetail(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Details of a `ChatMessageError`."""

    type: str | None = None
    next_available_at: str | None = None


class ChatMessageError(Event, tag="chatMessageError", frozen=True, kw_only=True):
    """The turn failed, e.g. ``throttled`` with the time of the next attempt (2026). Seen."""

    error_code: str | None = None
    error_detail: ErrorDetail | None = None
    message_id: str | None = None
    id: str | None = None


class PingEvent(Event, tag="ping", frozen=True, kw_only=True):
    """A JSON ping of the service. One source."""

    id: str | None = None


class PongEvent(Event, tag="pong", frozen=True, kw_only=True):
    """The answer to a JSON ping of the client. Seen."""

    id: str | None = None


class UnknownEvent(msgspec.Struct, frozen=True):
    """An event without a struct: the client passes it on, and it is never an error.

    Attributes:
        name: Its ``event`` value.
        raw: The whole message as received.
    """

    type: ClassVar[Literal["unknown_event"]] = "unknown_event"
    name: str
    raw: str

    def __str__(self) -> str:
        """Empty: an unknown event has no text to print."""
        return ""


KnownEvent: TypeAlias = (
    Connected
    | Received
    | StartMessage
    | AppendText
    | ReplaceText
    | PartCompleted
    | Done
    | TitleUpdate
    | SuggestedFollowupsEvent
    | StartSuggestion
    | AppendSuggestion
    | AppendTextSuggestion
    | SuggestionCompleted
    | Citation
    | ChainOfThought
    | ModeSelected
    | GeneratingImage
    | PartialImageGenerated
    | ImageGenerated
    | ChallengeEvent
    | ErrorEvent
    | ChatMessageError
    | PingEvent
    | PongEvent
)
ServerEvent: TypeAlias = KnownEvent | UnknownEvent

_decoder: Final[MessageDecoder[KnownEvent, UnknownEvent]] = MessageDecoder(
    KnownEvent, UnknownEvent, "service", cut=frozenset({"text"})
)
_encoder: Final = msgspec.json.Encoder()
KNOWN_EVENTS: Final = _decoder.names

decode_event = _decoder.decode
"""Decode a text message of the service. Raises as `MessageDecoder.decode` does."""


def encode_event(event: KnownEvent | UnknownEvent) -> bytes:
    """Encode an event as the service does: compact JSON, ``event`` first, ``id`` last, absent fields left out."""
    if isinstance(event, UnknownEvent):
        return event.raw.encode()
    return _encoder.encode(event)
