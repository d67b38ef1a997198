"""A turn: a message and its answer, as an iterable of items that also collects them."""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import closing
from typing import Any, Final, Literal, Protocol, Self, TypeAlias

from provider.effects import StopToken
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

    def __init__(self) -> None:
        self._record = Record()
        self._stop = StopToken()
        self._state: TurnState = "new"
        self._error: BaseException | None = None

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
        return self._error if isinstance(self._error, CopilotError) else None

    def stop(self) -> None:
        """Stop this turn at its next message; any thread may. The items so far stay.

        A turn that has not begun ends as soon as it does, before anything is sent.
        """
        self._stop.requested = True

    def _begin(self) -> None:
        if self._state != "new":
            raise UsageError("A turn can be iterated once", step="iterate", hint="Its items are in `turn.items`.")
        self._state = "running"

    def _check(self) -> None:
        """Raise what ended the turn, if it failed."""
        if self._error is None:
            return
        if isinstance(self._error, Exception):
            raise self._error
        raise UsageError("The turn was interrupted before its end", step="iterate") from self._error

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._state}, {len(self._record.items)} items>"


class Turn(_BaseTurn):
    """A message and its answer, from `CopilotClient.chat`.

    Iterate it for the items as they come; leaving the loop closes the socket, and the client is free. Or read a
    property: each one waits for the whole turn first. ``with client.chat(..) as turn:`` closes a turn whose iterator is
    kept elsewhere.
    """

    def __init__(self, items: Callable[[StopToken], Generator[Item, None, None]]) -> None:
        super().__init__()
        self._open = items
        # Weak, so that the iterator ends with the loop that holds it.
        self._iterator: weakref.ref[Generator[Item, None, None]] | None = None

    def __iter__(self) -> Iterator[Item]:
        self._begin()
        iterator = self._iterate()
        self._iterator = weakref.ref(iterator)
        return iterator

    def _iterate(self) -> Generator[Item, None, None]:
        add = self._record.add
        try:
            with closing(self._open(self._stop)) as items:
                for item in items:
                    add(item)
                    yield item
        except GeneratorExit:
            raise
        except BaseException as error:
            self._error = error
            raise
        finally:
            self._state = "over"

    def close(self) -> None:
        """Leave the turn: its socket is closed, and the client is free. More than one call does no harm.

        While another thread waits for the turn's next item, the turn is stopped instead.
        """
        iterator = None if self._iterator is None else self._iterator()
        try:
            if iterator is not None:
                iterator.close()
        except ValueError:  # the generator runs in another thread
            self.stop()
        else:
            self._state = "over"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self) -> Self:
        """Wait for the whole turn, and return it.

        Raises:
            CopilotError: The turn failed. Every further call raises the same error.
        """
        self._finished()
        return self

    def _finished(self) -> Record:
        if self._state == "new":
            for _ in self:
                pass
        self._check()
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


class ItemsUnderWay(Protocol):
    """A turn that has begun: an async iterator that can be closed without awaiting."""

    def __anext__(self) -> Awaitable[Item]:
        """The next item, or StopAsyncIteration."""
        ...

    def close(self) -> None:
        """End it; more than one call does no harm."""
        ...


class AsyncTurn(_BaseTurn):
    """A message and its answer, from `AsyncCopilotClient.chat`.

    Iterate it with ``async for``, or ``await turn.read()`` and then read its properties. Leaving the loop, or
    cancelling its task, closes the socket, and the client is free. The properties never wait: they show the items so
    far. ``async with client.chat(..) as turn:`` closes a turn whose iterator is kept elsewhere.
    """

    def __init__(self, begin: Callable[[StopToken], Awaitable[ItemsUnderWay]], end: Callable[[], None]) -> None:
        """Make a turn. ``end`` is called once for each ``begin`` that succeeded."""
        super().__init__()
        self._open, self._end = begin, end
        self._items: ItemsUnderWay | None = None

    def __aiter__(self) -> AsyncIterator[Item]:
        self._begin()
        return _AsyncItems(self)

    async def next_item(self) -> Item:
        """The next item of a turn that is iterated.

        Raises:
            StopAsyncIteration: The turn is over.
            CopilotError: The turn failed.
        """
        try:
            if self._items is None:
                if self._state == "over":
                    raise StopAsyncIteration
                self._items = await self._open(self._stop)
            item = await self._items.__anext__()
        except StopAsyncIteration:
            self.leave()
            raise
        except BaseException as error:
            self._error = error
            self.leave()
            raise
        self._record.add(item)
        return item

    def leave(self) -> None:
        """`close` without awaiting, for places that cannot await."""
        self._state = "over"
        items, self._items = self._items, None
        if items is not None:
            items.close()
            self._end()

    async def close(self) -> None:
        """Leave the turn: its socket is closed, and the client is free. More than one call does no harm."""
        self.leave()

    aclose = close

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.leave()

    async def read(self) -> Self:
        """Wait for the whole turn, and return it.

        Raises:
            CopilotError: The turn failed. Every further call raises the same error.
        """
        if self._state == "new":
            async for _ in self:
                pass
        self._check()
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


class _AsyncItems:
    """The iterator of an `AsyncTurn`: a loop that is left drops it, and the turn ends with it."""

    __slots__ = ("_turn",)

    def __init__(self, turn: AsyncTurn) -> None:
        self._turn = turn

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Awaitable[Item]:
        return self._turn.next_item()

    def __del__(self) -> None:
        self._turn.leave()
