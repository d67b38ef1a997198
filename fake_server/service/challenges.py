"""Challenges: what the client is asked, and whether it has answered (docs/protocol.md §4.7)."""

from __future__ import annotations

from typing import Final

from fake_server.service.deterministic import Names
from fake_server.service.dialect import Dialect
from fake_server.service.output import Ask
from provider.wire.challenges import fits_hashcash, fits_hashcash_digits, solve_copilot
from provider.wire.commands import ChallengeResponse

CLARITY: Final = "clarity"
"""Never asked for: clients of December 2024 gave the token of their telemetry unasked, before their first message."""
_BITS: Final = 8
_DIGITS: Final = 2
_HUMAN: Final = "cloudflare"
"""How a page answers ``null``, too: with a token that nobody can compute."""


def ask(method: str, names: Names, dialect: Dialect) -> Ask:
    """A new challenge of that method."""
    match method:
        case "hashcash":
            return Ask(method, f"{names.hex(16)}:{_DIGITS if dialect.hashcash_digits else _BITS}")
        case "copilot":
            return Ask(method, str(names.random.randrange(1, 100)))
        case _:
            return Ask(method, None)


def is_passed(asked: Ask, given: ChallengeResponse, dialect: Dialect) -> bool:
    """Whether the answer will do. A human's check is taken for passed if there is any token."""
    match asked.method, asked.parameter:
        case "hashcash", str(parameter):
            fits = fits_hashcash_digits if dialect.hashcash_digits else fits_hashcash
            return given.method == "hashcash" and fits(parameter, given.token)
        case "copilot", str(parameter):
            return given.method == "copilot" and given.token == solve_copilot(parameter)
        case _:
            return given.method in (_HUMAN, None) and given.token != ""
