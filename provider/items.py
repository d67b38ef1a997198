"""The items that a turn yields beside text, which is plain ``str``.

``str(item)`` is what ``print(item, end="")`` should show a reader in that place; for most items it is empty.
``item.type`` names the kind of every item but text, e.g. ``"image"``, and `item_to_dict` makes any item JSON.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal, TypeAlias

from provider.wire.events import UnknownEvent

__all__ = [
    "BaseConversation",
    "Conversation",
    "FinishReason",
    "ImagePreview",
    "ImageResponse",
    "Item",
    "JsonConversation",
    "Reasoning",
    "RequestLogin",
    "SourceLink",
    "Sources",
    "SuggestedFollowups",
    "TextReplaced",
    "TitleGeneration",
    "UnknownEvent",
    "item_to_dict",
]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _markdown_label(text: str) -> str:
    return _one_line(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _markdown_url(url: str) -> str:
    return url.replace(" ", "%20").replace("(", "%28").replace(")", "%29").replace("\n", "")


@dataclass(frozen=True, slots=True)
class TextReplaced:
    """The service replaced a part of the answer (docs/protocol.md §4.4 ``replaceText``).

    ``str()`` is the added text if the new text begins with the old one, else the new text on a line of its own.

    Attributes:
        text: The part's whole new text.
        before: The part's text before.
        answer: The whole answer's text with the replacement applied.
    """

    type: ClassVar[Literal["text_replaced"]] = "text_replaced"
    text: str
    before: str = ""
    answer: str = ""

    def __str__(self) -> str:
        if self.text.startswith(self.before):
            return self.text[len(self.before) :]
        return f"\n{self.text}"


@dataclass(frozen=True, slots=True)
class ImageResponse:
    """A generated image.

    ``str()`` is a Markdown image on a line of its own.

    Attributes:
        url: Absolute URL of the image.
        alt: The prompt that the image was drawn from.
        preview: Absolute URL of a smaller image, or None.
    """

    type: ClassVar[Literal["image"]] = "image"
    url: str
    alt: str = ""
    preview: str | None = None

    def __str__(self) -> str:
        return f"\n![{_markdown_label(self.alt)}]({_markdown_url(self.url)})\n"


@dataclass(frozen=True, slots=True)
class ImagePreview:
    """An unfinished image, complete in itself. ``str()`` is empty.

    Attributes:
        content: Base64 of a JPEG, as the service sent it.
    """

    type: ClassVar[Literal["image_preview"]] = "image_preview"
    content: str

    @property
    def data(self) -> bytes:
        """The image's bytes; empty if the base64 is broken."""
        try:
            return base64.b64decode(self.content, validate=False)
        except (binascii.Error, ValueError):
            return b""

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class SuggestedFollowups:
    """Suggested next messages. ``str()`` is empty."""

    type: ClassVar[Literal["suggestions"]] = "suggestions"
    suggestions: tuple[str, ...]

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A piece of the model's reasoning, which is no part of the answer. ``str()`` is empty."""

    type: ClassVar[Literal["reasoning"]] = "reasoning"
    text: str

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A source, at the place where the service cites it. ``str()`` is empty; `Sources` lists all at the end."""

    type: ClassVar[Literal["source"]] = "source"
    url: str
    title: str | None = None
    publisher: str | None = None
    icon: str | None = None

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Sources:
    """All sources of the complete answer, each once. ``str()`` is a numbered Markdown list."""

    type: ClassVar[Literal["sources"]] = "sources"
    links: tuple[SourceLink, ...]

    def __str__(self) -> str:
        rows = [
            f"{number}. [{_markdown_label(link.title or link.url)}]({_markdown_url(link.url)})"
            for number, link in enumerate(self.links, 1)
        ]
        return "\n\n" + "\n".join(rows) + "\n"


@dataclass(frozen=True, slots=True)
class TitleGeneration:
    """The conversation's title. ``str()`` is empty."""

    type: ClassVar[Literal["title"]] = "title"
    title: str

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class FinishReason:
    """The answer is complete (``"stop"``), or the app stopped it (``"stopped"``). ``str()`` is empty."""

    type: ClassVar[Literal["finish_reason"]] = "finish_reason"
    reason: str

    def __str__(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class RequestLogin:
    """A request to sign in at ``url``. ``str()`` asks for it on a line of its own."""

    type: ClassVar[Literal["request_login"]] = "request_login"
    label: str
    url: str

    def __str__(self) -> str:
        return f"\nPlease sign in to {_one_line(self.label)}: {_one_line(self.url)}\n"


class BaseConversation:
    """The data with which a provider continues a conversation. ``str()`` is empty."""

    def __str__(self) -> str:
        return ""


class JsonConversation(BaseConversation):
    """A conversation whose state is a flat mapping of JSON values: its attributes."""

    def __init__(self, **values: object) -> None:
        for name, value in values.items():
            setattr(self, name, value)

    def get_dict(self) -> dict[str, object]:
        """Return the state for ``json.dumps``; ``Conversation(**state)`` restores the conversation."""
        return dict(vars(self))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), tuple(sorted((name, repr(value)) for name, value in vars(self).items()))))

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({values})"


class Conversation(JsonConversation):
    """A conversation with Copilot.

    Attributes:
        conversation_id: Its id with the service: 21 characters (docs/protocol.md §3.7).
    """

    type: ClassVar[Literal["conversation"]] = "conversation"
    conversation_id: str

    def __init__(self, conversation_id: str) -> None:
        super().__init__(conversation_id=conversation_id)


Item: TypeAlias = (
    str
    | TextReplaced
    | ImageResponse
    | ImagePreview
    | SuggestedFollowups
    | Reasoning
    | SourceLink
    | Sources
    | TitleGeneration
    | FinishReason
    | Conversation
    | RequestLogin
    | UnknownEvent
)


def item_to_dict(item: Item) -> dict[str, Any]:
    """Return an item as a dict for ``json.dumps``: its ``type`` (``"text"`` for text), and its attributes."""
    if isinstance(item, str):
        return {"type": "text", "text": item}
    if isinstance(item, Conversation):
        return {"type": item.type, **item.get_dict()}
    if isinstance(item, UnknownEvent):
        return {"type": item.type, "name": item.name, "raw": item.raw}
    return {"type": item.type, **asdict(item)}
