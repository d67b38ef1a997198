"""`AsyncCopilotClient`: the same as `provider.client`, for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any, Self

from provider.base_client import Client, Made, Media
from provider.drivers.async_driver import AsyncDriver
from provider.drivers.factory import async_driver
from provider.flow import account
from provider.flow.chat import chat
from provider.items import Conversation, Item
from provider.turn import AsyncTurn
from provider.wire.account import ConversationInfo, HistoryMessage, Limits
from provider.wire.endpoints import User


class AsyncCopilotClient(Client):
    """An asyncio client. ``async with AsyncCopilotClient() as client: async for item in client.chat("Hello"): ...``.

    Follow-ups continue the conversation over the connection that is open. For one task at a time.
    """

    def __init__(self, api_key: str | None = None, **options: Any) -> None:
        super().__init__(api_key, **options)
        self._driver: AsyncDriver | None = None

    def chat(
        self, prompt: str, *, model: str | None = None, media: Media = (), timeout: float | None = None
    ) -> AsyncTurn:
        """Ask; returns the turn, which starts when it is iterated or read. Arguments as in `CopilotClient.chat`."""
        return AsyncTurn(lambda: self._items(prompt, model, media, timeout), self.stop)

    def stop(self) -> None:
        """End the running turn at its next message."""
        if self._driver is not None:
            self._driver.stop()

    async def _items(
        self,
        prompt: str,
        model: str | None,
        media: Media,
        timeout: float | None,  # noqa: ASYNC109  # one deadline for the whole turn
    ) -> AsyncGenerator[Item, None]:
        self._start()
        try:
            await self._settle_async()
            # Media may be files: reading them must not hold up the loop.
            message = (
                await asyncio.to_thread(self._message, prompt, model, media)
                if media
                else self._message(prompt, model, ())
            )
            flow = chat(self._service, self._state, message)
            items = self._connected().run(flow, self._timeout if timeout is None else timeout)
            try:
                async for item in items:
                    yield item
            finally:
                await items.aclose()
        finally:
            self._running = False

    # ---------------------------------------------------------------- besides chatting
    async def user(self) -> User:
        """Who the service takes you for; ``first_name`` is None for anonymous callers.

        Raises:
            CopilotError: As in a turn, e.g. `MissingAuthError`.
        """
        return await self._answer(account.user)

    async def limits(self) -> Limits:
        """What the service tells about its limits (from 2025-10 on).

        Raises:
            CopilotError: As in a turn.
        """
        return await self._answer(account.limits)

    async def conversations(self) -> list[ConversationInfo]:
        """Your conversations, the last used first; all pages.

        Raises:
            CopilotError: As in a turn.
        """
        return await self._answer(account.conversations)

    async def history(self, conversation: Conversation | str | None = None) -> list[HistoryMessage]:
        """What was said in a conversation, oldest first; in the running one if none is named.

        Raises:
            UsageError: None is named, and none is running.
            CopilotError: As in a turn.
        """
        return await self._answer(account.history, self._named(conversation))

    async def delete(self, conversation: Conversation | str | None = None) -> None:
        """Delete a conversation at the service; the running one if none is named.

        Raises:
            UsageError: None is named, and none is running.
            CopilotError: As in a turn.
        """
        await self._answer(account.delete, self._named(conversation))

    async def _answer(self, steps: Callable[..., account.Steps[Made]], *more: str) -> Made:
        self._start()
        try:
            await self._settle_async()
            flow = account.answering(self._service, self._state, steps, *more)
            [result] = [each async for each in self._connected().run(flow, self._timeout)]
        finally:
            self._running = False
        return result

    async def _settle_async(self) -> None:
        if not self._is_settled:
            await asyncio.to_thread(self._settle)

    def _connected(self) -> AsyncDriver:
        if self._driver is None:
            self._driver = async_driver(self._service, self._options)
        return self._driver

    async def close(self) -> None:
        """Close the connection; may be called twice."""
        self._closed = True
        driver, self._driver = self._driver, None
        if driver is not None:
            await driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
