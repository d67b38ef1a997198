"""`Leftovers`: the part of a recorded socket that was not played when the client's connection ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.cassette.model import Line
from harness.match.compare import Rules, event_name
from harness.replay.heartbeat_looks import is_goodbye
from harness.replay.problems import Problem, Trailing, Unplayed
from harness.replay.tape import Tape


@dataclass(frozen=True, slots=True)
class Leftovers:
    """The unplayed lines of a recorded socket.

    Attributes:
        unsent: Number of the server's lines that should have been sent.
        unsaid: Number of the client's messages that should have come.
        first: The earliest line of both kinds; None if there is none.
        trailing: Number of the server's lines after the end of a turn: a client may leave before them.
        first_trailing: The first of them, or None.
    """

    unsent: int = 0
    unsaid: int = 0
    first: Line | None = None
    trailing: int = 0
    first_trailing: Line | None = None

    def problems(self, label: str, described: Callable[[Line], str]) -> list[Problem]:
        """Return the unplayed lines as problems for the report of the replay; empty if none is left.

        Args:
            label: Name of the socket.
            described: Describes a line in a few words, without secrets.
        """
        first, trailing = ("" if line is None else described(line) for line in (self.first, self.first_trailing))
        found: list[Problem] = []
        if self.unsent or self.unsaid:
            found.append(Unplayed(exchange=label, unsent=self.unsent, unsaid=self.unsaid, first=first, begun=True))
        if self.trailing:
            found.append(Trailing(exchange=label, unsent=self.trailing, first=trailing))
        return found


def leftovers(tape: Tape, sent: int, matched: int, rules: Rules) -> Leftovers:
    """The unplayed lines after ``sent`` of the server's lines and ``matched`` of the client's messages.

    A client may leave after an event that ends a turn, unless a later message of the client has a reply.
    """
    next_sent = tape.server_positions[sent] if sent < len(tape) else len(tape.lines)
    next_said = tape.client_positions[matched] if matched < len(tape.client_messages) else len(tape.lines)
    start = min(next_sent, next_said)
    rest = [("<", at) for at in tape.server_positions[sent:]] + [(">", at) for at in tape.client_positions[matched:]]
    over = _turn_is_over(tape, start, rules)
    counts = {"unsent": 0, "unsaid": 0, "trailing": 0}
    firsts: dict[str, Line] = {}
    unanswered: list[Line] = []
    for direction, at in sorted(rest, key=lambda each: each[1]):
        line = tape.lines[at]
        if direction == ">" and (over or is_goodbye(line.data)):
            unanswered.append(line)
            continue
        if direction == "<" and (line.kind in {"ping", "pong"}):
            continue
        if unanswered:
            over = False
            counts["unsaid"] += len(unanswered)
            firsts.setdefault("left", unanswered[0])
            unanswered = []
        name = "unsaid" if direction == ">" else "trailing" if over or _is_optional(line, rules) else "unsent"
        counts[name] += 1
        firsts.setdefault("trailing" if name == "trailing" else "left", line)
    return Leftovers(**counts, first=firsts.get("left"), first_trailing=firsts.get("trailing"))


def _is_optional(line: Line, rules: Rules) -> bool:
    return bool(rules.optional_events) and event_name(rules.places.profile, line.data) in rules.optional_events


def _turn_is_over(tape: Tape, position: int, rules: Rules) -> bool:
    """Whether a turn has ended before that line, and the client has sent nothing since."""
    ends = rules.places.profile.end_of_turn
    if not ends:
        return False
    for line in reversed(tape.lines[:position]):
        if line.kind not in {"text", "binary"}:
            continue
        if line.direction == ">":
            return False
        if event_name(rules.places.profile, line.data) in ends:
            return True
    return False
