"""Hosts that a recording does not cover: a response leads the client there, and no upstream has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from harness.cassette.model import Call, Cassette, Exchange
from harness.origin_patterns import SOCKET_SCHEMES, Origin

_SOCKET_URL: Final = re.compile(rb"\b(wss?):(?:\\?/){2}([a-z0-9][a-z0-9.-]{0,252}(?::[0-9]{1,5})?)", re.IGNORECASE)
_URL: Final = re.compile(r"(https?)://([a-z0-9][a-z0-9.-]{0,252}(?::[0-9]{1,5})?)(?:[/?#]|$)", re.IGNORECASE)
_HTTP_SCHEMES: Final = {socket: http for http, socket in SOCKET_SCHEMES.items()}
_MOST: Final = 5
"""Hosts that are named."""


def unlisted_hosts(cassette: Cassette, known: Iterable[str] = ()) -> list[str]:
    """Sentences about other hosts that the client was led to: by a redirect, or by the URL of a socket.

    Other URLs, of pictures and pages, are no sign that the client calls them.

    Args:
        cassette: The recording.
        known: Further origins of the service.
    """
    origins = (cassette.recorded.origin, *cassette.recorded.upstreams.values(), *known)
    listed = {_whole(each) for each in origins}
    found: dict[str, str] = {}
    for exchange in cassette.exchanges:
        label = f"{exchange.method if isinstance(exchange, Call) else 'socket'} {exchange.target.partition('?')[0]}"
        for url in _led_to(exchange):
            if _whole(url) not in listed:
                found.setdefault(url, label)
    return [
        f"the response to {label} leads to {url}, which this recording does not have: add --upstream NAME={url}"
        for url, label in list(found.items())[:_MOST]
    ]


def _led_to(exchange: Exchange) -> Iterator[str]:
    response = exchange.response
    if response is None:
        return
    for name, value in response.headers:
        if name == "location" and (url := _URL.match(value)):
            yield f"{url[1]}://{url[2]}".lower()
    lines = () if isinstance(exchange, Call) else exchange.messages
    sent = [line.data for line in (*(response.stream or ()), *lines) if line.direction == "<" and line.kind == "text"]
    for data in (response.body.searched, *sent):
        for match in _SOCKET_URL.finditer(data):
            yield b"://".join(match.groups()).decode("ascii").lower()


def _whole(url: str) -> Origin:
    scheme, _, authority = url.partition("://")
    return Origin.parse(f"{_HTTP_SCHEMES.get(scheme, scheme)}://{authority}")
