"""`open_streams`: a TCP or TLS connection to a service, for an upgrade that the relay sends itself."""

from __future__ import annotations

import asyncio
import ssl
from typing import Final
from urllib.parse import urlsplit

import certifi

from provider.transport.errors import ConnectError
from provider.transport.types import Settings

_AHEAD: Final = 1024 * 1024
"""Bytes that are read before anybody asks for them."""


async def open_streams(url: str, settings: Settings) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect to the host of a ``ws://`` or ``wss://`` URL.

    Raises:
        ConnectError: The host cannot be reached, or its certificate is not trusted.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    try:
        return await asyncio.open_connection(
            host,
            port,
            ssl=_context(settings) if secure else None,
            limit=_AHEAD,
            happy_eyeballs_delay=0.25,
        )
    except ssl.SSLError as error:
        raise ConnectError(
            f"{host}:{port}: the TLS handshake failed ({error.reason or 'no reason given'})", tls=True
        ) from error
    except OSError as error:
        raise ConnectError(f"{host}:{port}: {error.strerror or type(error).__name__}") from error


def _context(settings: Settings) -> ssl.SSLContext:
    if settings.verify is False:
        context = ssl._create_unverified_context()  # noqa: S323, SLF001  # the user turned verification off  # pyright: ignore[reportPrivateUsage]
    else:
        # The same certificate authorities that libcurl uses here.
        file = settings.verify if isinstance(settings.verify, str) else certifi.where()
        context = ssl.create_default_context(cafile=file)
    context.set_alpn_protocols(["http/1.1"])
    return context
