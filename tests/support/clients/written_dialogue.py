"""Plays a flow against a written dialogue: what it asks for, what it is answered, what it hands over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from provider.effects import Effect, Flow
from provider.items import Item


@dataclass(frozen=True)
class Raises:
    """The answer to an effect: an error thrown into the flow."""

    error: Exception


def play(flow: Flow, dialogue: Iterable[tuple[Any, Any]]) -> list[Item]:
    """Run the flow; each effect it yields must be the dialogue's next one, and gets the answer beside it.

    An expected effect may be a callable that looks at the effect and says whether it will do. Returns the items.
    """
    steps = iter(dialogue)
    items: list[Item] = []
    answer: Any = None
    while True:
        try:
            wanted = flow.throw(answer.error) if isinstance(answer, Raises) else flow.send(answer)
        except StopIteration:
            left = list(steps)
            assert not left, f"the flow ended too early; still expected: {left}"
            return items
        answer = None
        if not isinstance(wanted, Effect):
            items.append(wanted)
            continue
        expected, answer = next(steps, (None, None))
        assert expected is not None, f"the flow went on with {wanted} after {items}"
        matches = expected(wanted) if callable(expected) else expected == wanted
        assert matches, f"\nexpected {expected}\n     got {wanted}"
