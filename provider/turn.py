"""A turn: a message and its answer, as an iterable of items that also collects them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any, Final, Literal, TypeAlias

from provider.errors import CopilotError, UsageError
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

TurnState: TypeAlias = Literal["new", "running", "over"]


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


class _BaseTurn:
    """The common part of both kinds of turn."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._record = Record()
        self._stop = stop
        self._state: TurnState = "new"
        self._error: CopilotError | None = None

    @property
    def partial(self) -> str:
        """The text received so far. Never waits."""
        return self._record.text

    @property
    def record(self) -> Record:
        """The items so far, also of a failed turn. Never waits."""
        return self._record

    @property
    def state(self) -> TurnState:
        """``"new"``, ``"running"`` while it is iterated, ``"over"``."""
        return self._state

    @property
    def error(self) -> CopilotError | None:
        """The error that ended the turn, or None."""
        return self._error

    def stop(self) -> None:
        """Stop the turn at its next message. The items so far stay."""
        self._stop()

    def _begin(self) -> None:
        if self._state != "new":
            raise UsageError("A turn can be iterated once", step="iterate", hint="Its items are in `turn.items`.")
        self._state = "running"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._state}, {len(self._record.items)} items>"


class Turn(_BaseTurn):
    """A message and its answer, from `CopilotClient.chat`.

    Iterate it for the items as they come; leaving the loop closes the socket. A property waits for the end.
    """

    def __init__(self, items: Callable[[], Iterator[Item]], stop: Callable[[], None]) -> None:
        super().__init__(stop)
        self._items = items

    def __iter__(self) -> Iterator[Item]:
        self._begin()
        try:
            for item in self._items():
                self._record.add(item)
                yield item
        except CopilotError as error:
            self._error = error
            raise
        finally:
            self._state = "over"

    def _finished(self) -> Record:
        if self._state == "new":
            for _ in self:
                pass
        if self._error is not None:
            raise self._error
        return self._record

    @property
    def items(self) -> list[Item]:
        """All items, in order."""
        return self._finished().items

    @property
    def text(self) -> str:
        """The answer's text, replacements applied."""
        return self._finished().text

    @property
    def images(self) -> list[ImageResponse]:
        """Finished images."""
        return self._finished().images

    @property
    def suggestions(self) -> list[str]:
        """Suggested next messages."""
        return self._finished().suggestions

    @property
    def sources(self) -> list[SourceLink]:
        """Sources, each once."""
        return self._finished().sources

    @property
    def reasoning(self) -> str:
        """The model's reasoning, where the service shows it."""
        return self._finished().reasoning

    @property
    def title(self) -> str | None:
        """The conversation's title, if this turn brought one."""
        return self._finished().title

    @property
    def conversation(self) -> Conversation | None:
        """The conversation this turn belongs to."""
        return self._finished().conversation

    @property
    def finish_reason(self) -> str | None:
        """``"stop"``, ``"stopped"``, or None for a turn that the app left early."""
        return self._finished().finish_reason


class AsyncTurn(_BaseTurn):
    """A message and its answer, from `AsyncCopilotClient.chat`.

    Iterate it with ``async for``, or ``await turn.read()``. Leaving the loop, or cancelling its task, closes the
    socket. The properties never wait: they show the items so far.
    """

    def __init__(self, items: Callable[[], AsyncGenerator[Item, None]], stop: Callable[[], None]) -> None:
        super().__init__(stop)
        self._items = items

    async def __aiter__(self) -> AsyncIterator[Item]:
        self._begin()
        items = self._items()
        try:
            async for item in items:
                self._record.add(item)
                yield item
        except CopilotError as error:
            self._error = error
            raise
        finally:
            self._state = "over"
            await items.aclose()

    async def read(self) -> AsyncTurn:
        """Wait for the whole turn, and return it.

        Raises:
            CopilotError: The turn failed. Every further call raises the same error.
        """
        if self._state == "new":
            async for _ in self:
                pass
        if self._error is not None:
            raise self._error
        return self

    @property
    def items(self) -> list[Item]:
        """All items so far, in order."""
        return self._record.items

    @property
    def text(self) -> str:
        """The answer's text so far, replacements applied."""
        return self._record.text

    @property
    def images(self) -> list[ImageResponse]:
        """Finished images so far."""
        return self._record.images

    @property
    def suggestions(self) -> list[str]:
        """Suggested next messages."""
        return self._record.suggestions

    @property
    def sources(self) -> list[SourceLink]:
        """Sources so far, each once."""
        return self._record.sources

    @property
    def reasoning(self) -> str:
        """The model's reasoning so far, where the service shows it."""
        return self._record.reasoning

    @property
    def title(self) -> str | None:
        """The conversation's title, if this turn brought one."""
        return self._record.title

    @property
    def conversation(self) -> Conversation | None:
        """The conversation this turn belongs to."""
        return self._record.conversation

    @property
    def finish_reason(self) -> str | None:
        """``"stop"``, ``"stopped"``, or None while the answer is incomplete."""
        return self._record.finish_reason
