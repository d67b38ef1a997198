"""Prompts to the fake's scenarios, by what a client has to make of them."""

from __future__ import annotations

from typing import Final

from provider.errors import (
    ChallengeRequiredError,
    ConnectionClosedError,
    CopilotError,
    MalformedEventError,
    RateLimitError,
    ResponseError,
)

GOOD: Final = (
    "Hello",
    "Grüße 🙂",
    "/search rivers",
    "/think rivers",
    "/replace",
    "/parts 3",
    "/long 300",
    "/big 300",
    "/fragments 3",
    "/suggest",
    "/early-suggestions",
    "/title New",
    "/ping",
    "/image cat",
    "/unknown",
)
"""The turn ends with `FinishReason("stop")`, unless the caller is refused."""
FAILING: Final[dict[str, type[CopilotError]]] = {
    "/empty": ResponseError,
    "/image-cut cat": ConnectionClosedError,
    "/error": ResponseError,
    "/error too-many-messages": RateLimitError,
    "/late-error": ResponseError,
    "/throttle 30": RateLimitError,
    "/challenge null": ChallengeRequiredError,
    "/challenge hashcash": ChallengeRequiredError,
    "/malformed": MalformedEventError,
    "/notjson": MalformedEventError,
    "/two-in-one": MalformedEventError,
    "/cut 3": ConnectionClosedError,
    "/reset 2": ConnectionClosedError,
    "/close 1011 goodbye": ConnectionClosedError,
}
"""The turn ends with this error, unless the caller is refused."""
WAITING: Final = ("/silent", "/stall 2", "/received-only", "/slow 1")
"""The turn does not end by itself, or not soon."""
ARMING: Final = ("/refuse 503", "/refuse 429", "/refuse 401", "/region", "/cloudflare")
"""The caller's next request, or upgrade, is refused."""
EXPIRING: Final = "/expire"
"""The caller's token is refused from now on."""
