"""`same_ports`: the addresses of this machine at which a client itself listens, at another port in each run."""

from __future__ import annotations

import re
from typing import Final

_LOOPBACK: Final = re.compile(r"(?<![\w.-])(127\.0\.0\.1|localhost|\[::1\]):(\d{5})(?![\w.])")
_FIRST_EPHEMERAL: Final = 32_768
"""The lowest port that Linux gives to a program that asks for any one; other systems begin at 49,152."""


def same_ports(recorded: str, actual: str) -> tuple[list[tuple[str, str]], str]:
    """The pairs of addresses in which two texts differ in an ephemeral port only, and the actual text with the others.

    A client that waits for a redirect or a callback names its own address, such as ``127.0.0.1:45123``.

    Returns:
        The recorded and the actual addresses, and the actual text with the recorded addresses in place of its own.
    """
    if recorded == actual:
        return [], actual
    ours, theirs = list(_LOOPBACK.finditer(recorded)), list(_LOOPBACK.finditer(actual))
    if not ours or [each[1] for each in ours] != [each[1] for each in theirs]:
        return [], actual
    found: list[tuple[str, str]] = []
    for one, other in zip(reversed(ours), reversed(theirs), strict=True):
        if one[0] != other[0] and min(int(one[2]), int(other[2])) >= _FIRST_EPHEMERAL:
            found.append((one[0], other[0]))
            actual = actual[: other.start()] + one[0] + actual[other.end() :]
    return found, actual
