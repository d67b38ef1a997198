"""What each client is asked, and what it must have brought home."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

TOKEN = "token-of-the-real-clients"
_PIXEL = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
).decode()


class FailedError(AssertionError):
    """A client did not bring home what it should have."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One column of the table.

    Attributes:
        before_message: Whether it ends before any message is sent: sloppiness does not show.
        look: Looks at the answer and at what the server was asked; raises `FailedError`.
        service: Settings of the fake besides its generation.
    """

    name: str
    look: Callable[[dict[str, Any], Any], None]
    prompts: tuple[str, ...] = ("hi there",)
    token: str | None = TOKEN
    model: str = "Copilot"
    image: str | None = None
    service: dict[str, Any] = field(default_factory=dict)
    before_message: bool = False


def expect(holds, told):
    """Fail with what was told, unless it holds."""
    if not holds:
        raise FailedError(str(told)[:600])


def whole(told):
    """No error, and a text in each turn."""
    expect(told["error"] is None and told["turns"] and all(turn["text"] for turn in told["turns"]), told)


def whole_or_image(told, _):
    """No error, and something in each turn."""
    expect(told["error"] is None and len(told["turns"]) == 2, told)
    expect("You said: “hi there”" in told["turns"][0]["text"] and "Here it is." in told["turns"][1]["text"], told)


def _text(told, _):
    whole(told)
    expect("You said: “hi there”" in told["turns"][0]["text"], told)


def _signed_in(told, seen):
    _text(told, seen)
    expect(any(TOKEN in request.header("authorization", "") for request in seen.requests), "no Bearer was sent")


def _anonymous(told, seen):
    _text(told, seen)
    expect(not any(request.header("authorization") for request in seen.requests), "a Bearer was sent")


def _image(told, _):
    expect(told["error"] is None or not told["turns"], told)
    images = told["turns"][0]["images"]
    expect(len(images) == 1 and images[0].startswith("https://copilot.microsoft.com/th/id/BCO."), told)
    expect("Here it is." in told["turns"][0]["text"], told)


def _upload(told, seen):
    whole(told)
    expect("(image/png, " in told["turns"][0]["text"], told)
    expect(len(seen.prompts[0].attachments) == 1, "the server saw no attachment")


def _reasoning(told, seen):
    whole(told)
    expect(seen.prompts[0].mode == "reasoning", f"mode {seen.prompts[0].mode}")
    expect("Having thought about" in told["turns"][0]["text"], told)


def _reasoning_text(told, seen):
    _reasoning(told, seen)
    expect("The user asks about" in told["turns"][0]["reasoning"], told)


def _citations(told, _):
    whole(told)
    expect(told["turns"][0]["sources"], told)


def _error(told, _):
    expect(told["error"] is not None and "text-too-long" in told["error"]["text"], told)


def _expired(told, _):
    expect(told["error"] is not None and "401" in told["error"]["text"], told)


def _challenge(told, _):
    expect(told["error"] is not None and "challenge" in told["error"]["text"].lower(), told)


def _solved(told, seen):
    _text(told, seen)
    expect(any("hashcash" in line for line in seen.trace), "no challenge was asked")


def _continued(told, _):
    whole(told)
    expect("This is turn 2 of our conversation" in told["turns"][1]["text"], told)


SCENARIOS = (
    Scenario(name="anonymous", look=_anonymous, token=None),
    Scenario(name="signed in", look=_signed_in),
    Scenario(name="image", look=_image, prompts=("/image a cat",)),
    Scenario(name="upload", look=_upload, prompts=("what is this?",), image=_PIXEL),
    Scenario(name="reasoning", look=_reasoning, prompts=("is it so?",), model="Think Deeper"),
    Scenario(name="reasoning text", look=_reasoning_text, prompts=("is it so?",), model="Think Deeper"),
    Scenario(name="citations", look=_citations, prompts=("/search rivers",)),
    Scenario(name="continued", look=_continued, prompts=("hi there", "and more")),
    Scenario(name="error", look=_error, prompts=("/error text-too-long",)),
    Scenario(name="expired", look=_expired, token="expired-token-of-the-real-clients", before_message=True),
    Scenario(name="challenge", look=_challenge, service={"challenge": "null", "challenge_timeout": 0.5}),
    Scenario(name="solved", look=_solved, service={"challenge": "hashcash", "challenge_timeout": 0.5}),
)
REPLAYED = Scenario(name="replayed", look=whole_or_image, prompts=("hi there", "/image a cat"))
BY_NAME = {scenario.name: scenario for scenario in (*SCENARIOS, REPLAYED)}
