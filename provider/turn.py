"""A turn as an object: iterate it, then look at what it brought."""

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
    """What a turn has brought so far; `add` is given each item as it comes.

    Attributes:
        items: All items, in order.
        images: Finished images.
        suggestions: What the user might ask next.
        sources: Sources, each once.
        title: The conversation's title, if one came.
        conversation: The conversation, if it was announced.
        finish_reason: ``"stop"``, ``"stopped"``, or None while the answer is not whole.
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
        """Take in one item."""
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


def whole(record: Record) -> Iterator[Item]:
    """A whole turn's items for callers that do not stream: the text once, then everything else in order."""
    if record.text:
        yield record.text
    for item in record.items:
        if not isinstance(item, str | TextReplaced | Conversation):
            yield item


class _TurnView:
    """What both kinds of turn show."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._record = Record()
        self._stop = stop
        self._state: TurnState = "new"
        self._error: CopilotError | None = None

    @property
    def partial(self) -> str:
        """The text received so far, at any time."""
        return self._record.text

    @property
    def record(self) -> Record:
        """What has come so far, whatever became of the turn; waits for nothing."""
        return self._record

    @property
    def state(self) -> TurnState:
        """``"new"``, ``"running"`` while it is iterated, ``"over"``."""
        return self._state

    @property
    def error(self) -> CopilotError | None:
        """What ended the turn, or None."""
        return self._error

    def stop(self) -> None:
        """End the turn at its next message; what came until then stays."""
        self._stop()

    def _begin(self) -> None:
        if self._state != "new":
            raise UsageError(
                "A turn can be iterated once", step="iterate", hint="Its items stay in `turn.items`; `chat` asks again."
            )
        self._state = "running"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._state}, {len(self._record.items)} items>"


class Turn(_TurnView):
    """One question and its answer, from `CopilotClient.chat`.

    Iterate it for the items as they come; leaving the loop by ``break`` closes the socket. Or just look: each property
    waits for the whole turn first.
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

    def _whole(self) -> Record:
        if self._state == "new":
            for _ in self:
                pass
        if self._error is not None:
            raise self._error
        return self._record

    @property
    def items(self) -> list[Item]:
        """All items, in order."""
        return self._whole().items

    @property
    def text(self) -> str:
        """The answer's text, replacements applied."""
        return self._whole().text

    @property
    def images(self) -> list[ImageResponse]:
        """Finished images."""
        return self._whole().images

    @property
    def suggestions(self) -> list[str]:
        """What the user might ask next."""
        return self._whole().suggestions

    @property
    def sources(self) -> list[SourceLink]:
        """Sources, each once."""
        return self._whole().sources

    @property
    def reasoning(self) -> str:
        """The model's reasoning, where the service shows it."""
        return self._whole().reasoning

    @property
    def title(self) -> str | None:
        """The conversation's title, if this turn brought one."""
        return self._whole().title

    @property
    def conversation(self) -> Conversation | None:
        """The conversation this turn belongs to."""
        return self._whole().conversation

    @property
    def finish_reason(self) -> str | None:
        """``"stop"``, ``"stopped"``, or None for a turn that was left."""
        return self._whole().finish_reason


class AsyncTurn(_TurnView):
    """One question and its answer, from `AsyncCopilotClient.chat`.

    Iterate it with ``async for``; or ``await turn.read()`` and look. Leaving the loop, or cancelling its task, closes
    the socket. The properties show what has come so far.
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
        """Wait for the whole turn; returns the turn itself.

        Raises:
            CopilotError: The turn failed; again at every call.
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
        """What the user might ask next."""
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
        """``"stop"``, ``"stopped"``, or None while the answer is not whole."""
        return self._record.finish_reason
