"""Drivers with all they need: a transport with the caller's cookies, who renews credentials, who answers challenges."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from provider.auth.renewing import fetch_again
from provider.credentials import Credentials
from provider.drivers.asynchronous import AsyncDriver
from provider.drivers.blocking import BlockingDriver
from provider.effects import Renew, Solve
from provider.errors import MissingRequirementsError, UsageError
from provider.flow.plan import Service
from provider.options import Options
from provider.proofs import compute
from provider.renewal import RENEWALS, Fetch
from provider.transport.asynchronous import AsyncTransport
from provider.transport.blocking import BlockingTransport
from provider.transport.errors import MissingCurlError

Made = TypeVar("Made")


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
