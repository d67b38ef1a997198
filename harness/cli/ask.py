"""``wiretape ask``: a question to Copilot."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from harness.cli import options
from harness.cli.console import say
from harness.cli.help_text import command_help
from harness.errors import HarnessError
from harness.printable import one_line, printable

if TYPE_CHECKING:
    from provider.items import Item


class PasswordShownError(HarnessError):
    """An option holds a password, which other users of this machine can see."""


HELP: Final = command_help(
    "Ask Copilot, and print the answer as it streams.",
    examples="""
        wiretape ask "What is a cassette?"
        wiretape ask --image cat.png "What is this?"
        echo "Summarize this" | wiretape ask -
        """,
    about="""
        The access token comes from COPILOT_TOKEN, else from `wiretape login`, else from a HAR file. Without a token
        the question is asked anonymously.
        """,
    exit_codes="0 answered; 1 the service refused or failed; 2 wrong usage",
)


def ask(
    prompt: Annotated[str, typer.Argument(help="The question; `-` reads it from standard input.")],
    image: Annotated[list[Path] | None, typer.Option(help="A file to send along. Repeatable.", metavar="FILE")] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Base URL of the service.", envvar="COPILOT_BASE_URL", metavar="URL")
    ] = None,
    model: Annotated[str, typer.Option(help="Copilot or 'Think Deeper'.", metavar="TEXT")] = "Copilot",
    generation: options.Generation = "2026",
    conversation: Annotated[str | None, typer.Option(help="Id of a conversation to continue.", metavar="ID")] = None,
    proxy: Annotated[
        str | None, typer.Option(help="Proxy to connect through, without credentials.", metavar="URL")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for the whole turn.", min=0.1, metavar="SECONDS")] = 900.0,
    verify: options.Verify = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for programs.")] = False,
) -> None:
    """Ask Copilot, and print the answer as it streams."""
    from provider import Conversation, CopilotClient

    if proxy is not None and "@" in proxy:
        raise PasswordShownError("--proxy takes no credentials, which other users could see: set HTTPS_PROXY")
    text = sys.stdin.read() if prompt == "-" else prompt
    known = None if conversation is None else Conversation(conversation)
    with CopilotClient(
        base_url=base_url,
        generation=generation,
        model=model,
        conversation=known,
        proxy=proxy,
        timeout=timeout,
        verify=verify or True,
    ) as client:
        turn = client.chat(text, media=image or ())
        for item in turn:
            if as_json:
                _write(json.dumps(_as_json(item), ensure_ascii=True) + "\n")
            else:
                _write(printable(str(item)))
        if not as_json:
            _write("\n")
            _afterwards(turn.title, turn.suggestions, client.conversation)


def _write(text: str) -> None:
    sys.stdout.write(text.encode(sys.stdout.encoding or "utf-8", "replace").decode(sys.stdout.encoding or "utf-8"))
    sys.stdout.flush()


def _afterwards(title: str | None, suggestions: list[str], conversation: Any) -> None:
    if title:
        say(f"title: {one_line(title)}", "dim")
    for suggestion in suggestions:
        say(f"  › {one_line(suggestion)}", "dim")
    if conversation is not None:
        say(f"conversation: {one_line(conversation.conversation_id)}", "dim")


def _as_json(item: Item) -> dict[str, object]:
    import dataclasses

    from provider.items import JsonConversation, UnknownEvent

    if isinstance(item, str):
        return {"item": "text", "text": item}
    kind = type(item).__name__
    if isinstance(item, UnknownEvent):
        return {"item": kind, "name": item.name, "raw": item.raw}
    if isinstance(item, JsonConversation):
        return {"item": kind, **item.get_dict()}
    return {"item": kind, **dataclasses.asdict(item)}
