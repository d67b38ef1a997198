"""Chat with Copilot: the answer is printed as it comes, Ctrl-C stops it, /new begins anew, /quit ends.

Who is asked, and as whom, stands in the environment: ``COPILOT_BASE_URL`` and ``COPILOT_TOKEN``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from provider import CopilotClient, CopilotError


def answer(client: CopilotClient, prompt: str) -> None:
    """Print the answer to a prompt; Ctrl-C leaves the turn, and the client is free for the next one."""
    try:
        for item in client.chat(prompt):
            print(item, end="", flush=True)
    except KeyboardInterrupt:
        print(" [stopped]", end="")
    except CopilotError as error:
        print(f"\nchat: {error}", end="", file=sys.stderr)
    print()


def chat(client: CopilotClient, read: Callable[[str], str] = input) -> None:
    """Answer what the user types, until /quit, the end of the input, or Ctrl-C at the prompt."""
    while True:
        try:
            prompt = read("> ").strip()
        except (EOFError, KeyboardInterrupt):
            return
        if prompt == "/quit":
            return
        if prompt == "/new":
            client.conversation = None
        elif prompt:
            answer(client, prompt)


if __name__ == "__main__":
    with CopilotClient() as copilot:
        chat(copilot)
