"""The service's own time. It stands still until somebody moves it, so that equal sessions have equal dates."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Final


class Clock:
    """A clock that begins at a generation's first date.

    Attributes:
        passed: Seconds that have been let pass.
    """

    def __init__(self, start: datetime) -> None:
        self._start = start
        self.passed = 0

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self._start + timedelta(seconds=self.passed)

    def let_pass(self, seconds: int) -> None:
        """Move on.

        Raises:
            ValueError: It would go back, or beyond the calendar's end.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        try:
            _ = self.now + timedelta(seconds=seconds, days=400)
        except OverflowError as error:
            raise ValueError("the calendar ends before that") from error
        self.passed += seconds


_NANOID: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_COOKIE_DAYS: Final = 390


class Names:
    """A stream of made-up names. Streams of different keys never touch, in whatever order they are used."""

    def __init__(self, seed: int, *key: object) -> None:
        self.random = random.Random("/".join(map(str, (seed, *key))))  # noqa: S311  # must repeat, guards nothing

    def nanoid(self) -> str:
        """21 characters, as the service's ids (docs/protocol.md §3.7)."""
        return "".join(self.random.choices(_NANOID, k=21))

    def hex(self, digits: int = 32) -> str:
        """So many hexadecimal digits."""
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"


def date_of(moment: datetime, seconds: int = 0) -> str:
    """The moment, or so many seconds after it, as the service writes it: ``2026-01-15T10:00:01.000Z``."""
    return f"{moment + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}.000Z"


def image_id(seed: int, names: Names) -> str:
    """A UUID for a generated image; its last digits prove that it was made with this seed."""
    head = names.hex(20)
    head = f"{head[:12]}4{head[13:16]}8{head[17:]}"
    return _dashed(head + _proof(seed, head))


def is_image_id(seed: int, text: str) -> bool:
    """Whether `image_id` gave this with the same seed: so that generated images need no memory."""
    digits = text.replace("-", "")
    return _dashed(digits) == text and digits[20:] == _proof(seed, digits[:20])


def _proof(seed: int, head: str) -> str:
    return hashlib.sha256(f"{seed}/image/{head}".encode()).hexdigest()[:12]


def _dashed(digits: str) -> str:
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def anonymous_cookie(seed: int, names: Names, start: datetime) -> str:
    """A value for ``__Host-copilot-anon``: shaped like the JWT of docs/protocol.md §2.1, signed by nobody."""
    issued = int(start.replace(tzinfo=UTC).timestamp())
    header = {"alg": "PS256", "kid": names.hex(), "typ": "JWT"}
    claims = {
        "sub": names.nanoid(),
        "nbf": issued,
        "exp": issued + _COOKIE_DAYS * 86_400,
        "iat": issued,
        "iss": "https://copilot.microsoft.com",
        "aud": "AnonymousIdentity",
    }
    body = f"{_base64(_json(header))}.{_base64(_json(claims))}"
    return f"{body}.{_signature(seed, body)}"


def is_anonymous_cookie(seed: int, value: str, now: datetime) -> bool:
    """Whether `anonymous_cookie` gave this with the same seed, no longer ago than it lasts."""
    body, _, signature = value.rpartition(".")
    if signature != _signature(seed, body):
        return False
    encoded = body.partition(".")[2]
    claims = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return now.timestamp() < claims["exp"]


def device_cookies(names: Names) -> dict[str, str]:
    """The cookies that the start page gives to every browser (docs/protocol.md §2.2)."""
    device = names.hex().upper()
    session = names.hex().upper()
    return {"MUID": device, "MUIDB": device, "_EDGE_S": f"F=1&SID={session}", "_EDGE_V": "1", "_C_ETH": "1"}


def _signature(seed: int, body: str) -> str:
    return _base64(b"".join(hashlib.sha256(f"{seed}/{part}/{body}".encode()).digest() for part in range(8)))


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
