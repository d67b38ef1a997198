"""What the service remembers, within bounds: what was not used for longest is forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from fake_server.service.config import Config
from fake_server.service.conversations import Conversation, Said
from fake_server.service.dialect import Dialect
from fake_server.service.naming import Names
from fake_server.service.refusals import How

_MOST_CALLERS: Final = 1000
_MOST_PICTURES: Final = 100


@dataclass(frozen=True, slots=True)
class Attachment:
    """An upload."""

    id: str
    name: str
    content_type: str
    body: bytes = field(repr=False)


class Memory:
    """Conversations, uploads, session keys, and requests that are to fail."""

    def __init__(self, config: Config, dialect: Dialect) -> None:
        self._config = config
        self._dialect = dialect
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()
        self._history_bytes = 0
        self._attachments: OrderedDict[str, Attachment] = OrderedDict()
        self._attachment_bytes = 0
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._counts: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._session_keys: OrderedDict[str, None] = OrderedDict()
        self._refusals: OrderedDict[tuple[str | None, str], How] = OrderedDict()

    def names(self, what: str, caller: str) -> Names:
        """Names for the next thing of a kind that this caller makes."""
        key = (what, caller)
        number = self._counts.pop(key, 0) + 1
        self._counts[key] = number
        _trim(self._counts, 4 * _MOST_CALLERS)
        return Names(self._config.seed, what, caller, number)

    # ---------------------------------------------------------------- conversations
    def new_conversation(self, owner: str) -> Conversation:
        """Open one."""
        while (conversation_id := self.names("conversation", owner).nanoid()) in self._conversations:
            pass  # its number was forgotten, it was not
        return self.adopt(conversation_id, owner)

    def adopt(self, conversation_id: str, owner: str) -> Conversation:
        """Take an id for a conversation's that was opened elsewhere, or is forgotten."""
        conversation = Conversation(conversation_id, owner, self._dialect)
        self._conversations[conversation_id] = conversation
        self._forget_some()
        return conversation

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation of that id; None if it is not remembered."""
        found = self._conversations.get(conversation_id)
        if found is not None:
            self._conversations.move_to_end(conversation_id)
        return found

    def conversations_of(self, owner: str) -> list[Conversation]:
        """All of one caller's, the last used first."""
        return [each for each in reversed(self._conversations.values()) if each.owner == owner]

    def add(self, conversation: Conversation, said: Said) -> None:
        """Remember what was said."""
        before = conversation.size
        conversation.add(said)
        while conversation.size > self._config.max_history_bytes and len(conversation.messages) > 1:
            conversation.forget_oldest()
        if self._conversations.get(conversation.id) is conversation:
            self._history_bytes += conversation.size - before
            self._forget_some()

    def delete(self, conversation_id: str) -> None:
        """Forget a conversation."""
        self._history_bytes -= self._conversations.pop(conversation_id).size

    def _forget_some(self) -> None:
        while len(self._conversations) > 1 and (
            len(self._conversations) > self._config.max_conversations
            or self._history_bytes > self._config.max_history_bytes
        ):
            self.delete(next(iter(self._conversations)))

    # ---------------------------------------------------------------- uploads
    def attach(self, owner: str, content_type: str, body: bytes, name: str = "") -> Attachment:
        """Keep an upload; without a name it is called by its id and type, ``<id>.png``."""
        while (attachment_id := self.names("attachment", owner).nanoid()) in self._attachments:
            pass
        attachment = Attachment(attachment_id, name or _file_name(attachment_id, content_type), content_type, body)
        self._attachments[attachment_id] = attachment
        self._attachment_bytes += len(body)
        while len(self._attachments) > 1 and (
            len(self._attachments) > self._config.max_attachments
            or self._attachment_bytes > self._config.max_attachment_bytes
        ):
            _, oldest = self._attachments.popitem(last=False)
            self._attachment_bytes -= len(oldest.body)
        return attachment

    def attachment(self, attachment_id: str) -> Attachment | None:
        """The upload of that id; None if it is not kept."""
        found = self._attachments.get(attachment_id)
        if found is not None:
            self._attachments.move_to_end(attachment_id)
        return found

    # ---------------------------------------------------------------- pictures
    def keep_picture(self, image_id: str, content: bytes) -> None:
        """Keep a picture that a scenario brought along."""
        self._pictures[image_id] = content
        _trim(self._pictures, _MOST_PICTURES)

    def picture(self, image_id: str) -> bytes | None:
        """The picture of that id, if a scenario brought it along."""
        return self._pictures.get(image_id)

    # ---------------------------------------------------------------- temporary sessions
    def new_session_key(self, caller: str) -> str:
        """A key for a temporary session."""
        key = self.names("session", caller).hex(64)
        self._session_keys[key] = None
        _trim(self._session_keys, _MOST_CALLERS)
        return key

    def knows_session_key(self, key: str | None) -> bool:
        """Whether that key was given out."""
        return key in self._session_keys

    # ---------------------------------------------------------------- requests that are to fail
    def refuse_next(self, caller: str | None, at: str, how: How) -> None:
        """Let one request fail; of one caller, or of whoever comes first (None)."""
        self._refusals[caller, at] = how
        _trim(self._refusals, _MOST_CALLERS)

    def take_refusal(self, caller: str, at: str) -> How | None:
        """How this request is to fail; asked once, it is over."""
        for key in ((caller, at), (caller, "any"), (None, at), (None, "any")):
            how = self._refusals.pop(key, None)
            if how is not None:
                return how
        return None


def _file_name(attachment_id: str, content_type: str) -> str:
    return f"{attachment_id}.{content_type.rpartition('/')[2].replace('plain', 'txt')}"


def _trim(store: OrderedDict[Any, Any], most: int) -> None:
    while len(store) > most:
        store.popitem(last=False)
