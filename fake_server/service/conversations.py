"""What was said in a conversation, and how its history is told."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fake_server.service.deterministic import Clock, date_of
from fake_server.service.dialect import Dialect
from provider.wire.endpoints import query_values

_LONGEST_KEPT: Final = 64 * 1024
_MOST_MESSAGES: Final = 400


@dataclass(frozen=True, slots=True)
class Said:
    """One message.

    Attributes:
        author: ``human`` or ``ai``.
        content: Content parts as the history tells them.
    """

    message_id: str
    author: str
    created_at: str
    content: tuple[dict[str, Any], ...]

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return 200 + sum(len(str(value)) for part in self.content for value in part.values())


@dataclass(slots=True)
class Conversation:
    """A conversation; messages oldest first.

    Attributes:
        id: 21 characters.
        owner: Key of the caller who opened it.
        clock: The service's; the conversation's own seconds come on top, one for each thing that happens in it.
        title: None until it has one.
        turns: How many turns have begun.
        size: About how many bytes its messages take.
    """

    id: str
    owner: str
    dialect: Dialect
    clock: Clock
    title: str | None = None
    turns: int = 0
    size: int = 0
    messages: list[Said] = field(default_factory=list[Said])
    _seconds: int = 0

    def now(self) -> str:
        """The date of what happens now: a second after what happened last."""
        self._seconds += 1
        return self.later(0)

    def later(self, seconds: int) -> str:
        """The date so many seconds from now."""
        return date_of(self.clock.now, self._seconds + seconds)

    def add(self, said: Said) -> None:
        """Add a message; of long texts the beginning is kept, of many messages the newest."""
        said = Said(said.message_id, said.author, said.created_at, tuple(map(_cut, said.content)))
        self.messages.append(said)
        self.size += said.size
        while len(self.messages) > _MOST_MESSAGES:
            self.forget_oldest()

    def forget_oldest(self) -> None:
        """Forget its first message."""
        self.size -= self.messages.pop(0).size

    def history(self) -> list[dict[str, Any]]:
        """Its messages, newest first (docs/protocol.md §3.4)."""
        return [
            {
                "id": said.message_id,
                "author": {"type": said.author} if self.dialect.author_is_object else said.author,
                "createdAt": said.created_at,
                "content": list(said.content),
            }
            for said in reversed(self.messages)
        ]

    def share(self) -> dict[str, Any]:
        """It as others see it, newest first: authors are words, and dates have an offset (docs/protocol.md §3.4)."""
        messages = [
            {
                "author": said.author,
                "content": list(said.content),
                "createdAt": f"{said.created_at.removesuffix('Z')}+00:00",
                "id": said.message_id,
            }
            for said in reversed(self.messages)
        ]
        return {"conversationTitle": self.title, "messages": messages}

    def summary(self) -> dict[str, Any]:
        """Its line in the list of conversations."""
        return {"id": self.id, "title": self.title, "updatedAt": self.later(0)}


def _cut(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value[:_LONGEST_KEPT] if isinstance(value, str) else value for name, value in part.items()}


_QUERY: Final = ("next", "cursor")
_MARK: Final = b"after:"


class PageError(ValueError):
    """No list ever pointed to such a page."""


def page_of(items: Sequence[dict[str, Any]], target: str, size: int) -> dict[str, Any]:
    """The page that a request target asks for, at most ``size`` items; each has an ``id`` of its own.

    After an item that is gone by now comes nothing.

    Raises:
        PageError: It asks for a page by what is no pointer to one.
    """
    query = query_values(target)
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
        raise PageError("no such page") from error
    if not raw.startswith(_MARK):
        raise PageError("no such page")
    return text
