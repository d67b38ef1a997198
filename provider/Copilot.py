"""Microsoft Copilot under the seed's names: the class `Copilot`, `Conversation`, and the functions for credentials.

No protocol in here: everything is done by the same flow and drivers that `provider.client` uses.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final

from provider.auth.har import readHAR
from provider.base import AbstractProvider, CreateResult, ProviderModelMixin
from provider.drivers.factory import async_driver, blocking_driver, find_caller
from provider.effects import Flow
from provider.errors import MissingAuthError, NoValidHarFileError, UsageError
from provider.flow.chat import chat
from provider.flow.state import ChatState, Message, Service
from provider.items import BaseConversation, Conversation, Item, JsonConversation
from provider.media import MediaListType, load_media
from provider.options import DEFAULT_TIMEOUT, Options, find_credentials, wire_mode
from provider.prompt import Messages, make_prompt, media_of
from provider.turn import Record, whole
from provider.wire import endpoints
from provider.wire.generations import DEFAULT_GENERATION

__all__ = [
    "AbstractProvider",
    "BaseConversation",
    "Conversation",
    "Copilot",
    "CreateResult",
    "JsonConversation",
    "MediaListType",
    "Messages",
    "MissingAuthError",
    "NoValidHarFileError",
    "ProviderModelMixin",
    "get_access_token_and_cookies",
    "get_clarity",
    "readHAR",
]

_logger = logging.getLogger(__name__)

_DEFAULT_SOCKET: Final = endpoints.socket_url(endpoints.DEFAULT_BASE_URL)
_DEFAULT_CONVERSATIONS: Final = endpoints.DEFAULT_BASE_URL + endpoints.CONVERSATIONS


@dataclass(frozen=True, slots=True)
class _Question:
    """One call of ``create_completion``, checked; nothing has been sent yet."""

    service: Service
    options: Options
    state: ChatState
    message: Message
    timeout: float

    def flow(self) -> Flow:
        return chat(self.service, self.state, self.message)


class Copilot(AbstractProvider, ProviderModelMixin):
    """Microsoft Copilot's web chat.

    The URLs are read at each call; the order is: argument ``base_url``, an overridden class attribute, the environment
    variable ``COPILOT_BASE_URL``, the service itself. ``_access_token`` and ``_cookies`` are the class-wide default
    credentials; no call writes them. ``generation`` says which generation of the protocol is spoken.
    """

    label: ClassVar[str] = "Microsoft Copilot"
    url: ClassVar[str] = endpoints.DEFAULT_BASE_URL
    working: ClassVar[bool] = True
    supports_stream: ClassVar[bool] = True
    default_model: ClassVar[str] = "Copilot"
    models: ClassVar[list[str]] = ["Copilot", "Think Deeper"]
    model_aliases: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "gpt-4": "Copilot",
            "gpt-4o": "Copilot",
            "dall-e-3": "Copilot",
            "o1": "Think Deeper",
            "reasoning": "Think Deeper",
        }
    )
    websocket_url: ClassVar[str] = _DEFAULT_SOCKET
    conversation_url: ClassVar[str] = _DEFAULT_CONVERSATIONS
    generation: ClassVar[str] = DEFAULT_GENERATION
    _access_token: ClassVar[str | None] = None
    _cookies: ClassVar[Mapping[str, str] | None] = None

    @classmethod
    def create_completion(  # pyright: ignore[reportIncompatibleMethodOverride]  # the seed's signature
        cls,
        model: str,
        messages: Messages,
        stream: bool = False,  # noqa: FBT001, FBT002  # the seed's signature
        proxy: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        prompt: str | None = None,
        media: MediaListType | None = None,
        conversation: BaseConversation | None = None,
        return_conversation: bool = False,  # noqa: FBT001, FBT002
        api_key: str | None = None,
        **kwargs: Any,
    ) -> CreateResult:
        """Ask Copilot, and yield the answer. Nothing happens, and nothing fails, before the first ``next``.

        Args:
            model: ``Copilot``, ``Think Deeper``, or an alias; empty for the default.
            messages: ``{"role", "content"}``, oldest first; contents may be lists of parts. A new conversation gets
                all of them, cut to 10,000 characters with the newest kept whole; a continued one the last user message.
            stream: True yields text piece by piece; False yields it once, whole and with replacements applied, and
                then the other items in order.
            proxy: ``http://``, ``https://`` or ``socks5://`` URL.
            timeout: Seconds for the whole call.
            prompt: The text to send, over ``messages``.
            media: ``(item, name)`` pairs or bare items: bytes, path objects, data URIs, binary files, https URLs.
            conversation: One to go on with.
            return_conversation: Yield the `Conversation` first.
            api_key: The access token; over the class's own.
            kwargs: ``base_url``, ``generation``, ``cookies``, ``identity_type``, ``verify``, ``impersonate``,
                ``linger``, ``connect_timeout``; anything else is ignored.

        Yields:
            ``str`` and the other items of `provider.items`.

        Raises:
            MissingRequirementsError: curl_cffi is missing.
            MissingAuthError: 401.
            RuntimeError: An invalid answer (`ResponseError`).
            CopilotError: Everything else; with the text so far in ``partial``.
        """
        question = cls._ask(
            model, messages, proxy, timeout, prompt, media, conversation, return_conversation, api_key, kwargs
        )
        yield from _stream(question) if stream else _collect(_stream(question))

    @classmethod
    async def create_async(
        cls,
        model: str,
        messages: Messages,
        stream: bool = False,  # noqa: FBT001, FBT002  # as above
        proxy: str | None = None,
        timeout: float = DEFAULT_TIMEOUT,  # noqa: ASYNC109  # as above
        prompt: str | None = None,
        media: MediaListType | None = None,
        conversation: BaseConversation | None = None,
        return_conversation: bool = False,  # noqa: FBT001, FBT002
        api_key: str | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Item]:
        """`create_completion` for asyncio: an async generator of the same items; leaving it closes the connection."""
        question = await asyncio.to_thread(
            cls._ask, model, messages, proxy, timeout, prompt, media, conversation, return_conversation, api_key, kwargs
        )
        async with aclosing(_stream_async(question)) as items:
            if stream:
                async for item in items:
                    yield item
                return
            record = Record()
            async for item in items:
                record.add(item)
                if isinstance(item, Conversation):
                    yield item
            for item in whole(record):
                yield item

    @classmethod
    def _ask(
        cls,
        model: str,
        messages: Messages,
        proxy: str | None,
        timeout: float,
        prompt: str | None,
        media: MediaListType | None,
        conversation: BaseConversation | None,
        return_conversation: bool,  # noqa: FBT001
        api_key: str | None,
        kwargs: dict[str, Any],
    ) -> _Question:
        options = cls._options(proxy, kwargs)
        cookies = kwargs.get("cookies") or cls._cookies
        credentials = find_credentials(api_key or cls._access_token, cookies, kwargs.get("identity_type"))
        is_given = cookies is not None
        service = find_caller(options.service(credentials), options, is_given=is_given)
        known = cls._conversation_id(conversation)
        attached = (*(media or ()), *media_of(messages or ()))
        text = prompt if prompt is not None else make_prompt(messages, continued=known is not None)
        return _Question(
            service,
            options,
            ChatState(conversation_id=known, first_turn=known is None),
            Message(
                text=text,
                mode=wire_mode(service.generation, cls.get_model(model)),
                media=load_media(attached),
                announce_conversation=return_conversation,
            ),
            timeout,
        )

    @classmethod
    def _options(cls, proxy: str | None, kwargs: dict[str, Any]) -> Options:
        """Options from arguments and overridden attributes; what nobody knows is ignored, as the seed does."""
        known = {name: value for name, value in kwargs.items() if name in Options.__slots__ and value is not None}
        ignored = sorted(set(kwargs) - set(known) - {"cookies", "identity_type"})
        if ignored:
            _logger.debug("ignored arguments: %s", ", ".join(ignored))
        known.setdefault("generation", cls.generation)
        given = "base_url" in known
        if not given and cls.url not in ("", endpoints.DEFAULT_BASE_URL):
            known["base_url"] = cls.url
        if not given and cls.websocket_url != _DEFAULT_SOCKET:
            known.setdefault("websocket_url", cls.websocket_url)
        if not given and cls.conversation_url != _DEFAULT_CONVERSATIONS:
            known.setdefault("conversation_url", cls.conversation_url)
        return Options(**known, proxy=proxy)

    @staticmethod
    def _conversation_id(conversation: BaseConversation | None) -> str | None:
        if conversation is None:
            return None
        known = getattr(conversation, "conversation_id", None)
        if not isinstance(known, str) or not known:
            hint = "Pass the Conversation that return_conversation=True yielded."
            raise UsageError("The conversation has no conversation_id", step="conversation", hint=hint)
        return known


def _stream(question: _Question) -> Iterator[Item]:
    driver = blocking_driver(question.service, question.options)
    try:
        yield from driver.run(question.flow(), question.timeout)
    finally:
        driver.close()


async def _stream_async(question: _Question) -> AsyncGenerator[Item, None]:
    driver = async_driver(question.service, question.options)
    try:
        async with aclosing(driver.run(question.flow(), question.timeout)) as items:
            async for item in items:
                yield item
    finally:
        await driver.close()


def _collect(items: Iterator[Item]) -> Iterator[Item]:
    """Everything at the end: what callers get that do not stream. The conversation alone comes at once."""
    record = Record()
    for item in items:
        record.add(item)
        if isinstance(item, Conversation):
            yield item
    yield from whole(record)


async def get_access_token_and_cookies(
    url: str, proxy: str | None = None, target: str = "ChatAI"
) -> tuple[str, dict[str, str]]:
    """The access token and cookies of a person who signs in, in a real browser with a profile of ours.

    Args:
        url: The service's page.
        proxy: Proxy for the browser.
        target: What the token's scope must contain (docs/protocol.md §2.3).

    Returns:
        Token and cookies.

    Raises:
        LoginError: No browser, the window was closed, time has passed, or there was no token.
    """
    from provider.auth.browser.login import get_access_token_and_cookies as sign_in

    return await sign_in(url, proxy, target)


_CLARITY: Final = b"H4sIAAAAAAACA6tWSs5JLMosqVSyUirPLEotSSxIVaoFAPo7RJcWAAAA"


def get_clarity() -> bytes:
    """Base64 of a fixed gzip blob of our own, in the place where a client of December 2024 sent telemetry (§4.7)."""
    return _CLARITY
