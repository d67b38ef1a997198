"""Send a question in the mode `search`, and return the answer with its sources, in one aiohttp session."""

from __future__ import annotations

import asyncio
import os
import sys
import uuid
from dataclasses import dataclass, field
from typing import Self

import aiohttp

SERVICE = "https://copilot.microsoft.com"
TIMEOUT = 30.0
"""Seconds for every single wait."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source that the answer cites."""

    title: str
    url: str


@dataclass(slots=True)
class Findings:
    """An answer with its sources."""

    conversation: str
    text: str = ""
    sources: list[Source] = field(default_factory=list[Source])

    def __str__(self) -> str:
        return "\n".join([self.text, *(f"- {each.title}: {each.url}" for each in self.sources)])


class Researcher:
    """A session with the service; an async context manager.

    Args:
        base_url: The service's origin; ``COPILOT_BASE_URL`` by default.
        token: The access token; ``COPILOT_TOKEN`` by default.
    """

    def __init__(self, base_url: str | None = None, token: str | None = None) -> None:
        self._token = token or os.environ.get("COPILOT_TOKEN", "")
        self._session = aiohttp.ClientSession(
            base_url or os.environ.get("COPILOT_BASE_URL", SERVICE),
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=aiohttp.ClientTimeout(total=TIMEOUT),
            raise_for_status=True,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def find(self, question: str) -> Findings:
        """Send a question, and wait for the whole answer.

        Raises:
            aiohttp.ClientError: The service refused, or the connection broke.
            TimeoutError: It took too long.
        """
        async with self._session.post("/c/api/conversations", json={}) as answer:
            findings = Findings((await answer.json())["id"])
        query = {"api-version": "2", "accessToken": self._token, "clientSessionId": str(uuid.uuid4())}
        async with self._session.ws_connect("/c/api/chat", params=query) as socket:
            await socket.receive_json(timeout=TIMEOUT)  # the service sends `connected` first
            await socket.send_json({"event": "setOptions", "supportedCards": []})
            part = {"type": "text", "text": question}
            message = {"conversationId": findings.conversation, "content": [part], "mode": "search", "context": {}}
            await socket.send_json({"event": "send", **message})
            while (heard := await socket.receive_json(timeout=TIMEOUT))["event"] != "done":
                if heard["event"] == "appendText":
                    findings.text += heard["text"]
                elif heard["event"] == "citation":
                    findings.sources.append(Source(heard["title"], heard["url"]))
        return findings

    async def asked_before(self, conversation: str) -> list[str]:
        """The questions of a conversation, oldest first."""
        async with self._session.get(f"/c/api/conversations/{conversation}/history") as answer:
            results = (await answer.json())["results"]
        human = [each for each in results if each["author"]["type"] == "human"]
        return [part["text"] for each in reversed(human) for part in each["content"] if part["type"] == "text"]


async def main(question: str) -> None:
    """Send a question, and print the answer with its sources."""
    async with Researcher() as researcher:
        print(await researcher.find(question))


if __name__ == "__main__":
    asyncio.run(main(" ".join(sys.argv[1:])))
