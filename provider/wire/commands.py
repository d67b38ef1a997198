"""The messages that a client sends over the socket (docs/protocol.md §4.3): one frozen struct for each."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from provider.wire.codec import MessageDecoder


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", rename="camel", omit_defaults=True):
    """Base of all client messages; ``event`` names them, as it names those of the service."""


class SetOptions(Command, tag="setOptions", frozen=True, kw_only=True):
    """The features that the client can show. The lists change nothing that is known (§4.3)."""

    supported_features: tuple[str, ...] | None = None
    supported_cards: tuple[str, ...] | None = None


class ReportLocalConsents(Command, tag="reportLocalConsents", frozen=True, kw_only=True, omit_defaults=False):
    """The consents that the user gave in the page (2026)."""

    granted_consents: tuple[str, ...] = ()


class TextPart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="text"):
    """The text of the user's message."""

    text: str


class ImagePart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="image"):
    """The URL of an uploaded or public image; it stands before the text."""

    url: str


class DocumentPart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="document", rename="camel"):
    """The id of an uploaded document (2025-09 on); it stands before the text."""

    attachment_id: str


class FilePart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="file"):
    """The URL of an uploaded file (two weeks of August 2025, one source)."""

    url: str | None = None
    name: str | None = None


ContentPart: TypeAlias = TextPart | ImagePart | DocumentPart | FilePart


class Context(msgspec.Struct, frozen=True):
    """``context`` of a message in 2026; always empty from the web page."""


class Send(Command, tag="send", frozen=True, kw_only=True):
    """The user's message; it starts a turn.

    Attributes:
        mode: ``chat``, ``reasoning``, ``smart``, ..; the native app leaves it out.
        context: An empty object in 2026, absent before.
    """

    conversation_id: str
    content: tuple[ContentPart, ...]
    mode: str | None = None
    context: Context | msgspec.UnsetType = msgspec.UNSET


class ChallengeResponse(Command, tag="challengeResponse", frozen=True, kw_only=True):
    """The answer to a `ChallengeEvent` (§4.7)."""

    token: str
    method: str | None = None
    id: str | None = None


class Stop(Command, tag="stop", frozen=True, kw_only=True):
    """Stop the running answer. Known from the page's bundle; never captured."""

    conversation_id: str | None = None


class PingCommand(Command, tag="ping", frozen=True, kw_only=True):
    """A JSON ping of the client."""


class PongCommand(Command, tag="pong", frozen=True, kw_only=True):
    """The answer to a JSON ping of the service, with its id."""

    id: str | None = None


class UnknownCommand(msgspec.Struct, frozen=True):
    """A client message without a struct of its own."""

    name: str
    raw: str


KnownCommand: TypeAlias = SetOptions | ReportLocalConsents | Send | ChallengeResponse | Stop | PingCommand | PongCommand
ClientCommand: TypeAlias = KnownCommand | UnknownCommand

_decoder: Final[MessageDecoder[KnownCommand, UnknownCommand]] = MessageDecoder(KnownCommand, UnknownCommand, "client")
_encoder: Final = msgspec.json.Encoder()
KNOWN_COMMANDS: Final = _decoder.names

decode_command = _decoder.decode
"""Decode a text message of a client. Raises as `MessageDecoder.decode` does."""


def encode_command(command: KnownCommand) -> str:
    """Encode a message as compact JSON: ``event`` first, then the fields in the struct's order."""
    return _encoder.encode(command).decode()
