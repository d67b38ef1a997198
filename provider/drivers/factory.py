"""Drivers with all they need: a transport with the caller's cookies, who renews credentials, who answers challenges."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from provider.auth.discovery import check_origin, fetch_again, look_for, nothing_found
from provider.credentials import Credentials
from provider.drivers.async_driver import AsyncDriver
from provider.drivers.refresh import RENEWALS, Fetch
from provider.drivers.sync_driver import BlockingDriver
from provider.effects import Renew, Solve
from provider.errors import MissingRequirementsError, UsageError
from provider.flow.state import Service
from provider.options import TOKEN_VARIABLE, Options
from provider.proofs import compute
from provider.transport.async_transport import AsyncTransport
from provider.transport.errors import MissingCurlError
from provider.transport.sync_transport import BlockingTransport

Made = TypeVar("Made")


def find_caller(service: Service, options: Options, *, is_given: bool) -> Service:
    """The service with credentials that nobody gave, if any are found. May read files: not for an event loop.

    Args:
        service: With those that were given, or found in the environment.
        options: Say whether to look, and whether it goes without.
        is_given: Whether the caller has chosen the credentials, anonymous ones included.

    Raises:
        NoValidHarFileError: There are none, and they are needed; names every source that was tried.
        UsageError: They are for another service than the one the client is led to; or the store cannot be trusted.
    """
    urls = (service.base_url, service.websocket_url, service.conversation_url)
    if not is_given and service.credentials.anonymous and options.stored_credentials:
        found = look_for(service.base_url)
        service = service if found is None else replace(service, credentials=found)
    if service.credentials.anonymous and not options.anonymous:
        raise nothing_found(service.base_url, ("an argument", TOKEN_VARIABLE))
    check_origin(service.credentials, urls)
    return service


def blocking_driver(service: Service, options: Options) -> BlockingDriver:
    """A driver for threads.

    Raises:
        MissingRequirementsError: curl_cffi is not installed.
        UsageError: The proxy is no proxy URL.
    """
    settings = options.settings()
    transport = _with_curl(lambda: BlockingTransport(settings))
    transport.set_cookies(service.base_url, service.credentials.cookies)

    def renew(effect: Renew) -> Credentials | None:
        fetch = _fetch(service, options)
        found = None if fetch is None else RENEWALS.renew(effect.credentials, fetch, where=service.base_url)
        if found is not None:
            transport.set_cookies(service.base_url, found.cookies)
        return found

    def solve(effect: Solve) -> str | None:
        hook = options.on_challenge
        own = None if hook is None else hook(effect.challenge)
        if own is not None and not isinstance(own, str):
            raise UsageError("on_challenge gave no text", step="challenge", hint="Coroutines are for the async client.")
        return compute(effect.challenge) if own is None and options.answer_challenges else own

    return BlockingDriver(transport, connect_timeout=settings.connect_timeout, renew=renew, solve=solve)


def async_driver(service: Service, options: Options) -> AsyncDriver:
    """A driver for asyncio; raises as `blocking_driver` does."""
    settings = options.settings()
    transport = _with_curl(lambda: AsyncTransport(settings))
    transport.set_cookies(service.base_url, service.credentials.cookies)

    async def renew(effect: Renew) -> Credentials | None:
        fetch = _fetch(service, options)
        found = None if fetch is None else await RENEWALS.renew_async(effect.credentials, fetch, where=service.base_url)
        if found is not None:
            transport.set_cookies(service.base_url, found.cookies)
        return found

    async def solve(effect: Solve) -> str | None:
        hook = options.on_challenge
        own = None if hook is None else hook(effect.challenge)
        if isinstance(own, Awaitable):
            own = await own
        if own is None and options.answer_challenges:
            own = await asyncio.to_thread(compute, effect.challenge)
        return own

    return AsyncDriver(transport, connect_timeout=settings.connect_timeout, renew=renew, solve=solve)


def _fetch(service: Service, options: Options) -> Fetch | None:
    """Who gets other credentials; nobody for those that a caller gave without saying where to get more."""
    if options.refresh is not None:
        return options.refresh
    return fetch_again if service.credentials.origin is not None else None


def _with_curl(make: Callable[[], Made]) -> Made:
    try:
        return make()
    except MissingCurlError as error:
        hint = "Install it with: pip install curl_cffi"
        raise MissingRequirementsError("curl_cffi is missing", step="start", hint=hint) from error
