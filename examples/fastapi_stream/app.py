"""A web service that passes Copilot's answer on as server-sent events, while it comes.

``GET /ask?prompt=..`` sends the events ``text``, ``suggestions`` and ``done``, or ``error``; each one's data is JSON.
``done`` names the conversation, which ``&conversation=..`` continues. A reader who leaves ends the turn.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import StreamingResponse
from provider import AsyncCopilotClient, CopilotError, SuggestedFollowups


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """One client for all requests: each has a conversation of its own."""
    async with AsyncCopilotClient() as client:
        app.state.client = client
        yield


app = FastAPI(lifespan=lifespan)


def sse(event: str, data: object) -> str:
    """One server-sent event (WHATWG HTML, server-sent events)."""
    return f"event: {event}\ndata: {json.dumps(data)}\n\n"


async def events(client: AsyncCopilotClient, prompt: str, conversation: str | None = None) -> AsyncGenerator[str]:
    """The events of one answer."""
    opened = client.conversations
    async with opened.get(conversation) if conversation else opened.create() as talk:
        try:
            async for item in talk.chat(prompt):
                if isinstance(item, str):
                    yield sse("text", item)
                elif isinstance(item, SuggestedFollowups):
                    yield sse("suggestions", item.suggestions)
            yield sse("done", {"conversation": talk.id})
        except CopilotError as error:
            yield sse("error", {"what": error.what, "hint": error.hint})


@app.get("/ask")
async def ask(
    request: Request, prompt: Annotated[str, Query(min_length=1)], conversation: str | None = None
) -> StreamingResponse:
    """Answer a prompt."""
    answer = events(request.app.state.client, prompt, conversation)
    return StreamingResponse(answer, media_type="text/event-stream", headers={"cache-control": "no-store"})
