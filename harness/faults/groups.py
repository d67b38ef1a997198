"""Groups of fault rules, for tests that try one fault after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from harness.faults.parsing import parse_rule
from harness.faults.rule import FaultRule, FaultRuleError

_REFUSALS: Final = ("status 503", "status 429 retry-after=1", "status 401", "cut", "html")
_ENDS: Final = ("cut after 1 {}", "reset after 1 {}", "stall after 1 {}")
_SPOILT: Final = ("lose at {} 1", "duplicate at {} 1", "malform at {} 1", "unknown at {} 1")
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "requests": tuple(f"{fault} at request 1" for fault in (*_REFUSALS, "malformed")),
    "upgrades": tuple(f"{fault} at upgrade 1" for fault in (*_REFUSALS, "wrong-key")),
    "streaming": (
        *(line.format("event") for line in (*_ENDS, *_SPOILT)),
        *("end after 1 event", "error at event 1", "slice 1 at every event"),
    ),
    "messages": (
        *(line.format("message") for line in (*_ENDS, *_SPOILT)),
        *("close 1012 after 1 message", "cut-frame at message 1", "not-utf8 at message 1"),
        *("slice 1 at every message", "fragment 3 at every message"),
    ),
}
"""``requests``: the first request is refused. ``upgrades``: the first upgrade is. ``streaming``: the first event of a
streamed response is spoilt, or the stream ends behind it. ``messages``: the same for the first message of a socket.
"""


def grouped_rules(names: Sequence[str]) -> list[FaultRule]:
    """The fault rules of some groups, each rule once; a text that is not a group's name is parsed as a rule.

    Raises:
        FaultRuleError: A line is neither.
    """
    lines = [line for name in names for line in GROUPS.get(name, (name,))]
    try:
        return [parse_rule(line) for line in dict.fromkeys(lines)]
    except FaultRuleError as error:
        raise FaultRuleError(f"{error}; or name a group of faults: {', '.join(GROUPS)}") from error
