"""The options of a client, and what follows from them and the environment: the service and the transport settings."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypedDict
from urllib.parse import urlsplit

from provider.challenges import Hook
from provider.credentials import Credentials
from provider.flow.observe import HookWatcher, Watcher
from provider.flow.state import LINGER, ChatState, ServiceAccess
from provider.items import Conversation
from provider.log import log_watchers, set_up_log
from provider.timeout import DEFAULT_TOTAL, Timeout
from provider.traffic import ReceivedResponse, SentRequest, SocketMessage
from provider.transport.types import Settings
from provider.wire import endpoints
from provider.wire.errors import UsageError
from provider.wire.generations import DEFAULT_GENERATION, Generation, find_generation

BASE_URL_VARIABLE: Final = "COPILOT_BASE_URL"
TOKEN_VARIABLE: Final = "COPILOT_TOKEN"  # noqa: S105  # a name, not a token
DEFAULT_MODEL: Final = "Copilot"
DEFAULT_TIMEOUT: Final = DEFAULT_TOTAL
DEFAULT_RETRIES: Final = 2
_PROXY_SCHEMES: Final = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """All options of a client but its credentials and its conversation, with their defaults.

    `ClientOptions` declares the same names for calls; a test keeps the two alike.

    Attributes:
        model: The model of turns that name none: ``Copilot`` or ``Think Deeper``.
        timeout: Seconds for each turn, from the first request to the last item; or a `Timeout` of parts. None is no
            deadline.
        base_url: The service's URL. By default that of the variable ``COPILOT_BASE_URL``, else the real service's.
        websocket_url: The chat socket's URL if it does not follow from the base URL.
        conversation_url: The URL that opens conversations, likewise.
        generation: The generation of the protocol: ``"2026"`` (default), ``"2025-10"`` or ``"2025-03"``.
        proxy: ``http://``, ``https://`` or ``socks5://`` URL, with ``user:password@`` if needed.
        verify: True, False, or the path of a PEM file with certificate authorities.
        impersonate: The browser whose TLS and HTTP fingerprint the connection has; None for libcurl's own.
        linger: Seconds to wait after ``done`` for each further message, such as the title and the suggestions.
        connect_timeout: Seconds for opening a connection, in place of the ``connect`` of a `Timeout`.
        max_retries: How often each request before the prompt is repeated, where that is safe: without a connection, and
            after a 429 or 503. See docs/provider.md.
        stored_credentials: Whether the client looks into the store and HAR files when it is given no credentials.
        anonymous: Whether the client may go without credentials. False raises `NoValidHarFileError`, which names every
            place that was searched.
        refresh: Takes credentials that the service rejected or that expire soon, and returns others or None. It runs in
            a thread of its own, once for all clients with the same credentials. By default the client looks into the
            store and HAR files again.
        answer_challenges: Whether the client computes the answers to challenges as the service's page does (§4.7). See
            docs/credentials.md for what that means for you.
        on_challenge: Returns an app's own answer to a challenge, or None; called before anything is computed. It may be
            a coroutine function in the asyncio client.
        keep_raw_events: Whether each turn keeps the messages that it received, in ``turn.raw_events``.
        on_request: Called with each request before it is sent, the upgrade included. The three hooks may be coroutine
            functions in the asyncio client. An exception of a hook ends the turn, and the app gets it as it is.
        on_response: Called with each response, also that of the upgrade.
        on_message: Called with each message of the socket: before it is sent, or when it was received.
    """

    model: str = DEFAULT_MODEL
    timeout: float | Timeout | None = DEFAULT_TIMEOUT
    base_url: str | None = None
    websocket_url: str | None = None
    conversation_url: str | None = None
    generation: str = DEFAULT_GENERATION
    proxy: str | None = field(default=None, repr=False)
    verify: bool | str = True
    impersonate: str | None = "chrome"
    linger: float = LINGER
    connect_timeout: float | None = None
    max_retries: int = DEFAULT_RETRIES
    stored_credentials: bool = True
    anonymous: bool = True
    refresh: Callable[[Credentials], Credentials | None] | None = field(default=None, repr=False)
    answer_challenges: bool = False
    on_challenge: Hook | None = field(default=None, repr=False)
    keep_raw_events: bool = False
    on_request: Callable[[SentRequest], object] | None = field(default=None, repr=False)
    on_response: Callable[[ReceivedResponse], object] | None = field(default=None, repr=False)
    on_message: Callable[[SocketMessage], object] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # What is wrong is told before the first turn, not in it.
        self.deadlines()
        if self.max_retries < 0:
            raise UsageError(
                f"max_retries is {self.max_retries}, below 0", step="max_retries", hint="Pass 0 for no retries."
            )

    @classmethod
    def among(cls, arguments: Mapping[str, Any]) -> Options:
        """Return the options among a client's arguments."""
        return cls(**{name: value for name, value in arguments.items() if name in cls.__slots__})

    def transport_settings(self) -> Settings:
        """The settings of the transport."""
        return Settings(
            impersonate=self.impersonate,
            proxy=self.proxy,
            verify=self.verify,
        )

    def deadlines(self, timeout: float | Timeout | None = None) -> Timeout:
        """Return the deadlines of a turn.

        Args:
            timeout: The turn's own, or None. A number replaces the ``total`` of the client's, a `Timeout` every part.

        Raises:
            UsageError: A number is negative or NaN.
        """
        chosen = Timeout.of(self.timeout)
        if timeout is not None:
            chosen = Timeout.of(timeout, chosen)
        return chosen if self.connect_timeout is None else replace(chosen, connect=self.connect_timeout)

    def service(self, credentials: Credentials) -> ServiceAccess:
        """Return the service with these credentials.

        Raises:
            UsageError: A URL, the proxy's included, the generation, or the variable ``COPILOT_LOG`` is wrong.
        """
        set_up_log()
        _check_proxy(self.proxy)
        base_url = endpoints.check_base_url(
            self.base_url or os.environ.get(BASE_URL_VARIABLE) or endpoints.DEFAULT_BASE_URL
        )
        return ServiceAccess(
            generation=find_generation(self.generation),
            base_url=base_url,
            websocket_url=_check_socket_url(self.websocket_url) or endpoints.socket_url(base_url),
            conversation_url=self.conversation_url or base_url + endpoints.CONVERSATIONS,
            credentials=credentials,
            client_session_id=str(uuid.uuid4()),
            linger=self.linger,
            max_retries=self.max_retries,
            answers_challenges=self.answer_challenges or self.on_challenge is not None,
            watch=self._watchers,
        )

    def _watchers(self, state: ChatState, mode: str | None) -> tuple[Watcher, ...]:
        """The watchers of one flow: hooks of the app, and the log."""
        watchers = log_watchers(state, mode)
        if self.on_request is None and self.on_response is None and self.on_message is None:
            return watchers
        return (*watchers, HookWatcher(self.on_request, self.on_response, self.on_message))


class ClientOptions(TypedDict, total=False):
    """The keyword arguments of a client: credentials, the conversation, and every field of `Options`.

    A type for functions that pass them on: ``def connect(**options: Unpack[ClientOptions])``. The attributes of
    `Options` say what its fields mean.

    Attributes:
        cookies: Cookies of the session, by name.
        identity_type: ``X-UserIdentityType``, e.g. ``google``.
        credentials: Token, cookies and identity type in one value, in place of the three.
        conversation: The conversation to continue.
    """

    cookies: Mapping[str, str] | None
    identity_type: str | None
    credentials: Credentials | None
    conversation: Conversation | None
    model: str
    timeout: float | Timeout | None
    base_url: str | None
    websocket_url: str | None
    conversation_url: str | None
    generation: str
    proxy: str | None
    verify: bool | str
    impersonate: str | None
    linger: float
    connect_timeout: float | None
    max_retries: int
    stored_credentials: bool
    anonymous: bool
    refresh: Callable[[Credentials], Credentials | None] | None
    answer_challenges: bool
    on_challenge: Hook | None
    keep_raw_events: bool
    on_request: Callable[[SentRequest], object] | None
    on_response: Callable[[ReceivedResponse], object] | None
    on_message: Callable[[SocketMessage], object] | None


def _check_proxy(proxy: str | None) -> None:
    """Check that the proxy is a proxy URL. The error does not show it: it may hold a password.

    Raises:
        UsageError: It is not.
    """
    if proxy is None:
        return
    try:
        parts = urlsplit(proxy)
        valid = parts.scheme in _PROXY_SCHEMES and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid:
        del proxy  # keeps the secret out of traceback frames
        hint = "Use something like http://user:password@host:3128 or socks5://host:1080."
        raise UsageError(
            "The proxy is not a URL such as http://host:port or socks5://host:port", step="proxy", hint=hint
        )


def _check_socket_url(url: str | None) -> str | None:
    if url is not None and urlsplit(url).scheme not in ("ws", "wss"):
        del url  # keeps the secret out of traceback frames
        hint = "Write it like wss://copilot.microsoft.com."
        raise UsageError("websocket_url is not a ws:// or wss:// URL", step="websocket_url", hint=hint)
    return url


def given_credentials(
    token: str | None, cookies: Mapping[str, str] | None = None, identity_type: str | None = None
) -> Credentials:
    """Return the given credentials, else those of the variable ``COPILOT_TOKEN``, else anonymous ones.

    Raises:
        UsageError: The token has a character that no token has, for example after a failed copy and paste.
    """
    source = "argument" if token else "anonymous"
    if not token:
        token = os.environ.get(TOKEN_VARIABLE) or None
        source = TOKEN_VARIABLE if token else source
    if token is not None:
        token = token.strip().removeprefix("Bearer ").strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            del token, cookies, identity_type  # keeps the secret out of traceback frames
            hint = "Copy what follows `Bearer ` in the request's authorization header."
            raise UsageError(
                f"The access token from {source} has characters that no token has", step="credentials", hint=hint
            )
    return Credentials(token=token, cookies=dict(cookies or {}), identity_type=identity_type, source=source)


def wire_mode(generation: Generation, model: str) -> str:
    """Return the protocol's mode for a model.

    Raises:
        UsageError: The generation has no such model.
    """
    try:
        return generation.modes[model]
    except KeyError:
        hint = f"Known: {', '.join(generation.modes)}."
        raise UsageError(f"The service has no model {model!r}", step="model", hint=hint) from None
