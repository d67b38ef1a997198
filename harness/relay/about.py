"""`describe_origin`: returns the name of a service for a cassette's head, after asking a local one if it is a fake."""

from __future__ import annotations

import json
import ssl
import urllib.request
from http.client import HTTPException
from typing import Final
from urllib.parse import urlsplit

from harness.origins import is_loopback
from provider.transport.types import Settings

ABOUT: Final = "/.wiretape"
"""The path where a fake service identifies itself, so that no recording of it passes for a live one."""

_LONGEST: Final = 4096
"""Bytes of the JSON with which a fake identifies itself."""


def ask_about(origin: str, settings: Settings | None) -> dict[str, object]:
    """Request a local server's description of itself: the JSON by which a fake identifies itself, else ``{}``."""
    context = None
    if origin.startswith("https:"):
        verify = settings.verify if settings else True
        context = ssl.create_default_context(cafile=verify if isinstance(verify, str) else None)
        if verify is False:
            context = ssl._create_unverified_context()  # noqa: S323, SLF001  # a local server, asked for its name  # pyright: ignore[reportPrivateUsage]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
    try:
        with opener.open(origin + ABOUT, timeout=2.0) as answer:
            # A fake names the length. The body of any other server may be a stream that does not end.
            about = json.loads(answer.read()) if answer.length is not None and answer.length <= _LONGEST else {}
    except (OSError, ValueError, HTTPException):
        return {}
    return about if isinstance(about, dict) else {}


def describe_origin(upstream: str, settings: Settings | None = None) -> str:
    """The ``from`` of a cassette: the service's origin, or ``fake:GENERATION`` for a fake service.

    Only local servers are asked whether they are fakes.
    """
    parts = urlsplit(upstream)
    origin = f"{parts.scheme}://{parts.netloc}"
    if not is_loopback(parts.hostname):
        return origin
    about = ask_about(origin, settings)
    generation = about.get("generation")
    return f"fake:{generation}" if isinstance(generation, str) else origin
