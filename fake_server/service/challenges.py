"""Challenges: their parameters, and the check of the client's answer (docs/protocol.md §4.7)."""

from __future__ import annotations

from typing import Final

from fake_server.service.deterministic import SeededIds
from fake_server.service.dialect import Dialect
from fake_server.service.output import SendChallenge
from provider.wire.challenges import fits_hashcash, fits_hashcash_digits, solve_copilot
from provider.wire.commands import ChallengeResponse

CLARITY: Final = "clarity"
"""The service never asks for it: clients of December 2024 sent the token of their telemetry before any message."""
_BITS: Final = 8
_DIGITS: Final = 2
_HUMAN: Final = "cloudflare"
"""A page also answers ``null`` with this method: with a token that no program can compute."""


def make_challenge(method: str, ids: SeededIds, dialect: Dialect) -> SendChallenge:
    """A new challenge of a method."""
    match method:
        case "hashcash":
            return SendChallenge(method, f"{ids.hex(16)}:{_DIGITS if dialect.hashcash_digits else _BITS}")
        case "copilot":
            return SendChallenge(method, str(ids.random.randrange(1, 100)))
        case _:
            return SendChallenge(method, None)


def is_passed(challenge: SendChallenge, response: ChallengeResponse, dialect: Dialect) -> bool:
    """Whether the response passes the challenge. A human check passes with any token that is not empty."""
    match challenge.method, challenge.parameter:
        case "hashcash", str(parameter):
            fits = fits_hashcash_digits if dialect.hashcash_digits else fits_hashcash
            return response.method == "hashcash" and fits(parameter, response.token)
        case "copilot", str(parameter):
            return response.method == "copilot" and response.token == solve_copilot(parameter)
        case _:
            return response.method in (_HUMAN, None) and response.token != ""
