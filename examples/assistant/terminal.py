"""An assistant for the terminal: prints Copilot's answer as it streams, saves pictures, continues a conversation.

Who is asked, and as whom, stands in the environment: ``COPILOT_BASE_URL`` and ``COPILOT_TOKEN``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import curl_cffi
from provider import AsyncCopilotClient, AsyncTurn, Conversation, CopilotClient, CopilotError, Turn

Write = Callable[[str], object]


def ask(client: CopilotClient, prompt: str, write: Write) -> Turn:
    """Send a prompt, and write the answer piece by piece as it arrives.

    Returns:
        The turn, over: its pictures, sources and suggestions can be looked at.
    """
    turn = client.chat(prompt)
    for item in turn:
        write(str(item))
    return turn


async def ask_async(client: AsyncCopilotClient, prompt: str, write: Write) -> AsyncTurn:
    """The same for asyncio: a web page's backend, a chat bot."""
    turn = client.chat(prompt)
    async for item in turn:
        write(str(item))
    return turn


def save_pictures(turn: Turn, folder: Path) -> list[Path]:
    """Download the pictures of a turn, with a browser's look like all requests.

    Returns:
        The files, in the order of the answer: ``picture-1.png`` and so on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    saved: list[Path] = []
    for number, image in enumerate(turn.images, 1):
        answer = curl_cffi.get(image.url, impersonate="chrome", timeout=30)
        answer.raise_for_status()
        saved.append(folder / f"picture-{number}.png")
        saved[-1].write_bytes(answer.content)
    return saved


def load_conversation(path: Path) -> Conversation | None:
    """The conversation saved in a file, or None if the file does not exist."""
    return Conversation(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def keep_conversation(path: Path, conversation: Conversation) -> None:
    """Save a conversation to a file, so that the next run continues it."""
    path.write_text(json.dumps(conversation.get_dict()), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """The program; returns its exit status."""
    parser = argparse.ArgumentParser(prog="assistant", description="Ask Copilot.")
    parser.add_argument("prompts", nargs="+", metavar="PROMPT", help="questions, one after the other")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="where pictures are saved")
    parser.add_argument("--conversation", type=Path, metavar="FILE", help="kept here, and taken up from here")
    options = parser.parse_args(arguments)
    kept: Path | None = options.conversation
    try:
        with CopilotClient(conversation=load_conversation(kept) if kept else None) as client:
            for prompt in options.prompts:
                _answer(client, prompt, options.pictures)
            if kept and client.conversation:
                keep_conversation(kept, client.conversation)
    except CopilotError as error:
        print(f"\nassistant: {error}", file=sys.stderr)
        return 1
    return 0


def _answer(client: CopilotClient, prompt: str, pictures: Path | None) -> None:
    turn = ask(client, prompt, lambda piece: print(piece, end="", flush=True))
    print()
    for suggestion in turn.suggestions:
        print(f"  > {suggestion}")
    if pictures is not None:
        for path in save_pictures(turn, pictures):
            print(f"  saved {path}")


if __name__ == "__main__":
    sys.exit(main())
