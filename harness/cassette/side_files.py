"""References to side files, and the collection that a cassette's large payloads go to while it is written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Final, TypeAlias

import msgspec

from harness.cassette.errors import UnsafeSideFileError
from harness.cassette.payloads import Content, Payload, loaded, pieces_of

NAME_PATTERN: Final = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}"
_NAME: Final = re.compile(NAME_PATTERN)
_SUFFIXES: Final = (
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"%PDF-", ".pdf"),
    (b"{", ".json"),
    (b"[", ".json"),
)


class FileRef(msgspec.Struct, frozen=True):
    """What a cassette says of a side file: its name, its size in bytes, its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


ReadFile: TypeAlias = Callable[[FileRef, str], Content]
"""Gives the content of a side file that the place (second argument) names; checks it; raises a `CassetteError`."""


def is_allowed_name(name: str) -> bool:
    """Whether a side file may have that name: no separator, no leading dot, at most 100 characters."""
    return _NAME.fullmatch(name) is not None


def _suffix(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return ".webp"
    return next((suffix for magic, suffix in _SUFFIXES if content.startswith(magic)), ".bin")


def _is_never_taken(_name: str, _content: Content) -> bool:
    return False


def _are_equal(one: Content, other: Content) -> bool:
    if type(one) is type(other):
        return one == other
    return len(one) == len(other) and loaded(one) == loaded(other)


class Collected:
    """The side files of one cassette while it is written.

    A payload keeps the name it has. Where that would overwrite other content (in this cassette or, as ``taken`` says,
    on the disk) or where it has none, it is named after its SHA-256: so a new cassette never changes what an old one
    refers to.

    Attributes:
        files: Name -> content.
    """

    def __init__(self, taken: Callable[[str, Content], bool] = _is_never_taken) -> None:
        self.files: dict[str, Content] = {}
        self._taken = taken
        self._folded: dict[str, str] = {}

    def put(self, content: Content, name: str | None, where: str) -> FileRef:
        """Add a payload to the side files, and return the reference to it.

        Raises:
            UnsafeSideFileError: The name that it has is not allowed.
        """
        if name is not None and not is_allowed_name(name):
            raise UnsafeSideFileError(
                "the name of this side file is not allowed: expected a plain file name without a path", where
            )
        digest = content.sha256 if isinstance(content, Payload) else hashlib.sha256(content).hexdigest()
        chosen = name if name is not None and self._is_free(name, content) else None
        chosen = chosen or self._derived(digest, content)
        self.files[chosen] = content
        self._folded[chosen.lower()] = chosen
        return FileRef(chosen, len(content), digest)

    def _derived(self, digest: str, content: Content) -> str:
        suffix = _suffix(next(pieces_of(content)))
        names = (f"{stem}{suffix}" for stem in (digest[:16], digest))
        return next((name for name in names if self._is_free(name, content)), f"sha256-{digest}{suffix}")

    def _is_free(self, name: str, content: Content) -> bool:
        # Folded, for disks that do not tell `A.png` from `a.png`.
        used = self._folded.get(name.lower())
        if used is not None:
            return used == name and _are_equal(self.files[name], content)
        return not self._taken(name, content)
