"""Start and stop to listen on a port."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from typing import Final

_ADVICE: Final = {
    errno.EADDRINUSE: "; end the program that listens there, or choose another port",
    errno.EACCES: "; choose a port above 1023",
}
_ROUNDS_TO_HAND_OVER: Final = 4
"""Rounds of the event loop from an accepted socket to its connection, refused and closed."""


class ServerStartError(OSError):
    """The server cannot listen; the text has address and cause, e.g. a port in use."""

    def __str__(self) -> str:
        """The text alone, without the number that an `OSError` puts before it."""
        return str(self.strerror)


async def listen(protocol: Callable[[], asyncio.Protocol], host: str, port: int) -> asyncio.Server:
    """Listen on an address; ``protocol`` makes the protocol of each connection.

    Raises:
        ServerStartError: The address is in use or invalid.
    """
    try:
        return await asyncio.get_running_loop().create_server(protocol, host, port)
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None) or 0
        # asyncio's text repeats the address. An unknown host name has a negative number, and a text of its own.
        why = os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)
        advice = _ADVICE.get(number, "")
        raise ServerStartError(number, f"cannot listen on {host}:{port}: {why}{advice}") from error


async def stop_listening(listener: asyncio.Server) -> None:
    """Stop accepting connections, and close the listener once asyncio has handed over those that it has accepted.

    When asyncio closes a listener, it leaks connections that it has accepted and not yet handed over.
    """
    loop = asyncio.get_running_loop()
    try:
        for listening in listener.sockets:
            loop.remove_reader(listening.fileno())
        for _ in range(_ROUNDS_TO_HAND_OVER):
            await asyncio.sleep(0)
    finally:
        listener.close()
