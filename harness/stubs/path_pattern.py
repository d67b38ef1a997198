"""`PathPattern`: the path of a stub: exact, with ``{names}`` and ``*``, or a regular expression."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote

from harness.stubs.errors import StubError

_PARTS: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]{0,40})\}|(\*\*)|(\*)")
_LONGEST: Final = 2000
_MOST_WILDCARDS: Final = 10
"""More of them, and a long path could take seconds to compare."""


@dataclass(frozen=True, slots=True)
class PathPattern:
    """A path of requests.

    Attributes:
        text: As written, without its query.
        query: The parameters that the written path had behind ``?``.
    """

    text: str
    query: tuple[tuple[str, str], ...] = ()
    _regex: re.Pattern[str] = field(default=re.compile(""), repr=False)

    @classmethod
    def parse(cls, path: str | re.Pattern[str]) -> PathPattern:
        """Parse a path as `harness.stubs.Stubs.on` takes it.

        Args:
            path: ``/items/{id}`` matches one segment by a name, ``*`` matches within a segment, ``**`` matches several
                segments. A query behind ``?`` is a condition, too. A regular expression must match the whole path.

        Raises:
            StubError: The path does not begin with ``/``, uses a name twice, or has too many wildcards.
        """
        if isinstance(path, re.Pattern):
            return cls(path.pattern, (), path)
        written, mark, query = path.partition("?")
        if not written.startswith("/") and written not in ("*", "**"):
            raise StubError(f"path {path!r}: expected a path that begins with '/', without scheme and host")
        if len(written) > _LONGEST or len(_PARTS.findall(written)) > _MOST_WILDCARDS:
            raise StubError(f"path {written[:60]!r}..: expected at most {_MOST_WILDCARDS} wildcards: use a shorter one")
        names = [name for name, _, _ in _PARTS.findall(written) if name]
        if len(set(names)) < len(names):
            raise StubError(f"path {path!r}: each name in braces must be a different one")
        pairs = tuple(parse_qsl(query, keep_blank_values=True)) if mark else ()
        return cls(written, pairs, re.compile(".*" if written in ("*", "**") else _regex(written), re.DOTALL))

    def match(self, path: str) -> dict[str, str] | None:
        """The values of the names, decoded; None if the path does not match.

        Args:
            path: As on the wire, percent-encoded.
        """
        # An encoded slash is no border of segments, so it stays encoded until the segments are found.
        plain = "/".join(unquote(segment).replace("/", "%2F") for segment in path.split("/"))
        found = self._regex.fullmatch(plain)
        return None if found is None else {name: unquote(value or "") for name, value in found.groupdict().items()}

    def __str__(self) -> str:
        return self.text


def _regex(written: str) -> str:
    parts: list[str] = []
    end = 0
    for found in _PARTS.finditer(written):
        name, deep, _ = found.groups()
        parts.append(re.escape(unquote(written[end : found.start()])))
        parts.append(f"(?P<{name}>[^/]+)" if name else ".*" if deep else "[^/]*")
        end = found.end()
    return "".join([*parts, re.escape(unquote(written[end:]))])
