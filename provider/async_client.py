"""`AsyncCopilotClient`: `provider.client` for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Self

from provider.async_turn import AsyncTurn
from provider.base_client import BaseClient, Media, Result, check_chat
from provider.drivers.async_driver import AsyncDriver, AsyncRun
from provider.drivers.factory import async_driver
from provider.effects import StopToken
from provider.flow import account
from provider.flow.chat import chat
from provider.items import Conversation, Item
from provider.wire.account import ConversationInfo, HistoryMessage, Limits
from provider.wire.endpoints import User


class AsyncCopilotClient(BaseClient):
    """An asyncio client. ``async with AsyncCopilotClient() as client: async for item in client.chat("Hello"): ...``.

    Further messages continue the conversation over the open connection. One task at a time may use a client.
    """

    _driver: AsyncDriver | None = None

    def chat(
        self, prompt: str, *, model: str | None = None, media: Media = (), timeout: float | None = None
    ) -> AsyncTurn:
        """Return a turn, which sends the prompt when it is iterated or read. Arguments as for `CopilotClient.chat`."""
        check_chat(prompt, model, media, timeout)
        return AsyncTurn(lambda stop: self._begin(prompt, model, media, timeout, stop), self._end)

    async def _begin(
        self,
        prompt: str,
        model: str | None,
        media: Media,
        timeout: float | None,  # noqa: ASYNC109  # one deadline for the whole turn
        stop: StopToken,
    ) -> AsyncRun[Item]:
        self._start(stop)
        try:
            await self._resolve_credentials_async()
            # A thread reads the media: they may be files, and reading them would block the loop.
            message = (
                await asyncio.to_thread(self._message, prompt, model, media)
                if media
                else self._message(prompt, model, ())
            )
            flow = chat(self._service, self._state, message)
            return self._get_driver().run(flow, self._options.timeout if timeout is None else timeout, stop)
        except BaseException:
            self._end()
            raise

    # ---------------------------------------------------------------- the account
    async def user(self) -> User:
        """Return the user as the service knows them; ``first_name`` is None for anonymous callers.

        Raises:
            CopilotError: As in a turn, e.g. `MissingAuthError`.
        """
        return await self._answer(account.user)

    async def limits(self) -> Limits:
        """Return the limits that the service reports (from 2025-10 on).

        Raises:
            CopilotError: As in a turn.
        """
        return await self._answer(account.limits)

    async def conversations(self) -> list[ConversationInfo]:
        """Return the user's conversations from all pages, the last used first.

        Raises:
            CopilotError: As in a turn.
        """
        return await self._answer(account.conversations)

    async def history(self, conversation: Conversation | str | None = None) -> list[HistoryMessage]:
        """Return the messages of a conversation, oldest first; by default, of the current conversation.

        Raises:
            UsageError: No conversation is given, and there is no current one.
            CopilotError: As in a turn.
        """
        return await self._answer(account.history, self._conversation_id_or_current(conversation))

    async def delete(self, conversation: Conversation | str | None = None) -> None:
        """Delete a conversation from the service; by default, the current conversation.

        Raises:
            UsageError: No conversation is given, and there is no current one.
            CopilotError: As in a turn.
        """
        await self._answer(account.delete, self._conversation_id_or_current(conversation))

    async def _answer(self, steps: Callable[..., account.Steps[Result]], *more: str) -> Result:
        self._start()
        try:
            await self._resolve_credentials_async()
            flow = account.answering(self._service, self._state, steps, *more)
            [result] = [each async for each in self._get_driver().run(flow, self._options.timeout)]
        finally:
            self._end()
        return result

    async def _resolve_credentials_async(self) -> None:
        if not self._credentials_resolved:
            await asyncio.to_thread(self._resolve_credentials)

    def _get_driver(self) -> AsyncDriver:
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
