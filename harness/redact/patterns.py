"""Secrets that are known by their look alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# Never begins within a word or right behind the sign of an escape (``\nbob@..``, ``%0Abob@..``): views take those off.
_EDGE: Final = rb"(?<![\\%A-Za-z0-9._+-])"

_FILE_ENDINGS: Final = rb"(?:png|jpe?g|gif|svg|webp|ico|avif|mp[34]|m?js|mjs|ts|css|html?|json|xml|pdf|txt|md|py)"
"""What follows ``name@2x.`` and ``package@latest.`` is no top-level domain."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A look that gives a secret away.

    Attributes:
        label: As listed in a cassette's ``redacted`` and in findings.
        kind: Kind of the stand-in.
        regex: The whole match is the secret.
        sign: Bytes without which there is no match: a quick look first.
        text_only: Not to be sought in bytes that are no UTF-8: too likely there by chance.
    """

    label: str
    kind: str
    regex: re.Pattern[bytes]
    sign: bytes
    text_only: bool = False


PATTERNS: Final = (
    Pattern(
        "jwe",
        "jwe",
        re.compile(_EDGE + rb"eyJ[\w-]{6,}\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+", re.ASCII),
        b"eyJ",
    ),
    Pattern("jwt", "jwt", re.compile(_EDGE + rb"eyJ[\w-]{6,}\.[\w-]{4,}\.[\w-]*", re.ASCII), b"eyJ"),
    Pattern(
        "email",
        "email",
        re.compile(
            _EDGE
            + rb"[A-Za-z0-9._+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}(?!"
            + _FILE_ENDINGS
            + rb"\b)[A-Za-z]{2,24}\b",
        ),
        b"@",
        text_only=True,
    ),
)
"""Every such look. A further one is one more row; of overlapping matches the longest counts."""


def is_text(data: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
