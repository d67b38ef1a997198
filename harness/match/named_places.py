"""Places that a user names by hand: ``query.t``, ``header.x-id``, ``json.items[*].id``, ``message.id``, ``path[2]``.

========================  ==========================================================================
``query.NAME``            a value of the query
``header.NAME``           a header of the request
``form.NAME``             a field of a form, url-encoded or multipart
``json.FIELD[*].FIELD``   a value in a JSON body; ``[*]`` is every item of an array, ``[0]`` the first
``message.FIELD``         a value in a JSON message of a socket (``message[1].id`` where it is an array)
``path[N]``               a segment of the path, counted from 0
========================  ==========================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from harness.errors import HarnessError

_NAME: Final = r"[^.\[\]\s*]+"
_STEPS: Final = rf"(?:\.{_NAME}|\[(?:\d+|\*)\])"
_GRAMMAR: Final = re.compile(
    rf"(?P<pairs>query|header|form)\.(?P<name>[^\s\[\]]+)|(?P<tree>json|message)(?P<steps>{_STEPS}+)|path\[(?P<at>\d+)\]"
)
_WHOLE: Final = re.compile(r"(query|header|headers|form|json|body|message|messages|path)(\[\*\])*")
_ROOTS: Final = {"query": "query", "header": "headers", "form": "body", "json": "body", "message": ""}


class PlaceError(HarnessError):
    """A text does not name a place.

    Attributes:
        place: The text.
        option: The option it was given to, such as ``--ignore``.
    """

    def __init__(self, place: str, option: str) -> None:
        super().__init__(place, option)
        self.place = place
        self.option = option

    def __str__(self) -> str:
        if _WHOLE.fullmatch(self.place.strip()):
            return f"{self.option} {self.place}: this is a whole message, body or path; name a value inside"
        return (
            f"{self.option}: {self.place!r} is not a place; write query.NAME, header.NAME, form.NAME, "
            "json.FIELD.FIELD, message.FIELD, or path[N]"
        )


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """One place.

    Attributes:
        text: As written.
        pattern: Matches the paths of the differences at this place.
    """

    text: str
    pattern: re.Pattern[str]

    @classmethod
    def parse(cls, text: str, option: str = "place") -> NamedPlace:
        """The place that a text names.

        Args:
            text: As users write it.
            option: The option it was given to, such as ``--ignore``; fewer places may be ignored than bound.

        Raises:
            PlaceError: It names no place, or a whole message, body or path.
        """
        found = _GRAMMAR.fullmatch(text.strip())
        # `[*]` at the root is the whole body: its items may be bound, but a body is not ignored as a whole.
        if found is None or (option.endswith("ignore") and _WHOLE.fullmatch(text.strip())):
            raise PlaceError(text, option)
        if found["at"] is not None:
            return cls(text, re.compile(rf"path\[{int(found['at'])}\]"))
        if found["pairs"]:
            name = found["name"].lower() if found["pairs"] == "header" else found["name"]
            return cls(text, re.compile(rf"{_ROOTS[found['pairs']]}\.{re.escape(name)}(?:\[\d+\])?"))
        steps = "".join(_step(step) for step in re.findall(_STEPS, found["steps"]))
        root = _ROOTS[found["tree"]]
        # The whole content of a field belongs to its place.
        return cls(text, re.compile((root + steps if root else steps.removeprefix(r"\.")) + r"(?:[.\[].*)?"))


def _step(step: str) -> str:
    if step.startswith("."):
        return rf"\.{re.escape(step[1:])}"
    return r"\[\d+\]" if step == "[*]" else re.escape(step)


class NamedPlaces:
    """The user's places: those to ignore, and those where any value is accepted and bound to the recorded one."""

    __slots__ = ("_binds", "_ignores", "binding", "ignoring")

    def __init__(self, ignore: Iterable[NamedPlace] = (), bind: Iterable[NamedPlace] = ()) -> None:
        self.ignoring = tuple(ignore)
        self.binding = tuple(bind)
        self._ignores = _any(self.ignoring)
        self._binds = _any(self.binding)

    def ignores(self, path: str) -> bool:
        """Whether the user's ``--ignore`` covers this path of a field (as in `FieldDifference.field`)."""
        return self._ignores is not None and self._ignores.fullmatch(path) is not None

    def binds(self, path: str) -> bool:
        """Whether the user's ``--bind`` covers this path: any value there is accepted and bound to the recorded one."""
        return self._binds is not None and self._binds.fullmatch(path) is not None

    def frees(self, path: str) -> bool:
        """Whether values may differ at this path, because it is ignored or bound."""
        return self.ignores(path) or self.binds(path)

    def __bool__(self) -> bool:
        return bool(self.ignoring or self.binding)


def _any(places: tuple[NamedPlace, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{place.pattern.pattern})" for place in places)) if places else None


def place_of(path: str) -> str | None:
    """A path of a difference (``headers.x-id``) as options name it (``header.x-id``); None if they cannot name it."""
    if path.startswith("query."):
        return re.sub(r"\[\d+\]$", "", path)
    if path.startswith("headers."):
        return "header." + path.removeprefix("headers.")
    if path.startswith("path["):
        return path
    if path.startswith(("body.", "body[")):
        return "json" + re.sub(r"\[\d+\]", "[*]", path.removeprefix("body"))
    if path in {"body", "path", "method", "origin", "kind", "event", "text", "binary", "payload"}:
        return None
    return ("message" if path.startswith("[") else "message.") + path
