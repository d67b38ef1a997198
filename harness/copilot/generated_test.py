"""The source of a generated test: a fixed text, in which texts of the report stand as literals only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_TEXT: Final = '''"""Made by `wiretape reproduce`: what the service said in a report, and what the client makes of it.

The test holds what happens now. If that is the fault, write down what should happen instead, and mend the client.
"""

import pytest

from provider import CopilotError

PROMPTS = {prompts}
ERROR = {error}  # the error's class, or None where the last turn ends well
TEXT = {text}  # of the last turn, as far as it came
FAILURE = {failure}  # what the report shows


@pytest.mark.cassette({cassette}, generation={generation})
def {function}(copilot):
    *earlier, last = PROMPTS
    for prompt in earlier:
        assert copilot.chat(prompt).text
    if ERROR is None:
        assert copilot.chat(last).text == TEXT
        return
    with pytest.raises(CopilotError) as caught:
        copilot.chat(last).text
    assert type(caught.value).__name__ == ERROR
    assert caught.value.partial == TEXT
'''


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The contents of the test.

    Attributes:
        name: A result of `harness.reproduce.names.safe_name`.
        prompts: The questions in order.
        error: Class of the error that the last one raises, or None.
        text: The last answer, as far as it was received.
        failure: The failure of the report's turn.
        generation: Generation of the protocol.
    """

    name: str
    prompts: tuple[str, ...]
    error: str | None
    text: str
    failure: str
    generation: str


def source_of_test(facts: Facts) -> str:
    """The Python source of the pytest test that replays the session."""
    return _TEXT.format(
        prompts=ascii(list(facts.prompts)),
        error=ascii(facts.error),
        text=ascii(facts.text),
        failure=ascii(facts.failure),
        cassette=ascii(facts.name),
        generation=ascii(facts.generation),
        function=f"test_{facts.name}",
    )
