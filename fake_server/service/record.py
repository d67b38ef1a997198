"""What a turn's answer leaves in the conversation's history."""

from __future__ import annotations

import re
from typing import Any, Final

from fake_server.scenarios.asked import shortened
from fake_server.scenarios.choosing import newest
from fake_server.service.conversations import Said

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
