"""What a client sends over the socket (docs/protocol.md §4.3): one frozen struct per message."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from provider.wire.codec import Vocabulary


class Command(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", rename="camel", omit_defaults=True):
    """What all client messages share: they are named by ``event``, like the service's."""


class SetOptions(Command, tag="setOptions", frozen=True, kw_only=True):
    """What the client can show. The lists do not gate anything we know of (§4.3)."""

    supported_features: tuple[str, ...] | None = None
    supported_cards: tuple[str, ...] | None = None


class ReportLocalConsents(Command, tag="reportLocalConsents", frozen=True, kw_only=True, omit_defaults=False):
    """Consents given in the page (2026)."""

    granted_consents: tuple[str, ...] = ()


class TextPart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="text"):
    """Text of the user's message."""

    text: str


class ImagePart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="image"):
    """An uploaded or public image by its URL; it goes before the text."""

    url: str


class DocumentPart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="document", rename="camel"):
    """An uploaded document by its id (2025-09 on); it goes before the text."""

    attachment_id: str


class FilePart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="file"):
    """An uploaded file by its URL (two weeks of August 2025, one source)."""

    url: str | None = None
    name: str | None = None


ContentPart: TypeAlias = TextPart | ImagePart | DocumentPart | FilePart


class Context(msgspec.Struct, frozen=True):
    """``context`` of a message in 2026; always empty from the web page."""


class Send(Command, tag="send", frozen=True, kw_only=True):
    """The user's message: begins a turn.

    Attributes:
        mode: ``chat``, ``reasoning``, ``smart``, ..; the native app leaves it out.
        context: An empty object in 2026, absent before.
    """

    conversation_id: str
    content: tuple[ContentPart, ...]
    mode: str | None = None
    context: Context | msgspec.UnsetType = msgspec.UNSET


class ChallengeResponse(Command, tag="challengeResponse", frozen=True, kw_only=True):
    """The answer to a `Challenge` (§4.7)."""

    token: str
    method: str | None = None
    id: str | None = None


class Stop(Command, tag="stop", frozen=True, kw_only=True):
    """End the running answer. From the page's bundle only, never captured."""

    conversation_id: str | None = None


class PingCommand(Command, tag="ping", frozen=True, kw_only=True):
    """JSON keepalive."""


class PongCommand(Command, tag="pong", frozen=True, kw_only=True):
    """Answer to the service's JSON ping, with its id."""

    id: str | None = None


class UnknownCommand(msgspec.Struct, frozen=True):
    """A client message that we have no struct for."""

    name: str
    raw: str


KnownCommand: TypeAlias = SetOptions | ReportLocalConsents | Send | ChallengeResponse | Stop | PingCommand | PongCommand
ClientCommand: TypeAlias = KnownCommand | UnknownCommand

_vocabulary: Final[Vocabulary[KnownCommand, UnknownCommand]] = Vocabulary(KnownCommand, UnknownCommand, "client")
_encoder: Final = msgspec.json.Encoder()
KNOWN_COMMANDS: Final = _vocabulary.names

decode_command = _vocabulary.decode
"""One text message of a client, as a server reads it; see `Vocabulary.decode` for what it raises."""


def encode_command(command: KnownCommand) -> str:
    """The message as text, ready for a text frame: compact JSON, ``event`` first, then the struct's own order."""
    return _encoder.encode(command).decode()
