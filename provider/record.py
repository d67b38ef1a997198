"""`Record`: the items that a turn has yielded so far."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, Final

from provider.items import (
    Conversation,
    FinishReason,
    ImageResponse,
    Item,
    Reasoning,
    SourceLink,
    SuggestedFollowups,
    TextReplaced,
    TitleGeneration,
    item_to_dict,
)


class Pieces:
    """A text that comes in pieces, and may be looked at after each of them.

    Each look joins the pieces that have come since the last one: a program that looks after each piece takes time in
    proportion to the text, and not to its square. Any thread may look.
    """

    __slots__ = ("_joined", "_lock", "_new", "append")

    def __init__(self, text: str = "") -> None:
        self._joined = text
        self._new: list[str] = []
        self._lock = threading.Lock()
        self.append = self._new.append

    def joined(self) -> str:
        """The pieces so far as one text."""
        with self._lock:
            if count := len(self._new):
                text, self._joined = self._joined, ""
                text += "".join(self._new[:count])  # in place where nothing else holds the text
                self._joined = text
                del self._new[:count]
            return self._joined


class Record:
    """Collects the items of a turn.

    Attributes:
        items: All items, in order.
        images: Finished images.
        suggestions: Suggested next messages.
        sources: Sources, each once.
        title: The conversation's title, if one came.
        conversation: The conversation, if the turn yielded it.
        finish_reason: ``"stop"``, ``"stopped"``, or None while the answer is incomplete.
    """

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.images: list[ImageResponse] = []
        self.suggestions: list[str] = []
        self.sources: list[SourceLink] = []
        self.title: str | None = None
        self.conversation: Conversation | None = None
        self.finish_reason: str | None = None
        self._text = Pieces()
        self._reasoning = Pieces()

    @property
    def text(self) -> str:
        """The text so far, replacements applied."""
        return self._text.joined()

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return self._reasoning.joined()

    def add(self, item: Item) -> None:
        """Add one item."""
        self.items.append(item)
        if type(item) is str:
            self._text.append(item)
            return
        keep = _KEEPERS.get(type(item))
        if keep is not None:
            keep(self, item)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as a dict for ``json.dumps``; pieces of text that follow each other are one item."""
        return {
            "conversation_id": None if self.conversation is None else self.conversation.conversation_id,
            "text": self.text,
            "reasoning": self.reasoning,
            "images": [item_to_dict(each) for each in self.images],
            "sources": [item_to_dict(each) for each in self.sources],
            "suggestions": [*self.suggestions],
            "title": self.title,
            "finish_reason": self.finish_reason,
            "items": [item_to_dict(each) for each in self._whole_items()],
        }

    def _whole_items(self) -> Iterator[Item]:
        for is_text, group in groupby(self.items, lambda item: isinstance(item, str)):
            if is_text:
                yield "".join(map(str, group))
            else:
                yield from group

    def _replace(self, item: TextReplaced) -> None:
        self._text = Pieces(item.answer)

    def _reason(self, item: Reasoning) -> None:
        self._reasoning.append(item.text)


def _set(name: str, attribute: str) -> Callable[[Record, Any], None]:
    return lambda record, item: setattr(record, name, getattr(item, attribute))


_KEEPERS: Final[dict[type, Callable[[Record, Any], None]]] = {
    TextReplaced: Record._replace,  # pyright: ignore[reportPrivateUsage]  # one class, one table
    Reasoning: Record._reason,  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001
    ImageResponse: lambda record, item: record.images.append(item),
    SourceLink: lambda record, item: record.sources.append(item),
    SuggestedFollowups: lambda record, item: record.suggestions.extend(item.suggestions),
    TitleGeneration: _set("title", "title"),
    FinishReason: _set("finish_reason", "reason"),
    Conversation: lambda record, item: setattr(record, "conversation", item),
}


class WholeTurn:
    """The items of a turn for apps that do not stream: the conversation at once, then the whole text and the others."""

    def __init__(self) -> None:
        self._record = Record()

    def is_due(self, item: Item) -> bool:
        """Add an item of the running turn; return whether the app gets it now (the conversation), not from `rest`."""
        self._record.add(item)
        return isinstance(item, Conversation)

    def rest(self) -> Iterator[Item]:
        """Yield the items that were held back, once the turn is over: the whole text first."""
        if self._record.text:
            yield self._record.text
        for item in self._record.items:
            if not isinstance(item, str | TextReplaced | Conversation):
                yield item
