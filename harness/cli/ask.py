"""``wiretape ask``: one question, the answer as it streams."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.console import say
from harness.errors import HarnessError
from harness.printable import one_line, printable

if TYPE_CHECKING:
    from provider.items import Item


class PasswordShownError(HarnessError):
    """An option holds what others on this machine must not see."""


def ask(
    prompt: Annotated[str, typer.Argument(help="The question; `-` reads it from standard input.")],
    image: Annotated[list[Path] | None, typer.Option(help="A file to send along; may be repeated.")] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Where the service is.", envvar="COPILOT_BASE_URL", metavar="URL")
    ] = None,
    model: Annotated[str, typer.Option(help="Copilot or 'Think Deeper'.")] = "Copilot",
    generation: Annotated[str, typer.Option(help="Generation of the protocol: 2026, 2025-10 or 2025-03.")] = "2026",
    conversation: Annotated[str | None, typer.Option(help="Id of a conversation to go on with.")] = None,
    proxy: Annotated[str | None, typer.Option(help="Proxy without credentials.", metavar="URL")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for the whole turn.", min=0.1)] = 900.0,
    verify: Annotated[str | None, typer.Option(help="PEM file of a certificate authority.", metavar="FILE")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line and item.")] = False,
) -> None:
    """Ask Copilot, and print the answer as it streams.

    The access token is COPILOT_TOKEN's, else what `wiretape login` keeps, else a HAR file's; without one the question
    is asked anonymously.
    """
    from provider import Conversation, CopilotClient

    if proxy is not None and "@" in proxy:
        raise PasswordShownError("--proxy takes no credentials: everybody here sees a command line. Set HTTPS_PROXY")
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
