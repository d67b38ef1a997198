"""A turn for asyncio, with the methods of `provider.turn.Turn`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, Protocol, Self

from provider.effects import RunControl
from provider.items import Conversation, ImageResponse, Item, SourceLink
from provider.turn import BaseTurn, text_of


class ItemsUnderWay(Protocol):
    """A turn that has begun: an async iterator that can be closed without awaiting."""

    def ready(self) -> Iterator[Item]:
        """A plain iterator of the items that have arrived already, which saves a coroutine for each of them."""
        ...

    def __aiter__(self) -> AsyncIterator[Item]:
        """Return this object: it is its own iterator."""
        ...

    def __anext__(self) -> Awaitable[Item]:
        """The next item, or StopAsyncIteration."""
        ...

    def close(self) -> None:
        """End the turn; more than one call does no harm."""
        ...


class AsyncTurn(BaseTurn):
    """A message and its answer, from `AsyncCopilotClient.chat`.

    Iterate it with ``async for``, or ``await turn.read()`` and then read its properties. Leaving the loop, or
    cancelling its task, closes the socket, and the client is free. The properties never wait: they show the items so
    far. ``async with client.chat(..) as turn:`` closes a turn whose iterator is kept elsewhere.
    """

    def __init__(
        self,
        begin: Callable[[RunControl], Awaitable[ItemsUnderWay]],
        end: Callable[[], None],
        raw_events: list[bytes] | None = None,
    ) -> None:
        """Make a turn.

        Args:
            begin: Sends the prompt, and returns the items; called when the turn is first iterated or read.
            end: Called once after each ``begin`` that succeeded.
            raw_events: The list that collects the messages of the turn; None if the app does not want them.
        """
        super().__init__(raw_events)
        self._open, self._end = begin, end
        self._items: ItemsUnderWay | None = None

    def __aiter__(self) -> AsyncIterator[Item]:
        self._begin()
        return _AsyncItems(self, self._iterate())

    async def _iterate(self) -> AsyncGenerator[Item]:
        add = self._record.add
        try:
            if self._state == "over":
                return
            items = self._items = await self._open(self._control)
            if self.state == "over":  # another task closed the turn meanwhile
                items.close()
            while True:
                for item in items.ready():
                    add(item)
                    yield item
                try:
                    item = await anext(items)
                except StopAsyncIteration:
                    break
                add(item)
                yield item
        except GeneratorExit:
            raise
        except BaseException as error:
            self._error = error
            self.leave()
            raise
        self.leave()

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
    def text_stream(self) -> AsyncIterator[str]:
        """The answer's text as it comes, and nothing else: iterate it in place of the turn.

        A replaced part adds what ``print`` would show of it; `text` is the whole text with replacements applied.
        """
        return _AsyncText(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the turn so far as a dict for ``json.dumps``; its ``items`` have a ``type`` each."""
        return self._record.to_dict()

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
    """The iterator of an `AsyncTurn`. When the app leaves its loop, Python deletes it, and that ends the turn."""

    __slots__ = ("_items", "_next", "_turn")

    def __init__(self, turn: AsyncTurn, items: AsyncGenerator[Item]) -> None:
        self._turn = turn
        self._items = items
        self._next = items.__anext__

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Awaitable[Item]:
        return self._next()

    def __del__(self) -> None:
        self._turn.leave()
        # Ends the generator now: at an item it awaits nothing. Else asyncio would make a task for that.
        with contextlib.suppress(StopIteration, RuntimeError):  # the latter: it runs, and ends when it goes on
            self._items.aclose().send(None)


class _AsyncText:
    """The iterator that `text_stream` returns. It holds the turn's only iterator, so leaving the loop ends the turn."""

    __slots__ = ("_items", "_turn")

    def __init__(self, turn: AsyncTurn) -> None:
        self._turn = turn
        self._items: AsyncIterator[Item] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        if self._items is None:
            self._items = aiter(self._turn)
        while not (text := text_of(await anext(self._items))):
            pass
        return text
