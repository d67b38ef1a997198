"""Makes drivers: each has a transport, and the functions that refresh credentials and answer challenges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from provider.auth.discovery import check_origin, find_replacement, find_stored, no_credentials_error
from provider.credentials import Credentials
from provider.drivers.async_driver import AsyncDriver
from provider.drivers.challenges import answer, answer_async
from provider.drivers.refresh import REFRESHER, Fetch
from provider.drivers.sync_driver import SyncDriver
from provider.errors import MissingRequirementsError
from provider.flow.state import ServiceAccess
from provider.options import TOKEN_VARIABLE, Options
from provider.transport.async_transport import AsyncTransport
from provider.transport.cookies import CookieStore
from provider.transport.errors import MissingCurlError
from provider.transport.sync_transport import SyncTransport

Result = TypeVar("Result")


def resolve_credentials(service: ServiceAccess, options: Options, *, is_given: bool) -> ServiceAccess:
    """Return the service with stored credentials if the app gave none and some are stored; else unchanged.

    This reads files: never call it in an event loop's thread.

    Args:
        service: The service, with the credentials that were given or found in the environment.
        options: Say whether to look for stored credentials, and whether the client may go without.
        is_given: Whether the app chose the credentials, even anonymous ones.

    Raises:
        NoValidHarFileError: There are none, and ``anonymous`` is False; names every place that was searched.
        UsageError: They are for another service than the client's; or the store cannot be trusted.
    """
    urls = (service.base_url, service.websocket_url, service.conversation_url)
    if not is_given and service.credentials.anonymous and options.stored_credentials:
        found = find_stored(service.base_url)
        service = service if found is None else replace(service, credentials=found)
    if service.credentials.anonymous and not options.anonymous:
        raise no_credentials_error(service.base_url, ("an argument", TOKEN_VARIABLE))
    check_origin(service.credentials, urls)
    return service


def sync_driver(service: ServiceAccess, options: Options, cookies: CookieStore | None = None) -> SyncDriver:
    """A driver for threads.

    Args:
        service: The service.
        options: Of the client.
        cookies: The store that conversations of one client share; by default a new one, with the credentials' cookies.

    Raises:
        MissingRequirementsError: curl_cffi is not installed.
    """
    settings = options.transport_settings()
    transport = _with_curl(lambda: SyncTransport(settings, cookies or cookies_of(service)))
    fetch = _fetch(service, options)

    def refresh(replaced: Credentials, within: float) -> Credentials | None:
        if fetch is None:
            return None
        found = REFRESHER.refresh(replaced, fetch, service=service.base_url, within=within)
        if found is not None:
            transport.set_cookies(service.base_url, found.cookies)
        return found

    return SyncDriver(
        transport,
        refresh=refresh,
        answer=lambda challenge, within: answer(challenge, options, within),
    )


def async_driver(service: ServiceAccess, options: Options, cookies: CookieStore | None = None) -> AsyncDriver:
    """A driver for asyncio; arguments and errors as for `sync_driver`."""
    settings = options.transport_settings()
    transport = _with_curl(lambda: AsyncTransport(settings, cookies or cookies_of(service)))
    fetch = _fetch(service, options)

    async def refresh(replaced: Credentials, within: float) -> Credentials | None:
        if fetch is None:
            return None
        found = await REFRESHER.refresh_async(replaced, fetch, service=service.base_url, within=within)
        if found is not None:
            transport.set_cookies(service.base_url, found.cookies)
        return found

    return AsyncDriver(
        transport,
        refresh=refresh,
        answer=lambda challenge, within: answer_async(challenge, options, within),
    )


def cookies_of(service: ServiceAccess) -> CookieStore:
    """A new store with the cookies of the service's credentials."""
    store = CookieStore()
    store.add(service.base_url, service.credentials.cookies)
    return store


def _fetch(service: ServiceAccess, options: Options) -> Fetch | None:
    """The function that replaces credentials: the option ``refresh``, else the client's own for stored credentials.

    None for credentials that the app gave without ``refresh``.
    """
    if options.refresh is not None:
        return options.refresh
    return find_replacement if service.credentials.origin is not None else None


def _with_curl(make: Callable[[], Result]) -> Result:
    try:
        return make()
    except MissingCurlError as error:
        hint = "Install it with: pip install curl_cffi"
        raise MissingRequirementsError("curl_cffi is missing", step="start", hint=hint) from error
