"""`AsyncCopilotClient`: `provider.client` for asyncio."""

from __future__ import annotations

from typing import Self

from provider.async_conversation import AsyncConversationHandle, AsyncConversations
from provider.async_turn import AsyncTurn
from provider.base_client import BaseClient
from provider.base_conversation import Media
from provider.flow import account
from provider.items import Conversation
from provider.timeout import Timeout
from provider.wire.account import HistoryMessage, Limits
from provider.wire.endpoints import User


class AsyncCopilotClient(BaseClient[AsyncConversationHandle]):
    """An asyncio client. ``async with AsyncCopilotClient() as client: async for item in client.chat("Hello"): ...``.

    ``client.chat`` continues the client's own conversation over its open connection, one turn at a time.
    ``client.conversations`` has any number of others, which run at once in tasks of their own.
    """

    _handle = AsyncConversationHandle

    def chat(
        self, prompt: str, *, model: str | None = None, media: Media = (), timeout: float | Timeout | None = None
    ) -> AsyncTurn:
        """Return a turn, which sends the prompt when it is iterated or read. Arguments as for `CopilotClient.chat`."""
        return self._own.chat(prompt, model=model, media=media, timeout=timeout)

    @property
    def conversations(self) -> AsyncConversations:
        """The conversations of this client, to create, continue and list."""
        return AsyncConversations(self._make, lambda: self._own.run_if_free(account.conversations))

    # ---------------------------------------------------------------- the account
    async def user(self) -> User:
        """Return the user as the service knows them; ``first_name`` is None for anonymous callers.

        Raises:
            CopilotError: As in a turn, e.g. `MissingAuthError`.
        """
        return await self._own.run(account.user)

    async def limits(self) -> Limits:
        """Return the limits that the service reports (from 2025-10 on).

        Raises:
            CopilotError: As in a turn.
        """
        return await self._own.run(account.limits)

    async def history(self, conversation: Conversation | str | None = None) -> list[HistoryMessage]:
        """Return the messages of a conversation, oldest first; by default, of the client's own.

        Raises:
            UsageError: No conversation is given, and the client's has not begun.
            CopilotError: As in a turn.
        """
        return await self._own.run(account.history, self._id_of(conversation))

    async def delete(self, conversation: Conversation | str | None = None) -> None:
        """Delete a conversation from the service; by default, the client's own.

        Raises:
            UsageError: No conversation is given, and the client's has not begun.
            CopilotError: As in a turn.
        """
        await self._own.run(account.delete, self._id_of(conversation))

    async def close(self) -> None:
        """Close all connections, also those of ``conversations``; may be called twice, and in any event loop.

        A turn that runs in another loop is stopped, and its connection is closed when it ends.
        """
        for handle in self._closing():
            await handle.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
