"""The scenarios kept as cassettes, and how each is asked; ``python -m tests.support.cassettes.scenarios`` records them again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_server import serve
from fake_server.script import Config, Script
from harness.sessions import recording
from provider import CopilotClient, CopilotError, Credentials

FOLDER = Path(__file__).parents[3] / "cassettes"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\xdac\xfc\xcf\xc0P\x0f\x00\x04\x85\x01\x80\x84\xa9\x8c!\x00\x00\x00\x00IEND\xaeB`\x82"
)


@dataclass(frozen=True)
class Take:
    """One session: prompts in a row, to a fake of one generation.

    Attributes:
        service: Further settings of the fake.
        fresh: The token that stands in for a refused one; None if there is no other.
        answers: Whether challenges are answered.
        apart: Whether each prompt comes from a client of its own that goes on with the conversation.
    """

    name: str
    prompts: tuple[str, ...]
    generation: str = "2026"
    token: str | None = "fake-access-token-of-the-tests"
    model: str = "Copilot"
    media: tuple[Any, ...] = ()
    faults: dict[str, Any] = field(default_factory=dict)
    service: dict[str, Any] = field(default_factory=dict)
    fresh: str | None = None
    answers: bool = False
    apart: bool = False

    def script(self) -> Script:
        return Script(Config(generation=self.generation, faults=self.faults, **self.service))

    def client(self, url: str, **options: Any) -> CopilotClient:
        return CopilotClient(self.token, **self.options(url), **options)

    def options(self, url: str) -> dict[str, Any]:
        # Without retries: a cassette has each failure once.
        known = {"base_url": url, "generation": self.generation, "model": self.model, "linger": 0.5, "max_retries": 0}
        return {**known, "refresh": self.refresh, "answer_challenges": self.answers}

    def refresh(self, _: Credentials) -> Credentials | None:
        return None if self.fresh is None else Credentials(token=self.fresh, source="the take")


TAKES = (
    Take("text-2025-03", ("Hello",), generation="2025-03"),
    Take("text-2026", ("Hello",)),
    Take("anonymous-2026", ("Hello",), token=None),
    Take("conversation-2026", ("Hello", "Tell me more")),
    Take("image-2025-03", ("/image a cat",), generation="2025-03"),
    Take("image-2026", ("/image a cat",)),
    Take("image-upload-2026", ("What is on this picture?",), media=(PNG,)),
    Take("search-2026", ("/search the capital of Australia",)),
    Take("reasoning-2026", ("/think what is 17 * 23?",), model="Think Deeper"),
    Take("suggestions-2026", ("/suggest",)),
    Take("replaced-text-2026", ("/replace",)),
    Take("unknown-event-2026", ("/unknown",)),
    Take("error-text-too-long-2026", ("/error text-too-long",)),
    Take("throttled-2026", ("/throttle",)),
    Take("challenge-null-2026", ("/challenge null",)),
    Take("challenge-hashcash-2026", ("/challenge hashcash",)),
    Take("cut-2026", ("/cut 3",)),
    Take("close-1011-2026", ("/close 1011",)),
    Take("malformed-2026", ("/malformed",)),
    Take("empty-2026", ("/empty",)),
    Take("rest-401-2026", ("Hello",), token="expired-access-token-of-the-tests"),
    Take("upgrade-401-2026", ("Hello",), faults={"upgrade": 401}),
    Take(
        "refresh-2026", ("Hello",), token="expired-access-token-of-the-tests", fresh="fresh-access-token-of-the-tests"
    ),
    Take(
        "refresh-2025-10", ("Hello",), "2025-10", "expired-access-token-of-the-tests", fresh="fresh-token-of-the-tests"
    ),
    Take(
        "refresh-refused-2026",
        ("Hello",),
        token="expired-access-token-of-the-tests",
        fresh="expired-again-of-the-tests",
    ),
    Take("expired-within-2026", ("/expire", "Hello again"), fresh="fresh-access-token-of-the-tests", apart=True),
    Take("challenge-hashcash-answered-2026", ("Hello",), service={"challenge": "hashcash"}, answers=True),
    Take("challenge-copilot-answered-2026", ("Hello",), service={"challenge": "copilot"}, answers=True),
    Take("challenge-keyless-2025-03", ("Hello",), generation="2025-03", service={"challenge": "none-key"}),
    Take("rate-limit-2026", ("Hello",), faults={"start": 429}),
    Take("cloudflare-2026", ("Hello",), faults={"user": "cloudflare"}),
    Take("region-451-2026", ("Hello",), token=None, faults={"session": 451}),
)
BY_NAME = {take.name: take for take in TAKES}


def outcome(take: Take, client: CopilotClient) -> list[Any]:
    """What a session gives: the items of each turn, and the error that ended it."""
    told: list[Any] = []
    with ExitStack() as later:
        for number, prompt in enumerate(take.prompts):
            if number and take.apart:
                url = client.base_url
                client = later.enter_context(take.client(url, conversation=client.conversation))
            try:
                told += client.chat(prompt, media=take.media if number == 0 else ())
            except CopilotError as error:
                return [*told, *fingerprint(error)]
    return told


_NOT_COMPARED = ("what", "hint", "response", "request_id")
"""Attributes of an error that are texts, or those of one request."""


def fingerprint(error: CopilotError) -> list[Any]:
    """What must be equal of an error wherever it comes from."""
    facts = {name: value for name, value in vars(error).items() if name not in _NOT_COMPARED}
    return [type(error).__name__, facts]


def record(names: list[str]) -> Iterator[str]:
    for take in TAKES:
        if names and take.name not in names:
            continue
        path = FOLDER / f"{take.name}.yaml"
        with (
            serve(take.script()) as service,
            recording(path, service.url, client="wiretape provider") as relay,
            take.client(relay.url) as client,
        ):
            told = outcome(take, client)
        yield f"{path.name}: {len(told)} items"


if __name__ == "__main__":
    for line in record(sys.argv[1:]):
        sys.stdout.write(line + "\n")
