"""The answer of one turn: its ids, its parts, the events before and after them, and its entry in the history."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from fake_server.scenarios.registry import newest, shortened
from fake_server.service.conversations import StoredConversation, StoredMessage
from fake_server.service.deterministic import SeededIds
from fake_server.service.dialect import Suggesting
from fake_server.service.output import Output, Pause, SendEvent
from fake_server.service.service import Service
from provider.wire import events
from provider.wire.generations import PartIds

Outputs: TypeAlias = Iterator[Output]
_SUGGESTIONS: Final = ("Tell me more", "Give me an example")
_TITLE_LENGTH: Final = 40
_COMMAND: Final = re.compile(r"(?:\A|\s)/[a-z][a-z0-9-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnContext:
    """The user's message that a turn answers, and the conversation around it.

    Attributes:
        caller: The caller's key.
        origin: ``scheme://host[:port]`` at which clients reach the server.
        ids: For the turn's events.
        content: The user's message, as in the history's JSON.
        prompt: Its text.
    """

    service: Service
    conversation: StoredConversation
    caller: str
    origin: str
    ids: SeededIds
    content: tuple[dict[str, Any], ...]
    prompt: str


class Answer:
    """The events of an answer. Each method that adds to the answer first sends ``startMessage``, unless it was sent.

    Attributes:
        message_id: The answer's id.
        suggestions: The suggestions after the answer.
        suggests: Whether the service sends them.
        title: The conversation's new title. None keeps the title, or makes one for a new conversation.
    """

    def __init__(self, context: TurnContext) -> None:
        self.context = context
        self.message_id = context.ids.nanoid()
        self.suggestions: tuple[str, ...] = _SUGGESTIONS
        self.suggests = True
        self.title: str | None = None
        self._user_message_id = context.ids.nanoid()
        self._acknowledged = False
        self._record: HistoryRecord | None = None
        self._parts = 0
        self._text_part: str | None = None
        self._open_parts: list[str] = []

    # ---------------------------------------------------------------- before
    def acknowledge(self) -> Outputs:
        """Send ``received`` and add the user's message to the history, once."""
        if self._acknowledged:
            return
        self._acknowledged = True
        conversation = self.context.conversation
        at = conversation.now()
        message = StoredMessage(self._user_message_id, "human", at, self.context.content)
        self.context.service.store.add(conversation, message)
        yield SendEvent(
            events.Received(conversation_id=conversation.id, message_id=self._user_message_id, created_at=at)
        )

    def start(self) -> Outputs:
        """Send ``startMessage``, once."""
        yield from self.acknowledge()
        if self._record is not None:
            return
        conversation = self.context.conversation
        at = conversation.now()
        self._record = HistoryRecord(self.message_id, at)
        yield SendEvent(events.StartMessage(conversation_id=conversation.id, message_id=self.message_id, created_at=at))

    # ---------------------------------------------------------------- parts
    @property
    def record(self) -> HistoryRecord:
        """The answer's content so far, for the history."""
        assert self._record is not None, "the answer has started"
        return self._record

    def new_part(self, *, completes: bool = False) -> str:
        """The id of a new part; ``completes`` if the service sends `partCompleted` for it."""
        counted = self.context.service.generation.part_ids is PartIds.COUNTED
        part_id = str(self._parts) if counted else self.context.ids.nanoid()
        self._parts += 1
        if completes:
            self._open_parts.append(part_id)
        return part_id

    def text_part(self) -> str:
        """The id of the part of the answer that the next text belongs to; begins such a part if none is open."""
        if self._text_part is None:
            self._text_part = self.new_part(completes=True)
        return self._text_part

    def complete_parts(self) -> Outputs:
        """Send `partCompleted` for each open part."""
        for part_id in self._open_parts:
            yield SendEvent(events.PartCompleted(message_id=self.message_id, part_id=part_id))
        self._open_parts.clear()
        self._text_part = None

    def pace(self) -> Outputs:
        """The pause after a piece of the answer."""
        delay = self.context.service.config.chunk_delay
        if delay > 0:
            yield Pause(delay)

    # ---------------------------------------------------------------- after
    def finish(self) -> Outputs:
        """Send ``done``, and the events after it."""
        yield from self.start()
        yield from self.complete_parts()
        yield SendEvent(events.Done(message_id=self.message_id))
        conversation = self.context.conversation
        title = self.title or (title_of(self.context.prompt) if conversation.title is None else None)
        conversation.title = title or conversation.title
        afterwards: dict[str, Iterable[events.KnownEvent]] = {
            "titleUpdate": [events.TitleUpdate(conversation_id=conversation.id, title=title)] if title else [],
            "suggestedFollowups": self._suggesting() if self.suggests else [],
        }
        for name in self.context.service.generation.after_done:
            yield from map(SendEvent, afterwards[name])

    def _suggesting(self) -> Iterator[events.KnownEvent]:
        if self.context.service.dialect.suggesting is Suggesting.WHOLE:
            yield self.suggested()
            return
        for suggestion in self.suggestions:
            ids = {"message_id": self.message_id, "suggestion_id": self.context.ids.nanoid()}
            yield events.StartSuggestion(**ids)
            half = (len(suggestion) + 1) // 2
            for piece in filter(None, (suggestion[:half], suggestion[half:])):
                yield events.AppendSuggestion(**ids, text=piece)
            yield events.SuggestionCompleted(**ids)

    def suggested(self) -> events.SuggestedFollowupsEvent:
        """The suggestions as one event."""
        return events.SuggestedFollowupsEvent(message_id=self.message_id, suggestions=self.suggestions)

    def store(self) -> None:
        """Add the answer, as far as it came, to the conversation's history."""
        if self._record is not None:
            self.context.service.store.add(self.context.conversation, self._record.message())


class HistoryRecord:
    """The content of an answer for the history: its parts, in the order in which they started.

    Attributes:
        created_at: The date of the answer's start.
    """

    def __init__(self, message_id: str, created_at: str) -> None:
        self._message_id = message_id
        self.created_at = created_at
        self._texts: dict[str, list[str]] = {}
        self._content: list[dict[str, Any]] = []

    def append(self, part_id: str, text: str) -> None:
        """Append to the text of a part."""
        self._pieces(part_id).append(text)

    def replace(self, part_id: str, text: str) -> None:
        """Replace the text of a part."""
        self._pieces(part_id)[:] = [text]

    def cite(self, part_id: str, title: str, url: str, publisher: str) -> None:
        """Add a citation."""
        self._content.append(
            {"type": "citation", "title": title, "url": url, "publisher": publisher, "partId": part_id}
        )

    def draw(self, part_id: str, url: str) -> None:
        """Add an image."""
        self._content.append({"type": "image", "url": url, "partId": part_id})

    def message(self) -> StoredMessage:
        """The answer as a message of the history."""
        content = tuple(
            {"type": "text", "text": "".join(self._texts[part["partId"]]), "partId": part["partId"]}
            if part["type"] == "text"
            else part
            for part in self._content
        )
        return StoredMessage(self._message_id, "ai", self.created_at, content)

    def _pieces(self, part_id: str) -> list[str]:
        pieces = self._texts.get(part_id)
        if pieces is None:
            pieces = self._texts[part_id] = []
            self._content.append({"type": "text", "partId": part_id})
        return pieces


def title_of(prompt: str) -> str:
    """The title of a conversation that starts with this prompt."""
    return shortened(_COMMAND.sub(" ", newest(prompt)).strip() or "A conversation", _TITLE_LENGTH)
