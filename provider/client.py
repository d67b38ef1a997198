"""`CopilotClient`: one conversation at a time, with its own credentials and connection."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Self

from provider.base_client import BaseClient, Media, Result, check_chat
from provider.drivers.factory import sync_driver
from provider.drivers.sync_driver import SyncDriver
from provider.effects import StopToken
from provider.flow import account
from provider.flow.chat import chat
from provider.items import Conversation, Item
from provider.turn import Turn
from provider.wire.account import ConversationInfo, HistoryMessage, Limits
from provider.wire.endpoints import User


class CopilotClient(BaseClient):
    """A blocking client. ``with CopilotClient() as client: print(client.chat("Hello").text)``.

    Further messages continue the conversation over the open connection. One thread at a time may use a client.
    """

    _driver: SyncDriver | None = None

    def chat(self, prompt: str, *, model: str | None = None, media: Media = (), timeout: float | None = None) -> Turn:
        """Return a turn, which sends the prompt when it is iterated or one of its properties is read.

        Args:
            prompt: The text of the message; may be empty if there are media.
            model: The model of this turn; by default, the client's.
            media: Images and documents; see `provider.media.MediaItem`.
            timeout: Seconds for this turn; by default, the client's.

        Raises:
            ArgumentTypeError: An argument has a wrong type; also a TypeError.
        """
        check_chat(prompt, model, media, timeout)
        return Turn(lambda stop: self._items(prompt, model, media, timeout, stop))

    def _items(
        self, prompt: str, model: str | None, media: Media, timeout: float | None, stop: StopToken
    ) -> Generator[Item, None, None]:
        self._start(stop)
        try:
            self._resolve_credentials()
            message = self._message(prompt, model, media)
            flow = chat(self._service, self._state, message)
            yield from self._get_driver().run(flow, self._options.timeout if timeout is None else timeout, stop)
        finally:
            self._end()

    # ---------------------------------------------------------------- the account
    def user(self) -> User:
        """Return the user as the service knows them; ``first_name`` is None for anonymous callers.

        Raises:
            CopilotError: As in a turn, e.g. `MissingAuthError`.
        """
        return self._answer(account.user)

    def limits(self) -> Limits:
        """Return the limits that the service reports (from 2025-10 on).

        Raises:
            CopilotError: As in a turn.
        """
        return self._answer(account.limits)

    def conversations(self) -> list[ConversationInfo]:
        """Return the user's conversations from all pages, the last used first.

        Raises:
            CopilotError: As in a turn.
        """
        return self._answer(account.conversations)

    def history(self, conversation: Conversation | str | None = None) -> list[HistoryMessage]:
        """Return the messages of a conversation, oldest first; by default, of the current conversation.

        Raises:
            UsageError: No conversation is given, and there is no current one.
            CopilotError: As in a turn.
        """
        return self._answer(account.history, self._conversation_id_or_current(conversation))

    def delete(self, conversation: Conversation | str | None = None) -> None:
        """Delete a conversation from the service; by default, the current conversation.

        Raises:
            UsageError: No conversation is given, and there is no current one.
            CopilotError: As in a turn.
        """
        self._answer(account.delete, self._conversation_id_or_current(conversation))

    def _answer(self, steps: Callable[..., account.Steps[Result]], *more: str) -> Result:
        self._start()
        try:
            self._resolve_credentials()
            flow = account.answering(self._service, self._state, steps, *more)
            [result] = self._get_driver().run(flow, self._options.timeout)
        finally:
            self._end()
        return result

    def _get_driver(self) -> SyncDriver:
        if self._driver is None:
            self._driver = sync_driver(self._service, self._options)
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
