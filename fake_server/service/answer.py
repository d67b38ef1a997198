"""The answer of one turn as it is told: its ids, its parts, and what comes before and after them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from fake_server.service.acts import Pause
from fake_server.service.conversations import Conversation, Said
from fake_server.service.dialect import Suggesting
from fake_server.service.naming import Names
from fake_server.service.record import Record, title_of
from fake_server.service.service import Service
from fake_server.service.telling import Tell, Wish
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
