"""The service's data in memory, within bounds: it drops the least recently used entries first."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from fake_server.service.config import Config
from fake_server.service.conversations import StoredConversation, StoredMessage
from fake_server.service.deterministic import Clock, SeededIds
from fake_server.service.dialect import Dialect
from fake_server.service.refusals import How

_MOST_CALLERS: Final = 1000
_MOST_PICTURES: Final = 100
_MOST_SHARES: Final = 1000
_DAY: Final = 86_400
_SESSION_SECONDS: Final = 6 * 3600
"""How long a temporary session lasts (docs/protocol.md §2.1)."""


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """An uploaded file.

    Attributes:
        expires: Seconds of the service's `Clock` after which it is gone.
    """

    id: str
    name: str
    content_type: str
    body: bytes = field(repr=False)
    expires: int


class ServiceStore:
    """Conversations, shares, uploads, session keys, and the faults for coming requests."""

    def __init__(self, config: Config, dialect: Dialect, clock: Clock) -> None:
        self._config = config
        self._dialect = dialect
        self._clock = clock
        self._conversations: OrderedDict[str, StoredConversation] = OrderedDict()
        self._history_bytes = 0
        self._attachments: OrderedDict[str, StoredAttachment] = OrderedDict()
        self._attachment_bytes = 0
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._counts: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._session_keys: OrderedDict[str, int] = OrderedDict()
        self._clarity_tokens: OrderedDict[str, None] = OrderedDict()
        self._shares: OrderedDict[str, str] = OrderedDict()
        self._faults: OrderedDict[tuple[str | None, str], How] = OrderedDict()

    def ids(self, what: str, caller: str) -> SeededIds:
        """The stream of ids for the caller's next object of a kind, such as a conversation."""
        return SeededIds(self._config.seed, what, caller, self.count(what, caller))

    def count(self, what: str, caller: str) -> int:
        """Count one more object of a kind for a caller; returns its number, from 1."""
        key = (what, caller)
        number = self._counts.pop(key, 0) + 1
        self._counts[key] = number
        _trim(self._counts, 4 * _MOST_CALLERS)
        return number

    # ---------------------------------------------------------------- conversations
    def new_conversation(self, owner: str) -> StoredConversation:
        """Open a conversation."""
        while (conversation_id := self.ids("conversation", owner).nanoid()) in self._conversations:
            pass  # the caller's count was dropped, but a conversation with this id was not
        return self.adopt(conversation_id, owner)

    def adopt(self, conversation_id: str, owner: str) -> StoredConversation:
        """Make a conversation with a given id: one that was opened elsewhere, or dropped."""
        conversation = StoredConversation(conversation_id, owner, self._dialect, self._clock)
        self._conversations[conversation_id] = conversation
        self._drop_oldest()
        return conversation

    def conversation(self, conversation_id: str) -> StoredConversation | None:
        """Find a conversation, and mark it as used; None if there is no such one."""
        found = self._conversations.get(conversation_id)
        if found is not None:
            self._conversations.move_to_end(conversation_id)
        return found

    def conversations_of(self, owner: str) -> list[StoredConversation]:
        """The caller's conversations, the last used first."""
        return [each for each in reversed(self._conversations.values()) if each.owner == owner]

    def add(self, conversation: StoredConversation, message: StoredMessage) -> None:
        """Add a message to a conversation's history."""
        before = conversation.size
        conversation.add(message)
        while conversation.size > self._config.max_history_bytes and len(conversation.messages) > 1:
            conversation.forget_oldest()
        if self._conversations.get(conversation.id) is conversation:
            self._history_bytes += conversation.size - before
            self._drop_oldest()

    def delete(self, conversation_id: str) -> None:
        """Delete a conversation."""
        self._history_bytes -= self._conversations.pop(conversation_id).size

    def _drop_oldest(self) -> None:
        while len(self._conversations) > 1 and (
            len(self._conversations) > self._config.max_conversations
            or self._history_bytes > self._config.max_history_bytes
        ):
            self.delete(next(iter(self._conversations)))

    # ---------------------------------------------------------------- shares
    def share(self, conversation: StoredConversation) -> str:
        """Share a conversation; returns the share's id, the same each time."""
        share_id = SeededIds(self._config.seed, "share", conversation.id).nanoid()
        self._shares[share_id] = conversation.id
        self._shares.move_to_end(share_id)
        _trim(self._shares, _MOST_SHARES)
        return share_id

    def shared(self, share_id: str) -> StoredConversation | None:
        """The conversation behind a share's id; None if there is no such share, or the conversation was dropped."""
        conversation_id = self._shares.get(share_id)
        return None if conversation_id is None else self._conversations.get(conversation_id)

    # ---------------------------------------------------------------- uploads
    def attach(self, owner: str, content_type: str, body: bytes, name: str = "") -> StoredAttachment:
        """Store an upload; without a name it gets one from its id and type, ``<id>.png``."""
        while (attachment_id := self.ids("attachment", owner).nanoid()) in self._attachments:
            pass
        called = name or _file_name(attachment_id, content_type)
        attachment = StoredAttachment(attachment_id, called, content_type, body, self._clock.elapsed + _DAY)
        self._attachments[attachment_id] = attachment
        self._attachment_bytes += len(body)
        while len(self._attachments) > 1 and (
            len(self._attachments) > self._config.max_attachments
            or self._attachment_bytes > self._config.max_attachment_bytes
        ):
            _, oldest = self._attachments.popitem(last=False)
            self._attachment_bytes -= len(oldest.body)
        return attachment

    def attachment(self, attachment_id: str) -> StoredAttachment | None:
        """Find an upload; None if there is no such one, or it has expired."""
        found = self._attachments.get(attachment_id)
        if found is None or found.expires <= self._clock.elapsed:
            return None
        self._attachments.move_to_end(attachment_id)
        return found

    # ---------------------------------------------------------------- pictures
    def keep_picture(self, image_id: str, content: bytes) -> None:
        """Store a picture that a scenario supplied."""
        self._pictures[image_id] = content
        _trim(self._pictures, _MOST_PICTURES)

    def picture(self, image_id: str) -> bytes | None:
        """A picture that a scenario supplied; None for a generated one."""
        return self._pictures.get(image_id)

    # ---------------------------------------------------------------- temporary sessions
    def new_session_key(self, caller: str) -> str:
        """Open a temporary session of six hours; returns its key."""
        key = self.ids("session", caller).hex(64)
        self._session_keys[key] = self._clock.elapsed + _SESSION_SECONDS
        _trim(self._session_keys, _MOST_CALLERS)
        return key

    def knows_session_key(self, key: str | None) -> bool:
        """Whether the key belongs to a temporary session that has not expired."""
        return key is not None and self._session_keys.get(key, 0) > self._clock.elapsed

    # ---------------------------------------------------------------- telemetry
    def new_clarity_token(self, caller: str) -> str:
        """A token for a client that has sent telemetry (§4.7)."""
        token = self.ids("clarity", caller).hex(64)
        self._clarity_tokens[token] = None
        _trim(self._clarity_tokens, _MOST_CALLERS)
        return token

    def knows_clarity_token(self, token: str) -> bool:
        """Whether `new_clarity_token` returned this token."""
        return token in self._clarity_tokens

    # ---------------------------------------------------------------- faults
    def add_fault(self, caller: str | None, at: str, how: How) -> None:
        """Make one request fail: the caller's next one at that place, or anybody's (None)."""
        self._faults[caller, at] = how
        _trim(self._faults, _MOST_CALLERS)

    def take_fault(self, caller: str, at: str) -> How | None:
        """Remove and return the fault for a request; None if there is none."""
        for key in ((caller, at), (caller, "any"), (None, at), (None, "any")):
            how = self._faults.pop(key, None)
            if how is not None:
                return how
        return None


def _file_name(attachment_id: str, content_type: str) -> str:
    return f"{attachment_id}.{content_type.rpartition('/')[2].replace('plain', 'txt')}"


def _trim(store: OrderedDict[Any, Any], most: int) -> None:
    while len(store) > most:
        store.popitem(last=False)
