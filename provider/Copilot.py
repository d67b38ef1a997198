"""Microsoft Copilot under its original names: the class `Copilot`, `Conversation`, and the functions for credentials.

Nothing here depends on the protocol: this module runs the same flow with the same drivers as `provider.client`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from contextlib import aclosing, closing
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from provider.arguments import find_mistake, hints_of
from provider.auth.har import readHAR
from provider.base import AbstractProvider, CreateResult, ProviderModelMixin
from provider.credentials import Credentials
from provider.drivers.factory import async_driver, resolve_credentials, sync_driver
from provider.effects import Flow
from provider.errors import MissingAuthError, MissingRequirementsError, NoValidHarFileError, UsageError
from provider.flow.chat import chat
from provider.flow.state import ChatState, ServiceAccess, UserMessage
from provider.items import BaseConversation, Conversation, Item, JsonConversation
from provider.media import MediaListType, load_media
from provider.options import DEFAULT_TIMEOUT, ClientOptions, Options, given_credentials, wire_mode
from provider.prompt import Messages, make_prompt, media_of
from provider.record import WholeTurn
from provider.timeout import Timeout
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
    "MissingRequirementsError",
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
    """The checked arguments of one ``create_completion``, before anything is sent."""

    service: ServiceAccess
    options: Options
    state: ChatState
    message: UserMessage

    def flow(self) -> Flow:
        return chat(self.service, self.state, self.message)


class Copilot(AbstractProvider, ProviderModelMixin):
    """Microsoft Copilot's web chat.

    Each call reads the URLs in this order: argument ``base_url``, an overridden class attribute, the environment
    variable ``COPILOT_BASE_URL``, the service's own. ``_access_token`` and ``_cookies`` are the class-wide default
    credentials; no call changes them. ``generation`` is the generation of the protocol.
    """

    label: ClassVar[str] = "Microsoft Copilot"
    url: ClassVar[str] = endpoints.DEFAULT_BASE_URL
    working: ClassVar[bool] = True
    supports_stream: ClassVar[bool] = True
    default_model: ClassVar[str] = "Copilot"
    models: ClassVar[list[str]] = ["Copilot", "Think Deeper"]
    model_aliases: ClassVar[dict[str, str]] = {
        "gpt-4": "Copilot",
        "gpt-4o": "Copilot",
        "dall-e-3": "Copilot",
        "o1": "Think Deeper",
        "reasoning": "Think Deeper",
    }
    websocket_url: ClassVar[str] = _DEFAULT_SOCKET
    conversation_url: ClassVar[str] = _DEFAULT_CONVERSATIONS
    generation: ClassVar[str] = DEFAULT_GENERATION
    _access_token: ClassVar[str | None] = None
    _cookies: ClassVar[Mapping[str, str] | None] = None

    @classmethod
    def create_completion(  # pyright: ignore[reportIncompatibleMethodOverride]  # the original signature
        cls,
        model: str,
        messages: Messages,
        stream: bool = False,  # noqa: FBT001, FBT002  # the original signature
        proxy: str | None = None,
        timeout: float | Timeout = DEFAULT_TIMEOUT,
        prompt: str | None = None,
        media: MediaListType | None = None,
        conversation: BaseConversation | None = None,
        return_conversation: bool = False,  # noqa: FBT001, FBT002
        api_key: str | None = None,
        **kwargs: Any,
    ) -> CreateResult:
        """Send a message and yield the answer. Nothing happens, and nothing fails, before the first ``next``.

        Args:
            model: ``Copilot``, ``Think Deeper``, or an alias; empty for the default.
            messages: ``{"role", "content"}``, oldest first; contents may be lists of parts. A new conversation begins
                with all of them, cut to 10,000 characters; a continued one gets the last user message.
            stream: True yields text piece by piece. False yields the whole text once, with replacements applied, and
                then the other items in order.
            proxy: ``http://``, ``https://`` or ``socks5://`` URL.
            timeout: Seconds for the whole call, or a `provider.Timeout`.
            prompt: The text to send in place of ``messages``.
            media: ``(item, name)`` pairs or bare items: bytes, path objects, data URIs, binary files, https URLs.
            conversation: The conversation to continue.
            return_conversation: Yield the `Conversation` first.
            api_key: The access token, in place of the class's own.
            kwargs: ``cookies``, ``identity_type``, or a field of `provider.options.Options`; others are ignored.

        Yields:
            ``str`` and the other items of `provider.items`.

        Raises:
            MissingRequirementsError: curl_cffi is missing.
            MissingAuthError: The service rejects the credentials (401).
            NoValidHarFileError: With ``anonymous=False``, where there are no credentials.
            RuntimeError: The service's answer is invalid (`ResponseError`), or the connection ended before it
                (`ConnectionClosedError`).
            CopilotError: Anything else. ``partial`` holds the text so far.
        """
        call = _Call(**locals())
        del api_key, proxy, kwargs  # keeps the secrets out of traceback frames
        question = call.question()
        if stream:
            yield from _stream(question)
            return
        whole = WholeTurn()
        with closing(_stream(question)) as items:
            yield from filter(whole.is_due, items)
        yield from whole.rest()

    @classmethod
    async def create_async(
        cls,
        model: str,
        messages: Messages,
        stream: bool = False,  # noqa: FBT001, FBT002  # as above
        proxy: str | None = None,
        timeout: float | Timeout = DEFAULT_TIMEOUT,  # noqa: ASYNC109  # as above
        prompt: str | None = None,
        media: MediaListType | None = None,
        conversation: BaseConversation | None = None,
        return_conversation: bool = False,  # noqa: FBT001, FBT002
        api_key: str | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Item]:
        """`create_completion` for asyncio: an async generator of the same items. Closing it closes the connection."""
        call = _Call(**locals())
        del api_key, proxy, kwargs  # as above
        question = await asyncio.to_thread(call.question)
        whole = WholeTurn()  # stays empty where the app streams
        async with aclosing(_stream_async(question)) as items:
            async for item in items:
                if stream or whole.is_due(item):
                    yield item
        for item in whole.rest():
            yield item


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)  # the arguments hold secrets
class _Call:
    """The arguments of one ``create_completion`` by their names, ``cls`` included."""

    cls: type[Copilot]
    model: str
    messages: Messages
    stream: bool
    proxy: str | None
    timeout: float | Timeout
    prompt: str | None
    media: MediaListType | None
    conversation: BaseConversation | None
    return_conversation: bool
    api_key: str | None
    kwargs: dict[str, Any]

    def question(self) -> _Question:
        """Check the arguments; return what to send. This may read files."""
        options = self._options()
        credentials, is_given = self._credentials()
        service = resolve_credentials(options.service(credentials), options, is_given=is_given)
        known = _id_of(self.conversation)
        attached = (*(self.media or ()), *media_of(self.messages or ()))
        text = self.prompt if self.prompt is not None else make_prompt(self.messages, continued=known is not None)
        return _Question(
            service,
            options,
            ChatState(conversation_id=known, first_turn=known is None),
            UserMessage(
                text=text,
                mode=wire_mode(service.generation, self.cls.get_model(self.model)),
                media=load_media(attached),
                announce_conversation=self.return_conversation,
            ),
        )

    def _credentials(self) -> tuple[Credentials, bool]:
        """The credentials, and whether they come with cookies. Secrets stay out of the caller's traceback frame."""
        default_token, default_cookies = self.cls._access_token, self.cls._cookies  # pyright: ignore[reportPrivateUsage]  # noqa: SLF001  # one module
        cookies = self.kwargs.get("cookies") or default_cookies
        given = given_credentials(self.api_key or default_token, cookies, self.kwargs.get("identity_type"))
        return given, cookies is not None

    def _options(self) -> Options:
        """Options from arguments and overridden attributes. As in the original, unknown arguments are ignored."""
        known = {name: value for name, value in self.kwargs.items() if name in Options.__slots__ and value is not None}
        ignored = sorted(set(self.kwargs) - set(known) - {"cookies", "identity_type"})
        if ignored:
            _logger.debug("unknown arguments are ignored: %s", ", ".join(ignored))
        known.setdefault("generation", self.cls.generation)
        known.setdefault("max_retries", 0)
        given = "base_url" in known
        if not given and self.cls.url not in ("", endpoints.DEFAULT_BASE_URL):
            known["base_url"] = self.cls.url
        if not given and self.cls.websocket_url != _DEFAULT_SOCKET:
            known.setdefault("websocket_url", self.cls.websocket_url)
        if not given and self.cls.conversation_url != _DEFAULT_CONVERSATIONS:
            known.setdefault("conversation_url", self.cls.conversation_url)
        arguments: dict[str, Any] = {**known, "proxy": self.proxy, "timeout": self.timeout}
        mistake = find_mistake("create_completion", arguments, hints_of(ClientOptions))
        if mistake is not None:
            raise mistake
        return Options(**arguments)


def _id_of(conversation: BaseConversation | None) -> str | None:
    if conversation is None:
        return None
    known = getattr(conversation, "conversation_id", None)
    if not isinstance(known, str) or not known:
        hint = "Pass the Conversation that return_conversation=True yielded."
        raise UsageError("The object passed as conversation has no conversation_id", step="conversation", hint=hint)
    return known


def _stream(question: _Question) -> Generator[Item, None, None]:
    driver = sync_driver(question.service, question.options)
    try:
        yield from driver.run(question.flow(), question.options.deadlines())
    finally:
        driver.close()


async def _stream_async(question: _Question) -> AsyncGenerator[Item, None]:
    driver = async_driver(question.service, question.options)
    try:
        async with aclosing(driver.run(question.flow(), question.options.deadlines())) as items:
            async for item in items:
                yield item
    finally:
        await driver.close()


async def get_access_token_and_cookies(
    url: str, proxy: str | None = None, target: str = "ChatAI"
) -> tuple[str, dict[str, str]]:
    """Let a person sign in with a real browser, and return the access token and cookies.

    Args:
        url: The service's page.
        proxy: The browser's proxy.
        target: What the token's scope must contain (docs/protocol.md §2.3).

    Returns:
        Token and cookies.

    Raises:
        LoginError: No browser was found, the window was closed, the time was up, or there was no token.
    """
    from provider.auth.browser.login import get_access_token_and_cookies as sign_in

    return await sign_in(url, proxy, target)


_CLARITY: Final = b"H4sIAAAAAAACA6tWSs5JLMosqVSyUirPLEotSSxIVaoFAPo7RJcWAAAA"


def get_clarity() -> bytes:
    """Base64 of a fixed gzip blob, in the place of the telemetry that clients sent in December 2024 (§4.7)."""
    return _CLARITY
