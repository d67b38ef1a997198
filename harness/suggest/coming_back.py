"""`ComingBack`: whether values that a client sent occur again later, in both takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.match.json_diff import RawDifference
from harness.match.request import ParsedMessage, ParsedRequest
from harness.suggest.client_run import ClientRun, Sent
from harness.suggest.takes import Take

_SHORTEST: Final = 3
"""Characters. A shorter value occurs again by chance."""


_LONGEST: Final = 1000
"""Characters. A longer value is no part of a word by chance."""


class _Payload(NamedTuple):
    """What one side sent; the owner is the client's request or message, None for the service."""

    moment: int
    owner: ParsedRequest | ParsedMessage | None
    data: bytes


class ComingBack:
    """Searches both takes of a run for later occurrences of values."""

    def __init__(self, run: ClientRun) -> None:
        self._ours, self._theirs = list(_payloads(run.first)), list(_payloads(run.other))
        self._moments = {id(each.owner): each.moment for each in self._ours if each.owner is not None}

    def comes_back(self, finding: RawDifference, step: Sent) -> bool:
        """Whether both values of a finding occur again after the client sent them."""
        one, other = _text(finding.recorded), _text(finding.actual)
        if one is None or other is None or step.recorded is None or min(len(one), len(other)) < _SHORTEST:
            return False
        moment = self._moments.get(id(step.recorded), 0)
        return _occurs(one, self._ours, moment, step.recorded) and _occurs(
            other, self._theirs, step.moment, step.original
        )


def _text(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return value if isinstance(value, str) else repr(value)


def _occurs(value: str, payloads: list[_Payload], moment: int, own: ParsedRequest | ParsedMessage) -> bool:
    raw = value.encode("utf-8", "surrogatepass")
    later = (each for each in payloads if each.moment >= moment and each.owner is not own and raw in each.data)
    if len(raw) > _LONGEST:
        return any(True for _ in later)
    pattern = re.compile(rb"(?<![A-Za-z0-9])" + re.escape(raw) + rb"(?![A-Za-z0-9])")
    return any(pattern.search(each.data) is not None for each in later)


def _payloads(take: Take) -> Iterator[_Payload]:
    for entry in take.entries:
        at, response, tape = entry.exchange.at, entry.exchange.response, entry.tape
        yield _Payload(at, entry.request, entry.request.plain_target.encode("utf-8", "surrogatepass"))
        yield _Payload(at, entry.request, entry.request.body)
        if response is not None:
            yield _Payload(at + response.after, None, response.body.searched)
            yield from (_Payload(at + line.time, None, line.data) for line in response.stream or ())
        if tape is None:
            continue
        for message, position in zip(tape.client_messages, tape.client_positions, strict=True):
            yield _Payload(at + tape.lines[position].time, message, message.data)
        for position in tape.server_positions:
            yield _Payload(at + tape.lines[position].time, None, tape.lines[position].data)
