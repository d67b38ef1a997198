"""What a message takes along: files to upload, and links. `provider.media` makes them of what the app passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to upload.

    Attributes:
        data: Its bytes.
        content_type: From its first bytes, ``text/plain`` for UTF-8 text, else ``application/octet-stream``.
        name: A file name, without folders.
    """

    data: bytes = field(repr=False)
    content_type: str
    name: str

    @property
    def is_image(self) -> bool:
        """Whether it is uploaded as an image; everything else is uploaded as a document."""
        return self.content_type.startswith("image/")


@dataclass(frozen=True, slots=True)
class Link:
    """An https URL, which the service fetches and this client never does."""

    url: str


Medium: TypeAlias = Upload | Link
