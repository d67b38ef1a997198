"""Conversations: their messages, their history as JSON, and lists in pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fake_server.service.deterministic import Clock, date_of
from fake_server.service.dialect import Dialect

_LONGEST_KEPT: Final = 64 * 1024
_MOST_MESSAGES: Final = 400


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One message of a history.

    Attributes:
        author: ``human`` or ``ai``.
        content: Content parts, as in the history's JSON.
    """

    message_id: str
    author: str
    created_at: str
    content: tuple[dict[str, Any], ...]

    @property
    def size(self) -> int:
        """About how many bytes it occupies."""
        return 200 + sum(len(str(value)) for part in self.content for value in part.values())


@dataclass(slots=True)
class StoredConversation:
    """A conversation; its messages, oldest first.

    Attributes:
        id: 21 characters.
        owner: Key of the caller that opened it.
        clock: The service's. Each event of the conversation adds a second of its own to it.
        title: None before the first one is set.
        turns: Number of turns so far, the running one included.
        size: About how many bytes its messages occupy.
    """

    id: str
    owner: str
    dialect: Dialect
    clock: Clock
    title: str | None = None
    turns: int = 0
    size: int = 0
    messages: list[StoredMessage] = field(default_factory=list[StoredMessage])
    _seconds: int = 0

    def now(self) -> str:
        """The date of an event that happens now: one second after the event before it."""
        self._seconds += 1
        return self.later(0)

    def later(self, seconds: int) -> str:
        """The date some seconds from now."""
        return date_of(self.clock.now, self._seconds + seconds)

    def add(self, message: StoredMessage) -> None:
        """Add a message. It keeps the beginning of long texts, and the newest of many messages."""
        message = StoredMessage(
            message.message_id, message.author, message.created_at, tuple(map(_cut, message.content))
        )
        self.messages.append(message)
        self.size += message.size
        while len(self.messages) > _MOST_MESSAGES:
            self.forget_oldest()

    def forget_oldest(self) -> None:
        """Drop the first message."""
        self.size -= self.messages.pop(0).size

    def history(self) -> list[dict[str, Any]]:
        """The messages as JSON, newest first (docs/protocol.md §3.4)."""
        return [
            {
                "id": message.message_id,
                "author": {"type": message.author} if self.dialect.author_is_object else message.author,
                "createdAt": message.created_at,
                "content": list(message.content),
            }
            for message in reversed(self.messages)
        ]

    def share(self) -> dict[str, Any]:
        """The JSON of a share, newest first: authors are words, and dates have an offset (docs/protocol.md §3.4)."""
        messages = [
            {
                "author": message.author,
                "content": list(message.content),
                "createdAt": f"{message.created_at.removesuffix('Z')}+00:00",
                "id": message.message_id,
            }
            for message in reversed(self.messages)
        ]
        return {"conversationTitle": self.title, "messages": messages}

    def summary(self) -> dict[str, Any]:
        """Its entry in the list of conversations."""
        return {"id": self.id, "title": self.title, "updatedAt": self.later(0)}


def _cut(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value[:_LONGEST_KEPT] if isinstance(value, str) else value for name, value in part.items()}


_QUERY: Final = ("next", "cursor")
_MARK: Final = b"after:"


class PageError(ValueError):
    """The pointer to a page is invalid."""


def page_of(items: Sequence[dict[str, Any]], query: Mapping[str, str], size: int) -> dict[str, Any]:
    """The page of a list that a query asks for: ``results`` and a pointer ``next`` (docs/protocol.md §3.1, §3.4).

    Sources saw ``next``. That clients return it as a query value ``next`` or ``cursor`` is inferred. A page after an
    item that was deleted is empty.

    Args:
        items: The whole list; each has an ``id`` of its own.
        query: The request's.
        size: Number of items of a page.

    Raises:
        PageError: The query's pointer was never in a ``next``.
    """
    pointer = next((query[name] for name in _QUERY if query.get(name)), None)
    begin = 0 if pointer is None else _place_after(items, _read(pointer))
    results = items[begin : begin + size]
    is_last = begin + size >= len(items)
    return {"results": results, "next": None if is_last else _write(results[-1]["id"])}


def _place_after(items: Sequence[dict[str, Any]], item_id: str) -> int:
    return next((number + 1 for number, item in enumerate(items) if item["id"] == item_id), len(items))


def _write(item_id: str) -> str:
    return base64.urlsafe_b64encode(_MARK + item_id.encode()).rstrip(b"=").decode()


def _read(pointer: str) -> str:
    try:
        raw = base64.b64decode(pointer + "=" * (-len(pointer) % 4), altchars=b"-_", validate=True)
        text = raw.removeprefix(_MARK).decode()
    except (ValueError, binascii.Error) as error:
        raise PageError("no page of a list has this pointer: take it from the `next` of the page before") from error
    if not raw.startswith(_MARK):
        raise PageError("no page of a list has this pointer: take it from the `next` of the page before")
    return text
