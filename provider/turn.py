"""A turn: a message and its answer, as an iterable of items that also collects them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import Any, Literal, Self, TypeAlias

from provider.attempts import Attempt
from provider.effects import RunControl
from provider.errors import CopilotError, UsageError
from provider.items import Conversation, ImageResponse, Item, SourceLink, TextReplaced
from provider.record import Record

TurnState: TypeAlias = Literal["new", "running", "over"]


class BaseTurn:
    """The base of `Turn` and `AsyncTurn`: the items so far, and the turn's state, error and stop."""

    def __init__(self, raw_events: list[bytes] | None = None) -> None:
        self._record = Record()
        self._raw_events = raw_events
        self._control = RunControl()
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
    def raw_events(self) -> list[bytes]:
        """The messages as the client received them while this turn ran, also a failed one. Never waits.

        They are in memory until the turn is dropped: about as much as its items. What they hold is not redacted.

        Raises:
            UsageError: The client was made without ``keep_raw_events=True``.
        """
        if self._raw_events is None:
            hint = "Make the client with keep_raw_events=True."
            raise UsageError("The raw events were not kept", step="raw_events", hint=hint)
        return self._raw_events

    @property
    def state(self) -> TurnState:
        """``"new"``, ``"running"`` while it is iterated, ``"over"``."""
        return self._state

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The failed attempts that the client has repeated in this turn so far. Never waits."""
        return tuple(self._control.attempts)

    @property
    def error(self) -> CopilotError | None:
        """The `CopilotError` that ended the turn; None for every other end."""
        return self._error if isinstance(self._error, CopilotError) else None

    def stop(self) -> None:
        """Stop this turn at its next message; any thread may. The items so far stay.

        A turn that has not begun ends as soon as it does, before anything is sent.
        """
        self._control.request_stop()

    def _begin(self) -> None:
        if self._state != "new":
            raise UsageError("A turn can be iterated once", step="iterate", hint="Its items are in `turn.items`.")
        self._state = "running"

    def _check(self) -> None:
        """Raise the error that ended the turn, if it failed or was interrupted."""
        if self._error is None:
            return
        if isinstance(self._error, Exception):
            raise self._error
        raise UsageError(
            "The turn was interrupted before its end", step="iterate", hint="Begin a new turn to read a whole answer."
        ) from self._error

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._state}, {len(self._record.items)} items>"


def text_of(item: Item) -> str:
    """The text that an item adds to the answer."""
    return str(item) if isinstance(item, str | TextReplaced) else ""


class Turn(BaseTurn):
    """A message and its answer, from `CopilotClient.chat`.

    Iterate it for the items as they come; leaving the loop closes the socket, and the client is free. Or read a
    property: each one waits for the whole turn first. ``with client.chat(..) as turn:`` closes a turn whose iterator is
    kept elsewhere.
    """

    def __init__(
        self, items: Callable[[RunControl], Generator[Item, None, None]], raw_events: list[bytes] | None = None
    ) -> None:
        super().__init__(raw_events)
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
            with closing(self._open(self._control)) as items:
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

    @property
    def text_stream(self) -> Iterator[str]:
        """The answer's text as it comes, and nothing else: iterate it in place of the turn.

        A replaced part adds what ``print`` would show of it; `text` is the whole text with replacements applied.
        """
        return self._texts()

    def _texts(self) -> Generator[str, None, None]:
        for item in self:
            if text := text_of(item):
                yield text

    def to_dict(self) -> dict[str, Any]:
        """Return the whole turn as a dict for ``json.dumps``; its ``items`` have a ``type`` each."""
        return self._finished().to_dict()

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
        """The sources that the answer cites, each once."""
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
