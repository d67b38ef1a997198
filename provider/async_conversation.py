"""Conversations of an `AsyncCopilotClient`: `provider.conversation` for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, Self, TypeAlias

from provider.async_turn import AsyncTurn
from provider.base_conversation import (
    BaseConversationHandle,
    BaseConversations,
    Media,
    Result,
    SharedAccess,
    TurnInput,
)
from provider.drivers.async_driver import AsyncDriver, AsyncRun
from provider.drivers.factory import async_driver
from provider.effects import RunControl
from provider.flow import account
from provider.flow.chat import chat
from provider.flow.state import ServiceAccess
from provider.items import Conversation, Item
from provider.timeout import Timeout
from provider.wire.account import ConversationInfo, HistoryMessage

Listed: TypeAlias = list[ConversationInfo]


class AsyncConversationHandle(BaseConversationHandle):
    """A conversation, from ``client.conversations``. One task at a time may use it; others have their own.

    Its first message opens it with the service. Dropping it closes its connection; so do ``close``, ``async with``, and
    the client's ``close``.
    """

    def __init__(self, shared: SharedAccess, conversation: Conversation | None = None) -> None:
        super().__init__(shared, conversation)
        self._driver: AsyncDriver | None = None

    def chat(
        self, prompt: str, *, model: str | None = None, media: Media = (), timeout: float | Timeout | None = None
    ) -> AsyncTurn:
        """Return a turn, which sends the prompt when it is iterated or read.

        Arguments and errors as for `ConversationHandle.chat`.
        """
        turn_input = self._input(prompt, model, media, timeout)
        return AsyncTurn(lambda control: self._begin(turn_input, control), self._end, turn_input.raw_events)

    async def _begin(self, turn_input: TurnInput, control: RunControl) -> AsyncRun[Item]:
        self._start(control)
        try:
            service = await self._resolve()
            # A thread reads the media: they may be files, and reading them would block the loop.
            message = (
                await asyncio.to_thread(self._message, turn_input) if turn_input.media else self._message(turn_input)
            )
            flow = chat(service, self._state, message)
            return self._get_driver().run(flow, turn_input.timeout, control)
        except BaseException:
            self._end()
            raise

    async def history(self) -> list[HistoryMessage]:
        """Return the messages of the conversation, oldest first.

        Raises:
            UsageError: The conversation has not begun.
            CopilotError: As in a turn.
        """
        return await self.run(account.history, self.known_id())

    async def delete(self) -> None:
        """Delete the conversation from the service. The next message begins a new one.

        Raises:
            UsageError: The conversation has not begun.
            CopilotError: As in a turn.
        """
        await self.run(account.delete, self.known_id())

    async def run(self, steps: Callable[..., account.Steps[Result]], *more: str) -> Result:
        """Make a call for the account over this conversation's connection, and return its result.

        Args:
            steps: Makes the steps of the call; one of the functions of `provider.flow.account`.
            more: Its further arguments, e.g. the id of a conversation.

        Raises:
            UsageError: A turn is running.
            CopilotError: As in a turn.
        """
        self._start()
        return await self._run(steps, *more)

    async def run_if_free(self, steps: Callable[..., account.Steps[Result]], *more: str) -> Result:
        """As `run`; while a turn is running here, over a new connection for this call alone."""
        if self._claim():
            return await self._run(steps, *more)
        async with AsyncConversationHandle(self._shared) as other:
            return await other.run(steps, *more)

    async def _run(self, steps: Callable[..., account.Steps[Result]], *more: str) -> Result:
        try:
            flow = account.answering(await self._resolve(), self._state, steps, *more)
            [result] = [
                each async for each in self._get_driver().run(flow, self._shared.options.deadlines(), self._running)
            ]
        finally:
            self._end()
        return result

    async def _resolve(self) -> ServiceAccess:
        if self._shared.is_resolved:
            return self._shared.service
        return await asyncio.to_thread(self._shared.resolve)

    def _get_driver(self) -> AsyncDriver:
        if self._driver is None:
            self._driver = async_driver(self._shared.service, self._shared.options, self._shared.cookies)
        return self._driver

    def _here(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def _end(self) -> None:
        with self._lock:
            self._running = None
            driver = self._driver if self._closed else None
        if driver is not None:  # closed by another event loop, which could not do this
            _close_in_its_loop(driver, self._owner)

    async def close(self) -> None:
        """Close the connection; may be called twice, and in any event loop.

        A turn that runs in another loop is stopped, and its connection is closed when it ends.
        """
        with self._lock:
            self._closed = True
            elsewhere = self._running is not None and self._is_elsewhere()
        if elsewhere:
            self.stop()
            return
        driver, self._driver = self._driver, None
        if driver is not None:
            await driver.close()

    def __del__(self) -> None:
        driver = getattr(self, "_driver", None)  # none where the constructor failed
        if driver is not None:
            _close_in_its_loop(driver, self._owner)

    def _is_elsewhere(self) -> bool:
        """Whether the running turn belongs to another event loop than the caller's, and that loop still runs."""
        loop = self._owner
        return isinstance(loop, asyncio.AbstractEventLoop) and loop.is_running() and loop is not self._here()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


_CLOSING: Final[set[asyncio.Task[None]]] = set()
"""The tasks that close drivers, kept here until they end: an event loop refers to its tasks weakly."""


def _close_in_its_loop(driver: AsyncDriver, loop: object) -> None:
    """Close a driver without awaiting, from any thread, in the event loop that it belongs to.

    Does nothing if that loop is closed: its connections have ended then.
    """

    def close() -> None:
        task = asyncio.ensure_future(driver.close())
        _CLOSING.add(task)
        task.add_done_callback(_CLOSING.discard)

    # A loop that is between two runs closes it in the next one.
    if isinstance(loop, asyncio.AbstractEventLoop) and not loop.is_closed():
        with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(close)


class AsyncConversations(BaseConversations[AsyncConversationHandle]):
    """The conversations of a client: ``client.conversations``. Any task may use it, in any event loop.

    Calling it lists them: ``await client.conversations()`` is ``await client.conversations.list()``.
    """

    def __init__(
        self,
        make: Callable[[Conversation | None], AsyncConversationHandle],
        list_all: Callable[[], Awaitable[Listed]],
    ) -> None:
        super().__init__(make)
        self._list = list_all

    async def list(self) -> Listed:
        """Return the user's conversations from all pages, the last used first.

        Raises:
            CopilotError: As in a turn.
        """
        return await self._list()

    __call__ = list  # noqa: A003  # the method
