"""`rehearse`: plays a take to the client of another take, without sockets, and notes what does not match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from harness.match.request import ParsedMessage, ParsedRequest
from harness.profile import ServiceProfile
from harness.replay.entries import SOCKET, ReplayEntry
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from harness.replay.problems import Trailing
from harness.replay.rules import PlayRules
from harness.replay.socket_playback import SocketPlayback
from harness.suggest.client_run import ClientRun, Sent


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The outcome of playing one take to the client of another.

    Attributes:
        problems: What did not match, one line each; secrets are masked.
        astray: Exchanges of the other take whose request got the response that belongs to another exchange.
    """

    problems: tuple[str, ...] = ()
    astray: tuple[int, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether each request got its response, and everything recorded was requested."""
        return not self.problems and not self.astray


MOST_PROBLEMS: Final = 20
"""A rehearsal ends with so many problems: each takes a search for the nearest exchange."""


def rehearse(run: ClientRun, profile: ServiceProfile, rules: PlayRules, *, most: int = MOST_PROBLEMS) -> Rehearsal:
    """Play the first take of a run to the client of the other one.

    Args:
        run: The client.
        profile: The service's profile.
        rules: The places to ignore and to bind.
        most: Number of problems after which to stop.
    """
    return _Rehearsing(run, profile, rules).outcome(most)


class _Rehearsing:
    def __init__(self, run: ClientRun, profile: ServiceProfile, rules: PlayRules) -> None:
        self._run = run
        self._now = run.other.began
        self._playback = Playback(run.first.cassette, profile, play_rules=rules, now=lambda: self._now)
        self._sockets: dict[int, SocketPlayback] = {}
        self._broken: set[int] = set()
        self._problems: list[str] = []
        self._astray: list[int] = []

    def outcome(self, most: int) -> Rehearsal:
        for step in self._run.sent:
            if (self._run.other.name, step.entry.index) in self._run.chance:
                continue
            self._now = self._run.other.began + step.moment / 1_000_000
            if isinstance(step.actual, ParsedMessage):
                self._message(step.entry, step.actual)
            else:
                self._request(step, step.actual)
            self._take_lines()
            if len(self._problems) >= most:
                return Rehearsal(tuple(self._problems), tuple(self._astray))
        for index, socket in self._sockets.items():
            left = socket.finish()
            if index not in self._broken and left is not None and left.unsaid:
                found = socket.left_over()
                self._problems += [each.summary for each in found if not isinstance(each, Trailing)]
        by_chance = {
            entry.label for entry in self._run.missing if (self._run.first.name, entry.index) in self._run.chance
        }
        self._problems += [each.summary for each in self._playback.unplayed() if each.exchange not in by_chance]
        return Rehearsal(tuple(self._problems), tuple(self._astray))

    def _request(self, step: Sent, request: ParsedRequest) -> None:
        if request.method == SOCKET:
            found = self._playback.open_socket(request.target, request.headers)
            if isinstance(found, SocketPlayback):
                self._sockets[step.entry.index] = found
                return
        else:
            found = self._playback.request(request.method, request.target, request.headers, request.content)
        if isinstance(found, Mismatch):
            self._problems.append(f"{found.problem.kind}: {found.problem.summary}")
            return
        found.entry.responded = True
        if self._is_astray(found, step.partner):
            self._astray.append(step.entry.index)

    def _is_astray(self, found: Played, partner: ReplayEntry | None) -> bool:
        return partner is not None and found.entry.index != partner.index and found.entry.response != partner.response

    def _message(self, entry: ReplayEntry, message: ParsedMessage) -> None:
        socket = self._sockets.get(entry.index)
        if socket is None or entry.index in self._broken:
            return
        problem = socket.feed(message)
        if problem is not None:
            self._broken.add(entry.index)
            self._problems.append(f"{problem.kind}: {problem.summary}")

    def _take_lines(self) -> None:
        for index, socket in self._sockets.items():
            socket.take_replies()
            while index not in self._broken and (count := socket.available()):
                socket.take(count)
