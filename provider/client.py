"""`CopilotClient`: conversations with one service, for threads."""

from __future__ import annotations

from typing import Self

from provider.base_client import BaseClient
from provider.base_conversation import Media
from provider.conversation import ConversationHandle, Conversations
from provider.flow import account
from provider.items import Conversation
from provider.timeout import Timeout
from provider.turn import Turn
from provider.wire.account import HistoryMessage, Limits
from provider.wire.endpoints import User


class CopilotClient(BaseClient[ConversationHandle]):
    """A blocking client. ``with CopilotClient() as client: print(client.chat("Hello").text)``.

    ``client.chat`` continues the client's own conversation over its open connection, one turn at a time.
    ``client.conversations`` has any number of others, which run at once in threads of their own.
    """

    _handle = ConversationHandle

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
        return self._own.chat(prompt, model=model, media=media, timeout=timeout)

    @property
    def conversations(self) -> Conversations:
        """The conversations of this client, to create, continue and list."""
        return Conversations(self._make, lambda: self._own.run_if_free(account.conversations))

    # ---------------------------------------------------------------- the account
    def user(self) -> User:
        """Return the user as the service knows them; ``first_name`` is None for anonymous callers.

        Raises:
            CopilotError: As in a turn, e.g. `MissingAuthError`.
        """
        return self._own.run(account.user)

    def limits(self) -> Limits:
        """Return the limits that the service reports (from 2025-10 on).

        Raises:
            CopilotError: As in a turn.
        """
        return self._own.run(account.limits)

    def history(self, conversation: Conversation | str | None = None) -> list[HistoryMessage]:
        """Return the messages of a conversation, oldest first; by default, of the client's own.

        Raises:
            UsageError: No conversation is given, and the client's has not begun.
            CopilotError: As in a turn.
        """
        return self._own.run(account.history, self._id_of(conversation))

    def delete(self, conversation: Conversation | str | None = None) -> None:
        """Delete a conversation from the service; by default, the client's own.

        Raises:
            UsageError: No conversation is given, and the client's has not begun.
            CopilotError: As in a turn.
        """
        self._own.run(account.delete, self._id_of(conversation))

    def close(self) -> None:
        """Close all connections, also those of ``conversations``; may be called twice, and from any thread.

        A turn that runs in another thread is stopped, and its connection is closed when it ends.
        """
        for handle in self._closing():
            handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
