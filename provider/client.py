"""`CopilotClient`: a conversation as an object with its own credentials and connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self

from provider.base_client import Client, Made, Media
from provider.drivers.factory import blocking_driver
from provider.drivers.sync_driver import BlockingDriver
from provider.flow import account
from provider.flow.chat import chat
from provider.items import Conversation, Item
from provider.turn import Turn
from provider.wire.account import ConversationInfo, HistoryMessage, Limits
from provider.wire.endpoints import User


class CopilotClient(Client):
    """A blocking client. ``with CopilotClient() as client: print(client.chat("Hello").text)``.

    Follow-ups continue the conversation over the connection that is open. For one thread at a time.
    """

    def __init__(self, api_key: str | None = None, **options: Any) -> None:
        super().__init__(api_key, **options)
        self._driver: BlockingDriver | None = None

    def chat(self, prompt: str, *, model: str | None = None, media: Media = (), timeout: float | None = None) -> Turn:
        """Ask; returns the turn, which starts when it is iterated or looked at.

        Args:
            prompt: The question; may be empty if there are media.
            model: Another model for this turn.
            media: Images and documents; see `provider.media.MediaItem`.
            timeout: Seconds for this turn.
        """
        return Turn(lambda: self._items(prompt, model, media, timeout), self.stop)

    def stop(self) -> None:
        """End the running turn at its next message; may be called from another thread."""
        if self._driver is not None:
            self._driver.stop()

    def _items(self, prompt: str, model: str | None, media: Media, timeout: float | None) -> Iterator[Item]:
        self._start()
        try:
            self._settle()
            message = self._message(prompt, model, media)
            flow = chat(self._service, self._state, message)
            yield from self._connected().run(flow, self._timeout if timeout is None else timeout)
        finally:
            self._running = False

    # ---------------------------------------------------------------- besides chatting
    def user(self) -> User:
        """Who the service takes you for; ``first_name`` is None for anonymous callers.

        Raises:
            CopilotError: As in a turn, e.g. `MissingAuthError`.
        """
        return self._answer(account.user)

    def limits(self) -> Limits:
        """What the service tells about its limits (from 2025-10 on).

        Raises:
            CopilotError: As in a turn.
        """
        return self._answer(account.limits)

    def conversations(self) -> list[ConversationInfo]:
        """Your conversations, the last used first; all pages.

        Raises:
            CopilotError: As in a turn.
        """
        return self._answer(account.conversations)

    def history(self, conversation: Conversation | str | None = None) -> list[HistoryMessage]:
        """What was said in a conversation, oldest first; in the running one if none is named.

        Raises:
            UsageError: None is named, and none is running.
            CopilotError: As in a turn.
        """
        return self._answer(account.history, self._named(conversation))

    def delete(self, conversation: Conversation | str | None = None) -> None:
        """Delete a conversation at the service; the running one if none is named.

        Raises:
            UsageError: None is named, and none is running.
            CopilotError: As in a turn.
        """
        self._answer(account.delete, self._named(conversation))

    def _answer(self, steps: Callable[..., account.Steps[Made]], *more: str) -> Made:
        self._start()
        try:
            self._settle()
            flow = account.answering(self._service, self._state, steps, *more)
            [result] = self._connected().run(flow, self._timeout)
        finally:
            self._running = False
        return result

    def _connected(self) -> BlockingDriver:
        if self._driver is None:
            self._driver = blocking_driver(self._service, self._options)
        return self._driver

    def close(self) -> None:
        """Close the connection; may be called twice."""
        self._closed = True
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
