"""The answer of one turn as it is told: its ids, its parts, and what comes before and after them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from fake_server.scenarios.registry import newest, shortened
from fake_server.service.conversations import Conversation, Said
from fake_server.service.deterministic import Names
from fake_server.service.dialect import Suggesting
from fake_server.service.output import Pause, Tell, Wish
from fake_server.service.service import Service
from provider.wire import events
from provider.wire.generations import PartIds

Wishes: TypeAlias = Iterator[Wish]
_SUGGESTIONS: Final = ("Tell me more", "Give me an example")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a turn takes place.

    Attributes:
        caller: The caller's key.
        origin: Where clients find the server.
        names: The turn's own.
        content: The user's message, as a history tells it.
        prompt: Its text.
    """

    service: Service
    conversation: Conversation
    caller: str
    origin: str
    names: Names
    content: tuple[dict[str, Any], ...]
    prompt: str


class Answer:
    """An answer; every step that adds to it begins it first.

    Attributes:
        message_id: The answer's.
        suggestions: What follows it.
        suggests: Whether that event follows at all.
        title: For the conversation; None leaves it as it is, or makes one for a new one.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.message_id = setting.names.nanoid()
        self.suggestions: tuple[str, ...] = _SUGGESTIONS
        self.suggests = True
        self.title: str | None = None
        self._user_message_id = setting.names.nanoid()
        self._acknowledged = False
        self._record: Record | None = None
        self._parts = 0
        self._text_part: str | None = None
        self._open_parts: list[str] = []

    # ---------------------------------------------------------------- before
    def acknowledge(self) -> Wishes:
        """Say, once, that the user's message has come."""
        if self._acknowledged:
            return
        self._acknowledged = True
        conversation = self.setting.conversation
        at = conversation.now()
        said = Said(self._user_message_id, "human", at, self.setting.content)
        self.setting.service.memory.add(conversation, said)
        yield Tell(events.Received(conversation_id=conversation.id, message_id=self._user_message_id, created_at=at))

    def start(self) -> Wishes:
        """Begin the answer, once."""
        yield from self.acknowledge()
        if self._record is not None:
            return
        conversation = self.setting.conversation
        at = conversation.now()
        self._record = Record(self.message_id, at)
        yield Tell(events.StartMessage(conversation_id=conversation.id, message_id=self.message_id, created_at=at))

    # ---------------------------------------------------------------- parts
    @property
    def record(self) -> Record:
        """What the history will tell of it."""
        assert self._record is not None, "the answer has begun"
        return self._record

    def new_part(self, *, completes: bool = False) -> str:
        """The id of a new part; ``completes`` if `partCompleted` is to name it at the end."""
        counted = self.setting.service.generation.part_ids is PartIds.COUNTED
        part_id = str(self._parts) if counted else self.setting.names.nanoid()
        self._parts += 1
        if completes:
            self._open_parts.append(part_id)
        return part_id

    def text_part(self) -> str:
        """The id of the part that text goes into."""
        if self._text_part is None:
            self._text_part = self.new_part(completes=True)
        return self._text_part

    def complete_parts(self) -> Wishes:
        """Say of each open part that it is whole."""
        for part_id in self._open_parts:
            yield Tell(events.PartCompleted(message_id=self.message_id, part_id=part_id))
        self._open_parts.clear()
        self._text_part = None

    def pace(self) -> Wishes:
        """The pause behind a piece."""
        delay = self.setting.service.config.chunk_delay
        if delay > 0:
            yield Pause(delay)

    # ---------------------------------------------------------------- after
    def finish(self) -> Wishes:
        """The answer is whole, and what comes after that."""
        yield from self.start()
        yield from self.complete_parts()
        yield Tell(events.Done(message_id=self.message_id))
        conversation = self.setting.conversation
        title = self.title or (title_of(self.setting.prompt) if conversation.title is None else None)
        conversation.title = title or conversation.title
        afterwards: dict[str, Iterable[events.KnownEvent]] = {
            "titleUpdate": [events.TitleUpdate(conversation_id=conversation.id, title=title)] if title else [],
            "suggestedFollowups": self._suggesting() if self.suggests else [],
        }
        for name in self.setting.service.generation.after_done:
            yield from map(Tell, afterwards[name])

    def _suggesting(self) -> Iterator[events.KnownEvent]:
        if self.setting.service.dialect.suggesting is Suggesting.WHOLE:
            yield self.suggested()
            return
        for suggestion in self.suggestions:
            ids = {"message_id": self.message_id, "suggestion_id": self.setting.names.nanoid()}
            yield events.StartSuggestion(**ids)
            half = (len(suggestion) + 1) // 2
            for piece in filter(None, (suggestion[:half], suggestion[half:])):
                yield events.AppendSuggestion(**ids, text=piece)
            yield events.SuggestionCompleted(**ids)

    def suggested(self) -> events.SuggestedFollowups:
        """The suggestions as an event."""
        return events.SuggestedFollowups(message_id=self.message_id, suggestions=self.suggestions)

    def remember(self) -> None:
        """Leave in the history what there is of it."""
        if self._record is not None:
            self.setting.service.memory.add(self.setting.conversation, self._record.said())


_TITLE_LENGTH: Final = 40
_COMMAND: Final = re.compile(r"(?:\A|\s)/[a-z][a-z0-9-]*")


class Record:
    """The parts of an answer, in the order in which they began.

    Attributes:
        created_at: When the answer began.
    """

    def __init__(self, message_id: str, created_at: str) -> None:
        self._message_id = message_id
        self.created_at = created_at
        self._texts: dict[str, list[str]] = {}
        self._content: list[dict[str, Any]] = []

    def append(self, part_id: str, text: str) -> None:
        """More text."""
        self._pieces(part_id).append(text)

    def replace(self, part_id: str, text: str) -> None:
        """Another text."""
        self._pieces(part_id)[:] = [text]

    def cite(self, part_id: str, title: str, url: str, publisher: str) -> None:
        """A source."""
        self._content.append(
            {"type": "citation", "title": title, "url": url, "publisher": publisher, "partId": part_id}
        )

    def draw(self, part_id: str, url: str) -> None:
        """A picture."""
        self._content.append({"type": "image", "url": url, "partId": part_id})

    def said(self) -> Said:
        """The answer as a message."""
        content = tuple(
            {"type": "text", "text": "".join(self._texts[part["partId"]]), "partId": part["partId"]}
            if part["type"] == "text"
            else part
            for part in self._content
        )
        return Said(self._message_id, "ai", self.created_at, content)

    def _pieces(self, part_id: str) -> list[str]:
        pieces = self._texts.get(part_id)
        if pieces is None:
            pieces = self._texts[part_id] = []
            self._content.append({"type": "text", "partId": part_id})
        return pieces


def title_of(prompt: str) -> str:
    """A title for a conversation that begins with this prompt."""
    return shortened(_COMMAND.sub(" ", newest(prompt)).strip() or "A conversation", _TITLE_LENGTH)
