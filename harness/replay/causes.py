"""`Causes`: what a service pushes on one exchange because of what clients do on others.

An event stream, a long poll, or another client's socket carries what was sent elsewhere. Played without a word about
that, it would arrive before anybody had sent it. A cassette does not say what caused what, so it is guessed, from two
kinds of evidence:

* a request that names the session of a stream or a long poll (an id in both targets, or one that the stream itself
  issued) comes before all that the recording has after it there (MCP and SignalR by server-sent events, polling);
* a value that one client was the first to send is pushed to another one only after it was sent (a broker, a chat room).

Sessions that only run side by side share neither, and do not wait for each other. Who waits longer than a client may
take goes on, and the report says for what it waited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TypeAlias, cast

from harness.cassette.model import Call, SocketExchange
from harness.match.generated import generated_in
from harness.match.json_diff import NOT_JSON, parse_json
from harness.match.mixed import records_of
from harness.replay.entries import ReplayEntry
from harness.replay.issued import Issued

Action: TypeAlias = tuple[int, int]
"""What a client did: number of the exchange, and position of its message in the transcript; -1 for the request."""
ANSWER: Final = -2
"""Position of an answer that is no stream, among what a service pushes."""
_SHORTEST: Final = 4
_MOST_ACTIONS: Final = 5000
_COMMON: Final = 3
"""A value that so many exchanges say is vocabulary, and tells nothing."""
_EVENTS: Final = "text/event-stream"
_PRINTABLE: Final = re.compile(rb"[\x20-\x7e]{4,}")


class Causes:
    """What the lines of one cassette wait for.

    Args:
        entries: The exchanges.
        issued: The values that the service named.
    """

    def __init__(self, entries: Sequence[ReplayEntry], issued: Issued) -> None:
        self._needs: dict[int, dict[int, set[Action]]] = {}
        self._done: set[Action] = set()
        self._released: set[int] = set()
        if _can_matter(entries):
            _Guess(entries, issued, self._needs).all()

    def rewind(self) -> None:
        """Nothing was done yet."""
        self._done.clear()
        self._released.clear()

    def done(self, index: int, position: int) -> bool:
        """A client did this; whether anything waits for what clients do."""
        self._done.add((index, position))
        return bool(self._needs)

    def change_places(self, one: int, other: int) -> None:
        """What was done on either of two exchanges was done on the other one."""
        names = {one: other, other: one}
        self._done = {(names.get(index, index), position) for index, position in self._done}

    def redo(self, index: int, positions: Iterable[int]) -> None:
        """What was done on an exchange is this, and nothing else."""
        self._done = {each for each in self._done if each[0] != index} | {(index, each) for each in positions}

    def has_waiting_lines(self, index: int) -> bool:
        """Whether anything that an exchange's service says waits for what is done elsewhere."""
        return index in self._needs and index not in self._released

    def may_send(self, index: int, position: int) -> bool:
        """Whether all has happened that a line at this position of an exchange waits for."""
        return not self._missing(index, position)

    def may_answer(self, entry: ReplayEntry) -> bool:
        """The same of an answer that is no stream."""
        return self.may_send(entry.index, ANSWER)

    def needs(self, index: int, position: int) -> frozenset[int]:
        """Numbers of the exchanges on which clients do what a line waits for."""
        return frozenset(action[0] for action in self._needs.get(index, {}).get(position, ()))

    def awaited(self, index: int) -> int | None:
        """Number of an exchange that something of this one waits for."""
        needs = self._needs.get(index, {})
        missing = sorted(each for wanted in needs.values() for each in wanted - self._done)
        return missing[0][0] if missing else None

    def release(self, index: int) -> None:
        """Go on without what did not come in time."""
        self._released.add(index)

    def _missing(self, index: int, position: int) -> set[Action]:
        if index in self._released:
            return set()
        wanted = self._needs.get(index)
        return set() if wanted is None else wanted.get(position, set()) - self._done


def _can_matter(entries: Sequence[ReplayEntry]) -> bool:
    """Whether two exchanges ran at the same time, one of which goes on after its first word."""
    spans = sorted((entry.exchange.at, _end(entry), entry.index) for entry in entries)
    latest = -1
    for begun, end, _ in spans:
        if begun < latest:
            return True
        latest = max(latest, end)
    return False


def _end(entry: ReplayEntry) -> int:
    exchange = entry.exchange
    if isinstance(exchange, SocketExchange) and exchange.messages:
        return exchange.at + exchange.messages[-1].time
    response = exchange.response
    if response is None:
        return exchange.at + (exchange.aborted.after if exchange.aborted is not None else 0)
    return exchange.at + (response.stream[-1].time if response.stream else response.after)


class _Guess:
    def __init__(
        self, entries: Sequence[ReplayEntry], issued: Issued, needs: dict[int, dict[int, set[Action]]]
    ) -> None:
        self._entries = entries
        self._issued = issued
        self._needs = needs
        self._tied: dict[int, set[int]] = {}

    def all(self) -> None:
        actions = sorted(self._actions())
        if len(actions) > _MOST_ACTIONS:
            return
        for entry in self._entries:
            if entry.exchange.response is not None:
                self._by_session(entry)
        self._by_value(actions)

    def _need(self, index: int, position: int, action: Action) -> None:
        self._needs.setdefault(index, {}).setdefault(position, set()).add(action)

    # ------------------------------------------------------------ one session over several exchanges

    def _by_session(self, entry: ReplayEntry) -> None:
        begun, end = entry.exchange.at, _end(entry)
        response = entry.exchange.response
        stream = response.stream if response is not None else None
        is_feed = stream is not None and entry.asked.method == "GET" and _EVENTS in _content_type(entry)
        during = [
            other
            for other in self._entries
            if other is not entry
            and isinstance(other.exchange, Call)
            and other.asked.method not in {"GET", "HEAD", "OPTIONS"}
            and not other.is_heartbeat
            # When a stream ended is not recorded. A feed goes on as long as its session does; an answer that only comes
            # in pieces ends with the last of them, and the client waits for that before it goes on.
            and begun < other.exchange.at
            and (is_feed or other.exchange.at < end)
        ]
        if not during:
            return
        own = set(_ids(entry, self._issued))
        pushed = b"\n".join(entry.service_payloads())
        for other in during:
            named = set(_ids(other, self._issued))
            is_tied = bool(own & named) or any(each.encode() in pushed for each in named if len(each) >= 8)
            if not is_tied:
                continue
            self._tied.setdefault(entry.index, set()).add(other.index)
            for moment, position, _ in _pushes(entry):
                if moment > other.exchange.at:
                    self._need(entry.index, position, (other.index, -1))
            if is_feed and stream is not None:
                self._need(entry.index, len(stream), (other.index, -1))

    # ------------------------------------------------------------ a value that one client sent, and another one gets

    def _by_value(self, actions: list[tuple[int, Action]]) -> None:
        first, own = self._first_said(actions)
        if not first:
            return
        for entry in self._entries:
            for moment, position, data in _pushes(entry):
                for value in _values(data):
                    found = first.get(value)
                    if found is None or found[1][0] == entry.index or found[0] >= moment:
                        continue
                    # Said here, or on a request of the same session, whatever another client said before.
                    near = (entry.index, *self._tied.get(entry.index, ()))
                    if any(own.get((index, value), moment) < moment for index in near):
                        continue
                    self._need(entry.index, position, found[1])

    def _first_said(
        self, actions: list[tuple[int, Action]]
    ) -> tuple[dict[str, tuple[int, Action]], dict[tuple[int, str], int]]:
        """Value -> the first time that a client said it; and exchange and value -> when it was said there first.

        Values that a service named before, and those that many exchanges say, are left out.
        """
        first: dict[str, tuple[int, Action]] = {}
        own: dict[tuple[int, str], int] = {}
        saying: dict[str, set[int]] = {}
        for moment, action in actions:
            if self._entries[action[0]].is_heartbeat:
                continue
            for value in set(self._said_values(action)):
                first.setdefault(value, (moment, action))
                own.setdefault((action[0], value), moment)
                saying.setdefault(value, set()).add(action[0])
        for entry in self._entries:
            for moment, _, data in _pushes(entry):
                for value in _values(data):
                    if value in first and moment < first[value][0]:
                        del first[value]
        return {value: found for value, found in first.items() if len(saying[value]) < _COMMON}, own

    def _said_values(self, action: Action) -> Iterator[str]:
        entry = self._entries[action[0]]
        if action[1] < 0:
            yield from _values(entry.asked.body)
            yield from (value for _, value in entry.asked.query if len(value) >= _SHORTEST)
        elif isinstance(entry.exchange, SocketExchange):
            yield from _values(entry.exchange.messages[action[1]].data)

    def _actions(self) -> Iterator[tuple[int, Action]]:
        for entry in self._entries:
            exchange = entry.exchange
            yield exchange.at, (entry.index, -1)
            if entry.tape is not None:
                yield from (
                    (exchange.at + entry.tape.lines[position].time, (entry.index, position))
                    for position in entry.tape.said_at
                )


def _content_type(entry: ReplayEntry) -> str:
    return next((value for name, value in entry.answer_headers if name == "content-type"), "")


def _ids(entry: ReplayEntry, issued: Issued) -> Iterator[str]:
    """What a target names its session by: values that look generated, or that the service issued."""
    values = [*entry.asked.segments, *(value for _, value in entry.asked.query)]
    for value in values:
        if len(value) >= _SHORTEST and (issued.knows(value) or next(generated_in(value), None) is not None):
            yield value


def _pushes(entry: ReplayEntry) -> Iterator[tuple[int, int, bytes]]:
    """What a service says on an exchange after its first word: when, at which position, and what."""
    exchange = entry.exchange
    if isinstance(exchange, SocketExchange):
        if entry.tape is not None:
            for position in entry.tape.sent_at:
                line = entry.tape.lines[position]
                yield exchange.at + line.time, position, line.data
        return
    response = exchange.response
    if response is None:
        return
    if response.stream is None:
        yield exchange.at + response.after, ANSWER, response.body.data
    else:
        yield from ((exchange.at + line.time, at, line.data) for at, line in enumerate(response.stream))


def _values(data: bytes) -> set[str]:
    """The strings of a message by which it can be known again elsewhere."""
    if not data or len(data) > 256 * 1024:
        return set()
    found: set[str] = set()
    for value in _json_values(data):
        _collect(value, found)
    if not found:
        if _is_printable(data):
            found = {line.strip() for line in data.decode("utf-8", "replace").splitlines()}
        else:
            found = {run.decode("ascii") for run in _PRINTABLE.findall(data)}
    return {value for value in found if len(value) >= _SHORTEST}


def _is_printable(data: bytes) -> bool:
    try:
        return data.decode().replace("\n", "").replace("\r", "").replace("\t", "").isprintable()
    except UnicodeDecodeError:
        return False


def _json_values(data: bytes) -> list[object]:
    whole = parse_json(data)
    if whole is not NOT_JSON:
        return [whole]
    records = records_of(data)
    return [] if records is None else [record.value for record in records[1] if record.value is not NOT_JSON]


def _collect(value: object, found: set[str]) -> None:
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, str):
            found.add(current)
        elif isinstance(current, dict):
            waiting += cast("dict[str, object]", current).values()
        elif isinstance(current, list):
            waiting += cast("list[object]", current)
