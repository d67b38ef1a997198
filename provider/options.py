"""How a client is set up: from what callers say, the class and the environment to a service and transport settings."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from provider.challenges import Hook
from provider.credentials import Credentials
from provider.flow.state import LINGER, Service
from provider.transport.types import Settings
from provider.wire import endpoints
from provider.wire.errors import UsageError
from provider.wire.generations import DEFAULT_GENERATION, Generation, find_generation

BASE_URL_VARIABLE: Final = "COPILOT_BASE_URL"
TOKEN_VARIABLE: Final = "COPILOT_TOKEN"  # noqa: S105  # a name, not a token
DEFAULT_TIMEOUT: Final = 900.0
_PROXY_SCHEMES: Final = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Everything but the credentials. Values left out have the service's defaults.

    Attributes:
        base_url: Where the service is; over the environment's ``COPILOT_BASE_URL``, over the default.
        websocket_url: The chat socket's URL if it does not follow from the base URL.
        conversation_url: The same for opening conversations.
        generation: Which generation of the protocol is spoken: ``"2026"`` (default), ``"2025-10"`` or ``"2025-03"``.
        proxy: ``http://``, ``https://`` or ``socks5://`` URL, with ``user:password@`` if needed.
        verify: True, False, or the path of a PEM file with certificate authorities.
        impersonate: The browser whose look the connection has; None for libcurl's own.
        linger: Seconds without a message after ``done`` until title and suggestions are given up.
        connect_timeout: Seconds for opening the socket.
        stored_credentials: Whether credentials that nobody gave are looked for in the store and in HAR files.
        anonymous: Whether to go on without any; else `NoValidHarFileError` says where they were looked for.
        refresh: Called with credentials that were refused or end soon: gives others, or None. Called once for all that
            have the same; never in an event loop's thread. Without it those of the store or of HAR files are looked
            for again.
        answer_challenges: Whether challenges that the service's page computes are computed here, too (§4.7). What it
            means for you stands in docs/credentials.md.
        on_challenge: An app's own answers to challenges; asked first. For the asyncio client it may be a coroutine
            function.
    """

    base_url: str | None = None
    websocket_url: str | None = None
    conversation_url: str | None = None
    generation: str = DEFAULT_GENERATION
    proxy: str | None = field(default=None, repr=False)
    verify: bool | str = True
    impersonate: str | None = "chrome"
    linger: float = LINGER
    connect_timeout: float = 30.0
    stored_credentials: bool = True
    anonymous: bool = True
    refresh: Callable[[Credentials], Credentials | None] | None = field(default=None, repr=False)
    answer_challenges: bool = False
    on_challenge: Hook | None = field(default=None, repr=False)

    def settings(self) -> Settings:
        """What the transport is told.

        Raises:
            UsageError: The proxy is no proxy URL.
        """
        check_proxy(self.proxy)
        return Settings(
            impersonate=self.impersonate,
            proxy=self.proxy,
            verify=self.verify,
            connect_timeout=self.connect_timeout,
        )

    def service(self, credentials: Credentials) -> Service:
        """Where the service is and who calls.

        Raises:
            UsageError: A URL or the generation is wrong.
        """
        base_url = endpoints.check_base_url(
            self.base_url or os.environ.get(BASE_URL_VARIABLE) or endpoints.DEFAULT_BASE_URL
        )
        return Service(
            generation=find_generation(self.generation),
            base_url=base_url,
            websocket_url=_check_socket_url(self.websocket_url) or endpoints.socket_url(base_url),
            conversation_url=self.conversation_url or base_url + endpoints.CONVERSATIONS,
            credentials=credentials,
            client_session_id=str(uuid.uuid4()),
            linger=self.linger,
            answers_challenges=self.answer_challenges or self.on_challenge is not None,
        )


def check_proxy(proxy: str | None) -> None:
    """Refuse what is no proxy URL, without showing it: it may hold a password.

    Raises:
        UsageError: It is not one.
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
        del proxy  # tools that show an error's calls show their arguments
        hint = "Give something like http://user:password@host:3128 or socks5://host:1080."
        raise UsageError("The proxy is no proxy URL", step="proxy", hint=hint)


def _check_socket_url(url: str | None) -> str | None:
    if url is not None and urlsplit(url).scheme not in ("ws", "wss"):
        del url  # as in `check_proxy`
        raise UsageError("websocket_url is no ws:// or wss:// URL", step="websocket_url")
    return url


def find_credentials(
    token: str | None, cookies: Mapping[str, str] | None = None, identity_type: str | None = None
) -> Credentials:
    """The credentials given, else those of the environment's ``COPILOT_TOKEN``, else anonymous ones.

    Raises:
        UsageError: The token holds a character that no token has (a copy and paste accident).
    """
    source = "argument" if token else "anonymous"
    if not token:
        token = os.environ.get(TOKEN_VARIABLE) or None
        source = TOKEN_VARIABLE if token else source
    if token is not None:
        token = token.strip().removeprefix("Bearer ").strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            del token, cookies, identity_type  # as in `check_proxy`
            hint = "Copy what follows `Bearer ` in the request's authorization header."
            raise UsageError(f"The access token from {source} is none", step="credentials", hint=hint)
    return Credentials(token=token, cookies=dict(cookies or {}), identity_type=identity_type, source=source)


def wire_mode(generation: Generation, model: str) -> str:
    """The wire's mode for one of our models.

    Raises:
        UsageError: The generation has no such model.
    """
    try:
        return generation.modes[model]
    except KeyError:
        hint = f"Known: {', '.join(generation.modes)}."
        raise UsageError(f"There is no model {model!r}", step="model", hint=hint) from None
