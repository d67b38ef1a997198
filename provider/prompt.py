"""Turns a list of chat messages into the one text that Copilot accepts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from provider.wire.errors import UsageError

Messages: TypeAlias = Sequence[Mapping[str, Any]]
"""Chat messages: ``{"role": "user", "content": text}``; content may be a list of parts (text, image_url)."""

MAX_PROMPT: Final = 10_000
"""Characters of a new conversation's prompt (docs/protocol.md §5: the service takes about 10,000)."""


def make_prompt(messages: Messages, *, continued: bool) -> str:
    """Return the text to send.

    Args:
        messages: Oldest first.
        continued: True returns the last user message as it is. False joins all messages into `MAX_PROMPT` characters:
            the oldest are cut, the newest is kept whole.

    Raises:
        UsageError: There is no message (of the user) with text or media, or one is not a mapping with a content.
    """
    spoken = [(str(message.get("role", "user")), text_of(message)) for message in _checked(messages)]
    if continued:
        texts = [text for role, text in spoken if role == "user"]
        if not texts:
            raise _no_message()
        return texts[-1]
    if not spoken:
        raise _no_message()
    if len(spoken) == 1:
        return spoken[0][1]
    return _flatten(spoken)


def _no_message() -> UsageError:
    return UsageError(
        "There is no user message to send", step="prompt", hint='Pass messages=[{"role": "user", "content": ".."}].'
    )


def _checked(messages: Messages) -> Iterator[Mapping[str, Any]]:
    for index, message in enumerate(messages):
        # Lists often come from JSON, where no type checker has looked.
        if not isinstance(message, Mapping) or not isinstance(message.get("content"), str | list | tuple | None):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise UsageError(
                f"messages[{index}] is not a chat message", step="prompt", hint="Each needs a role and a content."
            )
        yield message


def _flatten(spoken: list[tuple[str, str]]) -> str:
    lines = [f"{role.capitalize()}: {text}" for role, text in spoken]
    newest = lines[-1]
    older = "\n".join(lines[:-1])
    room = MAX_PROMPT - len(newest) - 1
    if room <= 0:
        return newest
    return f"{older[-room:]}\n{newest}"


def text_of(message: Mapping[str, Any]) -> str:
    """Return the text of one message; for a list of parts, the text parts joined by newlines."""
    content = message.get("content")
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part["text"]) for part in parts_of(message) if "text" in part)


def parts_of(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of a message's content list; none for plain text."""
    content = message.get("content")
    if isinstance(content, list | tuple):
        for part in content:
            if isinstance(part, Mapping):
                yield part
            elif isinstance(part, str):
                yield {"type": "text", "text": part}


def media_of(messages: Messages) -> Iterator[str]:
    """Yield the URLs (https or data) of the images in the last message."""
    if not messages:
        return
    for part in parts_of(messages[-1]):
        image = part.get("image_url")
        url = image.get("url") if isinstance(image, Mapping) else image
        if isinstance(url, str):
            yield url
