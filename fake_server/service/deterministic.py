"""Ids, keys, cookies and dates from a seed and a clock that stands still: equal sessions have equal bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Final


class Clock:
    """The service's time. It starts at a generation's first date, and stands still until `advance` moves it.

    Attributes:
        elapsed: Seconds since the start.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start
        self.elapsed = 0

    @property
    def now(self) -> datetime:
        """The present moment by this clock."""
        return self._start + timedelta(seconds=self.elapsed)

    def advance(self, seconds: int) -> None:
        """Move the clock forward.

        Raises:
            ValueError: ``seconds`` is negative, or leads beyond the end of the calendar.
        """
        if seconds < 0:
            raise ValueError("time cannot go back: seconds must not be negative")
        try:
            _ = self.now + timedelta(seconds=seconds, days=400)
        except OverflowError as error:
            raise ValueError("the clock would pass the year 9999: use fewer seconds") from error
        self.elapsed += seconds


_NANOID: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_COOKIE_DAYS: Final = 390


class SeededIds:
    """A stream of ids. Each key has a stream of its own, so that the order of use does not matter."""

    def __init__(self, seed: int, *key: object) -> None:
        self.random = random.Random("/".join(map(str, (seed, *key))))  # noqa: S311  # must repeat, guards nothing

    def nanoid(self) -> str:
        """An id of 21 characters, like the service's (docs/protocol.md §3.7)."""
        return "".join(self.random.choices(_NANOID, k=21))

    def hex(self, digits: int = 32) -> str:
        """A number of hexadecimal digits."""
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"


def date_of(moment: datetime, seconds: int = 0) -> str:
    """A date some seconds after a moment, as the service writes it: ``2026-01-15T10:00:01.000Z``."""
    return f"{moment + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.000Z"


def image_id(seed: int, ids: SeededIds) -> str:
    """A UUID for a generated image; its last digits are a check sum with the seed."""
    head = ids.hex(20)
    head = f"{head[:12]}4{head[13:16]}8{head[17:]}"
    return _dashed(head + _check_sum(seed, head))


def is_image_id(seed: int, text: str) -> bool:
    """Whether `image_id` made this id with the same seed, so that the service need not store generated images."""
    digits = text.replace("-", "")
    return _dashed(digits) == text and digits[20:] == _check_sum(seed, digits[:20])


def _check_sum(seed: int, head: str) -> str:
    return hashlib.sha256(f"{seed}/image/{head}".encode()).hexdigest()[:12]


def _dashed(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def anonymous_cookie(seed: int, ids: SeededIds, start: datetime) -> str:
    """A value for ``__Host-copilot-anon``: like the JWT of docs/protocol.md §2.1, without a valid signature."""
    issued = int(start.replace(tzinfo=UTC).timestamp())
    header = {"alg": "PS256", "kid": ids.hex(), "typ": "JWT"}
    claims = {
        "sub": ids.nanoid(),
        "nbf": issued,
        "exp": issued + _COOKIE_DAYS * 86_400,
        "iat": issued,
        "iss": "https://copilot.microsoft.com",
        "aud": "AnonymousIdentity",
    }
    body = f"{_base64(_json(header))}.{_base64(_json(claims))}"
    return f"{body}.{_signature(seed, body)}"


def is_anonymous_cookie(seed: int, value: str, now: datetime) -> bool:
    """Whether `anonymous_cookie` made this value with the same seed, and it has not expired."""
    body, _, signature = value.rpartition(".")
    if signature != _signature(seed, body):
        return False
    encoded = body.partition(".")[2]
    claims = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return now.timestamp() < claims["exp"]


def device_cookies(ids: SeededIds) -> dict[str, str]:
    """The cookies that the start page sets in every browser (docs/protocol.md §2.2)."""
    device = ids.hex().upper()
    session = ids.hex().upper()
    return {"MUID": device, "MUIDB": device, "_EDGE_S": f"F=1&SID={session}", "_EDGE_V": "1", "_C_ETH": "1"}


def _signature(seed: int, body: str) -> str:
    return _base64(b"".join(hashlib.sha256(f"{seed}/{part}/{body}".encode()).digest() for part in range(8)))


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
