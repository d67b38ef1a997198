"""Scenarios in which the service answers with text."""

from __future__ import annotations

import re
from typing import Final

from fake_server.scenarios.registry import Asked, Play, Seen, WrongArgumentError, scenario, shortened, whole_number
from fake_server.scenarios.steps import (
    Cite,
    Cut,
    Draw,
    NextPart,
    Ping,
    Replace,
    Say,
    Steps,
    Suggest,
    Think,
    Title,
    Wait,
    speak,
)

_MOST_CHUNKS: Final = 100_000
_MOST_KIB: Final = 16 * 1024
_MOST_SECONDS: Final = 3600

_HELLO: Final[dict[str, tuple[str, str]]] = {
    "javascript": ("javascript", 'console.log("Hello, World!");'),
    "rust": ("rust", 'fn main() {\n    println!("Hello, World!");\n}'),
    "python": ("python", 'print("Hello, World!")'),
}
_HELLO_WORLD: Final = re.compile(r"hello,?\s+world", re.IGNORECASE)


def plain(asked: Asked) -> Steps:
    """Send text that quotes the prompt: the scenario for prompts that choose no other one."""
    if asked.attachments:
        yield from _describe(asked)
    elif _HELLO_WORLD.search(asked.argument):
        yield from _hello_world(asked)
    else:
        yield from _quote(asked)


def _quote(asked: Asked) -> Steps:
    yield from speak(f"You said: “{shortened(asked.argument)}”. This is turn {asked.turn} of our conversation.")


def _hello_world(asked: Asked) -> Steps:
    wanted = asked.argument.lower()
    language, code = next((entry for name, entry in _HELLO.items() if name in wanted), _HELLO["python"])
    yield from speak(f"Hello World, turn {asked.turn}:\n\n```{language}\n{code}\n```\n", 6)
    yield Suggest(("What does each line do?", "How do I run it?"))


def _describe(asked: Asked) -> Steps:
    seen = "; ".join(map(_in_words, asked.attachments))
    yield from speak(f"I see {seen}. You said: “{shortened(asked.argument)}”. This is turn {asked.turn}.")


def _in_words(seen: Seen) -> str:
    if seen.size is None:
        return f"{seen.name}, which was not uploaded here"
    return f"{seen.name} ({seen.content_type}, {seen.size} bytes)"


def unknown_command(command: str, known: str) -> Play:
    """A scenario that answers an unknown command with the known ones."""

    def play(_: Asked) -> Steps:
        yield from speak(f"There is no command {command}. I know:\n{known}\n")

    return play


def wrong_argument(usage: str, error: WrongArgumentError) -> Steps:
    """The answer to a command with an invalid argument."""
    yield from speak(f"Usage: {usage}. {error}")


@scenario("/search", help="text with sources", argument="QUESTION")
def search(asked: Asked) -> Steps:
    """Send text interleaved with citations."""
    subject = shortened(asked.argument or "nothing in particular", 60)
    yield from speak(f"Two sources say something about “{subject}”. ", 2)
    yield Cite("First source", "https://example.com/first", "Example")
    yield Say("The first agrees. ")
    yield Cite("Second source", "https://example.org/second?q=1", None)
    yield Say("The second does not.")


@scenario("/think", help="reasoning before the answer", argument="QUESTION")
def think(asked: Asked) -> Steps:
    """Send reasoning, then text."""
    subject = shortened(asked.argument or "nothing in particular", 60)
    yield Think(f"The user asks about “{subject}”. ")
    yield Think("Two steps will do. ")
    yield from speak(f"Having thought about “{subject}”: yes. This is turn {asked.turn}.", 3)


@scenario("/replace", help="text that is replaced by another one while it grows")
def replace(_: Asked) -> Steps:
    """Send a draft, then its replacement, then more text."""
    yield from speak("A first draft of the answer", 3)
    yield Replace("A second draft")
    yield Say(" of the answer.")


@scenario("/parts", help="an answer of several parts", argument="[NUMBER]")
def parts(asked: Asked) -> Steps:
    """Send parts, each with its own id."""
    for number in range(1, whole_number(asked.argument, default=2, most=100) + 1):
        if number > 1:
            yield NextPart()
        yield from speak(f"Part {number} of the answer. ", 2)


@scenario("/long", help="many chunks of text", argument="[NUMBER]")
def long(asked: Asked) -> Steps:
    """Send the given number of chunks, each a word."""
    for number in range(whole_number(asked.argument, default=500, most=_MOST_CHUNKS)):
        yield Say(f"word{number} ")


@scenario("/big", help="one chunk of so many KiB", argument="[KIB]")
def big(asked: Asked) -> Steps:
    """Send one large event."""
    yield Say("0123456789abcdef" * (whole_number(asked.argument, default=256, most=_MOST_KIB) * 64))


@scenario("/fragments", help="events that arrive in several WebSocket frames", argument="[NUMBER]")
def fragments(asked: Asked) -> Steps:
    """Send each event as a fragmented message (RFC 6455 §5.4)."""
    count = whole_number(asked.argument, default=3, most=1000) or 1
    for piece in speak("This event comes in several frames. Это тоже."):
        yield Say(piece.text, count)


@scenario("/suggest", help="suggestions of what to ask next")
def suggest(_: Asked) -> Steps:
    """Send three suggestions, one not in ASCII."""
    yield from speak("Here is what you could ask next.", 2)
    yield Suggest(("Who are you?", "What can you draw?", "Как дела? 🙂"))


@scenario("/early-suggestions", help="suggestions before the answer is done")
def early_suggestions(_: Asked) -> Steps:
    """Send suggestions before ``done``, where no capture has them."""
    yield Say("The suggestions come first. ")
    yield Suggest(("Why?", "Why not?"), early=True)
    yield Say("Then the rest.")


@scenario("/title", help="a new title for the conversation", argument="TITLE")
def title(asked: Asked) -> Steps:
    """Set the conversation's title, in any turn."""
    wanted = shortened(asked.argument or "A title", 80)
    yield from speak(f"From now on this is “{wanted}”.", 2)
    yield Title(wanted)


@scenario("/ping", help="a JSON ping from the service among the text")
def ping(_: Asked) -> Steps:
    """Send a JSON ping, which the client should answer with a pong."""
    yield Say("before ")
    yield Ping()
    yield Say("after")


@scenario("/slow", help="pauses between the chunks", argument="[SECONDS]")
def slow(asked: Asked) -> Steps:
    """Wait before each chunk: half a second, or the given seconds."""
    seconds = float(whole_number(asked.argument, default=0, most=_MOST_SECONDS)) or 0.5
    for piece in speak("This answer takes its time."):
        yield Wait(seconds)
        yield piece


@scenario("/empty", help="an answer without content")
def empty(_: Asked) -> Steps:
    """Begin the answer and complete it."""
    yield from ()


_THINKING_MODES: Final = frozenset({"reasoning", "study", "research", "coco"})
"""Modes in which the service draws nothing (docs/protocol.md §4.5, 2026, one source)."""
_CAPTURED_KIB: Final = 256


def _subject(asked: Asked) -> str:
    return shortened(asked.argument or "a cat", 300)


def _refusal(asked: Asked) -> str:
    """The reason to draw nothing in this turn; empty if there is none."""
    if asked.generation == "2026" and asked.mode in _THINKING_MODES:
        return f"I cannot draw in mode {asked.mode}."
    return ""


@scenario("/image", help="text and a picture", argument="SUBJECT")
def image(asked: Asked) -> Steps:
    """Send text, the picture, and more text."""
    refusal = _refusal(asked)
    if refusal:
        yield from speak(refusal, 2)
        return
    yield Say("Let me draw that. ")
    yield Draw(_subject(asked))
    yield Say("Here it is.")


@scenario("/image-only", help="a picture without a word", argument="SUBJECT")
def image_only(asked: Asked) -> Steps:
    """Send the picture alone."""
    yield Draw(_subject(asked))


@scenario("/image-large", help="a picture whose previews are as large as captured ones", argument="SUBJECT")
def image_large(asked: Asked) -> Steps:
    """Send a picture with previews of at least 256 KiB each."""
    yield Draw(_subject(asked), preview_kib=_CAPTURED_KIB)


@scenario("/image-fail", help="a picture that is never finished", argument="SUBJECT")
def image_fail(asked: Asked) -> Steps:
    """Let the drawing fail and the turn go on."""
    yield Draw(_subject(asked), ends="failed")
    yield Say("I could not draw that.")


@scenario("/image-cut", help="the connection ends after the unfinished pictures", argument="SUBJECT")
def image_cut(asked: Asked) -> Steps:
    """End the connection after the previews, as in six of seven turns of August 2026 (docs/protocol.md §4.5 [1])."""
    yield Draw(_subject(asked), ends="never")
    yield Cut()
