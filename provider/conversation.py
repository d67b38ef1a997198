"""Conversations of a `CopilotClient`, each with a connection and a state of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Self, TypeAlias

from provider.base_conversation import (
    BaseConversationHandle,
    BaseConversations,
    Media,
    Result,
    SharedAccess,
    TurnInput,
)
from provider.drivers.factory import sync_driver
from provider.drivers.sync_driver import SyncDriver
from provider.effects import RunControl
from provider.flow import account
from provider.flow.chat import chat
from provider.items import Conversation, Item
from provider.timeout import Timeout
from provider.turn import Turn
from provider.wire.account import ConversationInfo, HistoryMessage

Listed: TypeAlias = list[ConversationInfo]


class ConversationHandle(BaseConversationHandle):
    """A conversation, from ``client.conversations``. One thread at a time may use it; others have their own.

    Its first message opens it with the service. Dropping it closes its connection; so do ``close``, a ``with`` block,
    and the client's ``close``.
    """

    def __init__(self, shared: SharedAccess, conversation: Conversation | None = None) -> None:
        super().__init__(shared, conversation)
        self._driver: SyncDriver | None = None

    def chat(
        self, prompt: str, *, model: str | None = None, media: Media = (), timeout: float | Timeout | None = None
    ) -> Turn:
        """Return a turn, which sends the prompt when it is iterated or one of its properties is read.

        Args:
            prompt: The text of the message; may be empty if there are media.
            model: The model of this turn; by default, the client's.
            media: Images and documents; see `provider.media.MediaItem`.
            timeout: Seconds for this turn, or a `Timeout`; by default, the client's. A number replaces its ``total``.

        Raises:
            ArgumentTypeError: An argument has a wrong type; also a TypeError.
            UsageError: The timeout is negative or NaN.
        """
        turn_input = self._input(prompt, model, media, timeout)
        return Turn(lambda control: self._items(turn_input, control), turn_input.raw_events)

    def _items(self, turn_input: TurnInput, control: RunControl) -> Generator[Item, None, None]:
        self._start(control)
        try:
            service = self._shared.resolve()
            flow = chat(service, self._state, self._message(turn_input))
            yield from self._get_driver().run(flow, turn_input.timeout, control)
        finally:
            self._end()

    def history(self) -> list[HistoryMessage]:
        """Return the messages of the conversation, oldest first.

        Raises:
            UsageError: The conversation has not begun.
            CopilotError: As in a turn.
        """
        return self.run(account.history, self.known_id())

    def delete(self) -> None:
        """Delete the conversation from the service. The next message begins a new one.

        Raises:
            UsageError: The conversation has not begun.
            CopilotError: As in a turn.
        """
        self.run(account.delete, self.known_id())

    def run(self, steps: Callable[..., account.Steps[Result]], *more: str) -> Result:
        """Make a call for the account over this conversation's connection, and return its result.

        Args:
            steps: Makes the steps of the call; one of the functions of `provider.flow.account`.
            more: Its further arguments, e.g. the id of a conversation.

        Raises:
            UsageError: A turn is running.
            CopilotError: As in a turn.
        """
        self._start()
        return self._run(steps, *more)

    def run_if_free(self, steps: Callable[..., account.Steps[Result]], *more: str) -> Result:
        """As `run`; while a turn is running here, over a new connection for this call alone."""
        if self._claim():
            return self._run(steps, *more)
        with ConversationHandle(self._shared) as other:
            return other.run(steps, *more)

    def _run(self, steps: Callable[..., account.Steps[Result]], *more: str) -> Result:
        try:
            flow = account.answering(self._shared.resolve(), self._state, steps, *more)
            [result] = self._get_driver().run(flow, self._shared.options.deadlines(), self._running)
        finally:
            self._end()
        return result

    def _get_driver(self) -> SyncDriver:
        if self._driver is None:
            self._driver = sync_driver(self._shared.service, self._shared.options, self._shared.cookies)
        return self._driver

    def _here(self) -> object:
        return threading.get_ident()

    def _end(self) -> None:
        with self._lock:
            self._running = None
            closed = self._closed
        if closed:
            self._close_driver()

    def close(self) -> None:
        """Close the connection; may be called twice, and from any thread.

        A turn that runs in another thread is stopped, and its connection is closed when it ends.
        """
        with self._lock:
            self._closed = True
            elsewhere = self._running is not None and self._owner != self._here()
        if elsewhere:
            self.stop()
        else:
            self._close_driver()

    def _close_driver(self) -> None:
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Conversations(BaseConversations[ConversationHandle]):
    """The conversations of a client: ``client.conversations``. Any thread may use it.

    Calling it lists them: ``client.conversations()`` is ``client.conversations.list()``.
    """

    def __init__(
        self,
        make: Callable[[Conversation | None], ConversationHandle],
        list_all: Callable[[], Listed],
    ) -> None:
        super().__init__(make)
        self._list = list_all

    def list(self) -> Listed:
        """Return the user's conversations from all pages, the last used first.

        Raises:
            CopilotError: As in a turn.
        """
        return self._list()

    __call__ = list  # noqa: A003  # the method
