"""What a way to reach a port of this machine is, and what all ways share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

TIMEOUT = 10.0
"""Seconds that a way may take."""
Way = Callable[[int, int], object]
"""A function of the port and of an open door. It raises unless it gets an answer, or a connection if it asks for no more."""


def url_of(port: int, scheme: str = "http") -> str:
    return f"{scheme}://127.0.0.1:{port}/"


def run_in_asyncio(way: Callable[[int, int], Coroutine[Any, Any, object]]) -> Way:
    return lambda port, door: asyncio.run(way(port, door))
