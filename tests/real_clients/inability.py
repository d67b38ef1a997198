"""What a client cannot do, in words, and how that shows: the runner tries it, and looks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Cannot:
    """One thing that a client is known not to do.

    Attributes:
        why: In words, for the table.
        shows: Whether what it brought home, and what the service saw, bear that out.
    """

    why: str
    shows: Callable[[dict[str, Any], Any], bool]


def _answered(told):
    return told["error"] is None and bool(told["turns"]) and all(turn["text"] for turn in told["turns"])


def _lacks(name):
    return lambda told, _: _answered(told) and not told["turns"][0][name]


def _never_signed_in(told, seen):
    return _answered(told) and not any(request.header("authorization") for request in seen.requests)


def _waits(told, _):
    return told["error"] is not None and told["error"]["type"] == "Timeout"


def _unanswered(told, _):
    return not any(turn["text"] for turn in told["turns"])


NO_CITATIONS = Cannot("passes citations over (docs/protocol.md §8.5)", _lacks("sources"))
NO_REASONING = Cannot("that generation shows no reasoning (docs/protocol.md §5)", _lacks("reasoning"))
NO_ANSWERS = Cannot("answers no challenge", _unanswered)
ONLY_TEXT = "reads text and citations only"
NO_PICTURES = Cannot(ONLY_TEXT, lambda told, _: told["error"] is None and not told["turns"][0]["images"])
NO_THOUGHTS = Cannot(ONLY_TEXT, _lacks("reasoning"))
NO_UPLOADS = Cannot("sends nothing but text", lambda told, seen: _answered(told) and not seen.prompts[0].attachments)
NO_ACCOUNT = Cannot("never signs in", _never_signed_in)
NO_MEMORY = Cannot(
    "begins a conversation with every question",
    lambda told, _: _answered(told) and "turn 2" not in told["turns"][1]["text"],
)
NO_ERRORS = Cannot("looks at no error: it waits for ever", _waits)
NO_CHALLENGES = Cannot(
    "looks at no challenge: an empty answer, without an error, when the socket closes",
    lambda told, seen: told["error"] is None and _unanswered(told, seen),
)
