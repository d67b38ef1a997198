"""`Shown`: requests, messages and differences as reports show them: masked, escaped, cut."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fake_server.stage import Request
from harness.match.compare import FieldDifference
from harness.match.mask import Mask
from harness.match.places import Places
from harness.profile import ServiceProfile
from harness.stubs.values import ABSENT, ValueDifference, Words, described
from provider.websocket import Message, Opcode

_MOST: Final = 20
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class StubDifference(FieldDifference):
    """A field that is not as a stub expects."""

    def __str__(self) -> str:
        return f"{self.field}: expected {self.recorded}, came {self.actual}"


class Shown:
    """Makes texts for reports: secrets masked, control characters escaped, long texts cut.

    Args:
        profile: The service, whose places of secrets are masked.
    """

    def __init__(self, profile: ServiceProfile) -> None:
        self._places = Places.of(profile)
        self._mask = Mask(self._places)

    def received(self, request: Request) -> None:
        """Note a request, whose secrets are masked in all texts from now on."""
        self._mask.learn_headers(request.headers)
        self._mask.received(request.target.encode("utf-8", "replace"), request.body, headers=request.headers)

    def text(self, text: str) -> str:
        """Any text, masked, escaped and cut."""
        return self._mask.text(text)[:_LONGEST]

    def request(self, request: Request) -> str:
        """A request in a few words: ``GET /items?q=1``."""
        return self.text(f"{'socket' if request.upgrade else request.method} {request.target}")

    def message(self, message: Message) -> str:
        """A message in a few words."""
        self._mask.received(message.data)
        if message.opcode != Opcode.TEXT:
            return f"({len(message.data)} bytes)"
        return self._mask.value(message.data.decode("utf-8", "replace"))

    def differences(self, found: Iterable[ValueDifference]) -> tuple[FieldDifference, ...]:
        """Raw differences as report entries, with their values masked, escaped and cut."""
        return tuple(self._difference(each) for each in list(found)[:_MOST])

    def _difference(self, found: ValueDifference) -> FieldDifference:
        name = found.place.rpartition(".")[2]
        expected, actual = described(found.expected), found.actual
        secret = self._is_secret(found.place, name) or self._mask.hides(name, actual)
        return StubDifference(
            self._mask.text(found.place)[:_LONGEST],
            self._value(expected, secret=secret, other=actual),
            self._value(actual, secret=secret, other=expected),
        )

    def _is_secret(self, place: str, name: str) -> bool:
        if place.startswith("headers."):
            return self._places.header(name) is not None
        known = self._places.query(name) if place.startswith("query.") else self._places.field(name)
        return known is not None and known.secret

    def _value(self, value: object, *, secret: bool, other: object) -> str:
        if value is ABSENT:
            return "(absent)"
        if isinstance(value, bytes):
            return f"({len(value)} bytes)"
        if isinstance(value, Words) and not secret:
            return self.text(value)
        return self._mask.value(value, secret=secret, other=other)
