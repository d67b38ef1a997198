"""Conversations, their histories, and limits, as the service returns them (docs/protocol.md §3.1, §3.4, §3.6)."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from provider.wire.endpoints import CONVERSATIONS


class ConversationInfo(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One conversation of the list. Id and title were seen; the other fields depend on the generation.

    Attributes:
        title: None before the service has set one.
        updated_at: ISO 8601, as the service wrote it, or None.
    """

    id: str
    title: str | None = None
    updated_at: str | None = None


class HistoryPart(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A part of a message.

    Attributes:
        type: ``text``, ``image``, ``citation``, ``document``, or something newer.
        text: Of a text.
        url: Of an image or a citation.
        title: Of a citation.
        publisher: Of a citation; seen in histories only.
        part_id: As on the socket.
    """

    type: str
    text: str | None = None
    url: str | None = None
    title: str | None = None
    publisher: str | None = None
    part_id: str | None = None


class _Author(msgspec.Struct, frozen=True):
    """The author of a message as generation 2026 writes it: an object."""

    type: str


class HistoryMessage(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A message of an earlier turn.

    Attributes:
        id: As on the socket: of the user's message, or of the answer.
        author: ``human`` or ``ai``, whether the service writes a word (2025-03) or an object (2026).
        content: Its pieces, in order.
        created_at: ISO 8601, as the service wrote it, or None.
    """

    id: str
    author: str
    content: tuple[HistoryPart, ...] = ()
    created_at: str | None = None

    @property
    def text(self) -> str:
        """The text of all parts."""
        return "".join(part.text or "" for part in self.content if part.type == "text")


class _WireMessage(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    id: str
    author: str | _Author
    content: tuple[HistoryPart, ...] = ()
    created_at: str | None = None

    def read(self) -> HistoryMessage:
        author = self.author if isinstance(self.author, str) else self.author.type
        return HistoryMessage(id=self.id, author=author, content=self.content, created_at=self.created_at)


class ConversationPage(msgspec.Struct, frozen=True):
    """Response of ``GET /c/api/conversations``; ``next`` points to the next page."""

    results: tuple[ConversationInfo, ...]
    next: str | None = None


class HistoryPage(msgspec.Struct, frozen=True):
    """Response of ``GET /c/api/conversations/{id}/history``: newest first."""

    results: tuple[_WireMessage, ...]
    next: str | None = None

    def messages(self) -> list[HistoryMessage]:
        """Return the messages; both forms of an author become a name."""
        return [message.read() for message in self.results]


class Limits(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Response of ``GET /c/api/config``; absent limits are None.

    Attributes:
        max_text_message_length: Longest text of a message; the unit is unknown (§7).
        message_recovery_in_minutes: Minutes for which a client may resume a broken answer.
        page_limit: Most entries of a page.
    """

    max_text_message_length: int | None = None
    message_recovery_in_minutes: int | None = None
    page_limit: int | None = None


def conversation_path(conversation_id: str) -> str:
    """Return the path of a conversation."""
    return f"{CONVERSATIONS}/{quote(conversation_id, safe='')}"
