"""Answers of the door's own: they say so in ``x-wiretape-error``, and in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fake_server.host.policy import refusal
from fake_server.stage import Response

ERROR_HEADER: Final = "x-wiretape-error"


def own_answer(status: int, problem: str, why: str) -> Response:
    """A response that says what is wrong."""
    plain = refusal(status, problem, why)
    return replace(plain, headers=(*plain.headers, (ERROR_HEADER, problem)))


def password_wanted() -> Response:
    """407."""
    plain = own_answer(407, "proxy-password", "this proxy wants the user and the password of its URL")
    return replace(plain, headers=(*plain.headers, ("proxy-authenticate", 'Basic realm="wiretape"')))
