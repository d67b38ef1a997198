"""What a scenario is told: the user's message, and where in its conversation it stands."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An attachment or linked image of the user's message.

    Attributes:
        name: File name, or the URL of something that was not uploaded here.
        content_type: As uploaded; empty if unknown.
        size: In bytes; None if unknown.
    """

    name: str
    content_type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One message of the user.

    Attributes:
        prompt: Its whole text.
        argument: What stands behind the command; the whole text if there is none.
        turn: 1 for the first in its conversation.
        mode: The wire's mode: ``chat``, ``smart``, ``reasoning``, ..
        generation: Name of the generation that is played.
        attachments: In the message's order.
        random: Seeded by the conversation and the turn: the same in every run.
    """

    prompt: str
    argument: str
    turn: int = 1
    mode: str = "chat"
    generation: str = "2026"
    attachments: tuple[Seen, ...] = ()
    random: random.Random = field(default_factory=lambda: random.Random(0), repr=False)  # noqa: S311  # repeatable


class WrongArgumentError(Exception):
    """What stands behind a command cannot be used; the text says what would do. The user gets it as an answer."""


def whole_number(text: str, *, default: int, most: int) -> int:
    """The argument as a number from 0 to ``most``; ``default`` if there is none.

    Raises:
        WrongArgumentError: It is no such number.
    """
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > most:
        raise WrongArgumentError(f"That takes a whole number from 0 to {most}.")
    return int(text)


def shortened(text: str, length: int = 200) -> str:
    """The text on one line, cut to a length."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
