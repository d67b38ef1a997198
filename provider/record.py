"""What a turn has brought so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
)


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
        self._text: list[str] = []
        self._reasoning: list[str] = []

    @property
    def text(self) -> str:
        """The text so far, replacements applied."""
        return "".join(self._text)

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return "".join(self._reasoning)

    def add(self, item: Item) -> None:
        """Add one item."""
        self.items.append(item)
        if type(item) is str:
            self._text.append(item)
            return
        keep = _KEEPERS.get(type(item))
        if keep is not None:
            keep(self, item)

    def _replace(self, item: TextReplaced) -> None:
        self._text = [item.answer]

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


def collected(record: Record) -> Iterator[Item]:
    """Yield the items of a complete turn for apps that do not stream: the whole text, then the others in order."""
    if record.text:
        yield record.text
    for item in record.items:
        if not isinstance(item, str | TextReplaced | Conversation):
            yield item
