"""Scenarios in which the service draws."""

from __future__ import annotations

from typing import Final

from fake_server.scenarios.asked import Asked, shortened
from fake_server.scenarios.registry import scenario
from fake_server.scenarios.steps import Cut, Draw, Say, Steps, speak

_THINKING_MODES: Final = frozenset({"reasoning", "study", "research", "coco"})
"""Modes that do not draw (docs/protocol.md §4.5, 2026, one source)."""
_CAPTURED_KIB: Final = 256


def _subject(asked: Asked) -> str:
    return shortened(asked.argument or "a cat", 300)


def _refusal(asked: Asked) -> str:
    """Why this turn does not draw; empty if it does."""
    if asked.generation == "2026" and asked.mode in _THINKING_MODES:
        return f"I cannot draw in mode {asked.mode}."
    return ""


@scenario("/image", help="text and a picture", argument="SUBJECT")
def image(asked: Asked) -> Steps:
    """Some text, the picture, some more text."""
    refusal = _refusal(asked)
    if refusal:
        yield from speak(refusal, 2)
        return
    yield Say("Let me draw that. ")
    yield Draw(_subject(asked))
    yield Say("Here it is.")


@scenario("/image-only", help="a picture without a word", argument="SUBJECT")
def image_only(asked: Asked) -> Steps:
    """The picture alone."""
    yield Draw(_subject(asked))


@scenario("/image-large", help="a picture whose previews are as large as captured ones", argument="SUBJECT")
def image_large(asked: Asked) -> Steps:
    """Previews of a quarter of a MiB."""
    yield Draw(_subject(asked), preview_kib=_CAPTURED_KIB)


@scenario("/image-fail", help="a picture that is never finished", argument="SUBJECT")
def image_fail(asked: Asked) -> Steps:
    """The drawing fails, the turn goes on."""
    yield Draw(_subject(asked), ends="failed")
    yield Say("I could not draw that.")


@scenario("/image-cut", help="the connection ends after the unfinished pictures", argument="SUBJECT")
def image_cut(asked: Asked) -> Steps:
    """As six of seven live turns went in August 2026 (docs/protocol.md §4.5, one source)."""
    yield Draw(_subject(asked), ends="never")
    yield Cut()
