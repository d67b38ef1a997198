"""`CopilotClient` and `AsyncCopilotClient`: a conversation as an object with its own credentials and connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from typing import Any, Self, TypeVar

from provider.credentials import Credentials
from provider.drivers.asynchronous import AsyncDriver
from provider.drivers.blocking import BlockingDriver
from provider.errors import MissingRequirementsError, UsageError
from provider.flow.chat import chat
from provider.flow.plan import ChatState, Message
from provider.items import Conversation, Item
from provider.media import MediaItem, load_media
from provider.options import DEFAULT_TIMEOUT, Options, find_credentials, wire_mode
from provider.transport.asynchronous import AsyncTransport
from provider.transport.blocking import BlockingTransport
from provider.transport.errors import MissingCurlError
from provider.turns import AsyncTurn, Turn

Media = Iterable[MediaItem | tuple[MediaItem, str | None]]
DEFAULT_MODEL = "Copilot"
Made = TypeVar("Made")


def with_curl(make: Callable[[], Made]) -> Made:
    """Make a transport.

    Raises:
        MissingRequirementsError: curl_cffi is not installed.
    """
    try:
        return make()
    except MissingCurlError as error:
        hint = "Install it with: pip install curl_cffi"
        raise MissingRequirementsError("curl_cffi is missing", step="start", hint=hint) from error


class _Client:
    """What both clients share: state, and what a question becomes."""

    def __init__(
        self,
        api_key: str | None = None,
        *,
        cookies: Mapping[str, str] | None = None,
        identity_type: str | None = None,
        credentials: Credentials | None = None,
        conversation: Conversation | None = None,
        model: str = DEFAULT_MODEL,
        timeout: float = DEFAULT_TIMEOUT,
        **options: Any,
    ) -> None:
        """Set up a client; nothing is sent before the first question.

        Args:
            api_key: The access token; else ``COPILOT_TOKEN``; else the client is anonymous.
            cookies: Cookies of the session, by name.
            identity_type: ``X-UserIdentityType``, e.g. ``google``.
            credentials: All of these in one value, in their place.
            conversation: One to go on with.
            model: ``Copilot`` or ``Think Deeper``.
            timeout: Seconds for each turn, everything included.
            options: See `provider.options.Options`.

        Raises:
            UsageError: An option is unknown or wrong.
        """
        try:
            self._options = Options(**options)
        except TypeError as error:
            unknown = ", ".join(sorted(set(options) - set(Options.__slots__)))
            raise UsageError(f"Unknown option: {unknown}", step="start") from error
        credentials = credentials or find_credentials(api_key, cookies, identity_type)
        self._service = self._options.service(credentials)
        self._settings = self._options.settings()
        self._model = model
        wire_mode(self._service.generation, model)
        self._timeout = timeout
        self._state = ChatState()
        self._running = False
        self._closed = False
        if conversation is not None:
            self.conversation = conversation

    @property
    def conversation(self) -> Conversation | None:
        """The running conversation, None before the first turn. Set it to go on with another, None begins a new one."""
        known = self._state.conversation_id
        return None if known is None else Conversation(known)

    @conversation.setter
    def conversation(self, value: Conversation | None) -> None:
        self._state.conversation_id = None if value is None else value.conversation_id
        self._state.first_turn = value is None

    def _message(self, prompt: str, model: str | None, media: Media) -> Message:
        mode = wire_mode(self._service.generation, model or self._model)
        return Message(text=prompt, mode=mode, media=load_media(media), announce_conversation=True)

    def _start(self) -> None:
        if self._closed:
            raise UsageError("The client is closed", step="chat")
        if self._running:
            raise UsageError("A turn is running", step="chat", hint="Finish it first, or use another client.")
        self._running = True

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._service.base_url} {self.conversation!r}>"


class CopilotClient(_Client):
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
            message = self._message(prompt, model, media)
            flow = chat(self._service, self._state, message)
            yield from self._connected().run(flow, self._timeout if timeout is None else timeout)
        finally:
            self._running = False

    def _connected(self) -> BlockingDriver:
        if self._driver is None:
            transport = with_curl(lambda: BlockingTransport(self._settings))
            transport.set_cookies(self._service.base_url, self._service.credentials.cookies)
            self._driver = BlockingDriver(transport, connect_timeout=self._settings.connect_timeout)
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


class AsyncCopilotClient(_Client):
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

    def _connected(self) -> AsyncDriver:
        if self._driver is None:
            transport = with_curl(lambda: AsyncTransport(self._settings))
            transport.set_cookies(self._service.base_url, self._service.credentials.cookies)
            self._driver = AsyncDriver(transport, connect_timeout=self._settings.connect_timeout)
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
