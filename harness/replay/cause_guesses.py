"""Guesses from a cassette which pushed lines wait for which actions of clients.

A cassette does not say what caused what. There are three kinds of evidence:

* a request that names the session of a stream or a long poll (an id in both targets, or one that the stream itself
  issued) comes before all that the recording has after it there (MCP and SignalR by server-sent events, polling);
* a value that one client was the first to send is pushed to another one only after it was sent (a broker, a chat room);
* a client of engine.io changes from polls to a socket, which the service confirms on that socket.

Sessions that only run side by side show none of these, and do not wait for each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from harness.cassette.model import Call, SocketExchange
from harness.framing.sockjs import session_at
from harness.match.generated import generated_in
from harness.replay.causes import RESPONSE, Action, Needs
from harness.replay.entries import ReplayEntry
from harness.replay.issued import Issued
from harness.replay.telling_strings import SHORTEST, telling_values

_MOST_ACTIONS: Final = 5000
"""Above so many actions of clients nothing is guessed."""
_COMMON: Final = 3
"""A value that so many exchanges contain is vocabulary, and is no evidence."""
_CONFIRMED: Final = b"3probe"
_CHANGED: Final = b"5"
"""What engine.io's service replies to a probe, and what its client sends then."""
_WORD: Final = 8
"""Bytes of the longest response that counts as empty of content."""
_EVENTS: Final = "text/event-stream"
_LONG_ID: Final = 8
"""Characters from which an id is searched for in all that a stream pushed; a shorter one stands there by chance."""


def guessed_needs(entries: Sequence[ReplayEntry], issued: Issued) -> Needs:
    """The actions that each line of a cassette waits for.

    Args:
        entries: The exchanges.
        issued: The values that the service issued.
    """
    return _Guess(entries, issued).needs if _can_matter(entries) else {}


def _can_matter(entries: Sequence[ReplayEntry]) -> bool:
    """Whether two exchanges ran at the same time, one of which goes on after its first line."""
    spans = sorted((entry.exchange.at, _end(entry), entry.index) for entry in entries)
    latest = -1
    for begun, end, _ in spans:
        if begun < latest:
            return True
        latest = max(latest, end)
    return False


def _end(entry: ReplayEntry) -> int:
    """The time of an exchange's last recorded line, in microseconds since the session began."""
    exchange = entry.exchange
    if isinstance(exchange, SocketExchange) and exchange.messages:
        return exchange.at + exchange.messages[-1].time
    response = exchange.response
    if response is None:
        return exchange.at + (exchange.aborted.after if exchange.aborted is not None else 0)
    return exchange.at + (response.stream[-1].time if response.stream else response.after)


class _Guess:
    """Collects the needs of each line of a cassette.

    Attributes:
        needs: Number of an exchange -> position of a line -> the actions that the line waits for.
    """

    def __init__(self, entries: Sequence[ReplayEntry], issued: Issued) -> None:
        self._entries = entries
        self._issued = issued
        self._tied: dict[int, set[int]] = {}
        self.needs: dict[int, dict[int, set[Action]]] = {}
        actions = sorted(self._actions())
        if len(actions) > _MOST_ACTIONS:
            return
        for entry in self._entries:
            if entry.exchange.response is not None:
                self._by_session(entry)
                self._by_upgrade(entry)
        self._by_value(actions)

    def _need(self, index: int, position: int, action: Action) -> None:
        self.needs.setdefault(index, {}).setdefault(position, set()).add(action)

    # ------------------------------------------------------------ one session over several exchanges

    def _by_session(self, entry: ReplayEntry) -> None:
        """Make an exchange's lines wait for those requests of its session that came before them while it ran."""
        begun, end = entry.exchange.at, _end(entry)
        response = entry.exchange.response
        stream = response.stream if response is not None else None
        is_feed = stream is not None and entry.request.method == "GET" and _EVENTS in _content_type(entry)
        during = [
            other
            for other in self._entries
            if other is not entry
            and isinstance(other.exchange, Call)
            and other.request.method not in {"GET", "HEAD", "OPTIONS"}
            and not other.is_heartbeat
            # A cassette does not record when a stream ended. A feed goes on as long as its session does. A response
            # that only comes in pieces ends with the last of them, and its client waits for that before it goes on.
            and begun < other.exchange.at
            and (is_feed or other.exchange.at < end)
        ]
        if not during:
            return
        own = set(_ids(entry, self._issued))
        pushed = b"\n".join(entry.service_payloads())
        for other in during:
            named = set(_ids(other, self._issued))
            is_tied = bool(own & named) or any(each.encode() in pushed for each in named if len(each) >= _LONG_ID)
            if not is_tied:
                continue
            self._tied.setdefault(entry.index, set()).add(other.index)
            ends = [(moment, position) for moment, position, _ in _pushes(entry)] + _server_end(entry)
            for moment, position in ends:
                if moment > other.exchange.at:
                    self._need(entry.index, position, (other.index, -1))
            if is_feed and stream is not None:
                self._need(entry.index, len(stream), (other.index, -1))

    def _by_upgrade(self, entry: ReplayEntry) -> None:
        """Let a socket confirm the change from polls once its client has made all the requests recorded before that.

        A client of engine.io polls anew after each response, and posts what it says, until the service confirms its
        probe. What a poll still has to bring after that would never arrive, and what the client posted would come by
        the socket. If instead a response came before the confirmation where it came after it when recorded, the client
        would make a request that is not in the cassette. So the last poll and the last post end after it, too.
        """
        exchange = entry.exchange
        if not isinstance(exchange, SocketExchange) or "EIO=" not in exchange.target:
            return
        lines = exchange.messages
        confirmed = next(
            (at for at, line in enumerate(lines) if line.direction == "<" and line.data == _CONFIRMED), None
        )
        changed = next((line.time for line in lines if line.direction == ">" and line.data == _CHANGED), None)
        if confirmed is None or changed is None:
            return
        session = set(_ids(entry, self._issued))
        before = [
            other
            for other in self._entries
            if isinstance(other.exchange, Call)
            and other.exchange.at < exchange.at + changed
            and not session.isdisjoint(_ids(other, self._issued))
        ]
        for other in before:
            if other.request.method != "GET" or len(other.response[1]) > _WORD:
                self._need(entry.index, confirmed, (other.index, -1))
        last = {other.request.method: other for other in sorted(before, key=lambda other: other.exchange.at)}
        for other in before:
            moment, position, _ = next(_pushes(other), (0, RESPONSE, b""))
            if moment >= exchange.at + lines[confirmed].time or other is last[other.request.method]:
                self._need(other.index, position, (entry.index, confirmed))

    # ------------------------------------------------------------ a value that one client sent, and another one gets

    def _by_value(self, actions: list[tuple[int, Action]]) -> None:
        """Let each line that repeats a value wait for the client that sent the value on another exchange.

        A client may send a value several times. The second line with the value waits for the second message with it,
        and so on, as far as the recording has the message before the line.
        """
        sent = self._sent(actions)
        if not sent:
            return
        for entry in self._entries:
            near = {entry.index, *self._tied.get(entry.index, ())}
            before: Counter[str] = Counter()
            for moment, position, data in _pushes(entry):
                for value in telling_values(data):
                    found = sent.get(value)
                    if found is None:
                        continue
                    number, before[value] = before[value], before[value] + 1
                    earlier = [action for time, action in found if time < moment]
                    # The client of this session sent the value itself: the other client is not the source.
                    if earlier and not any(index in near for index, _ in earlier):
                        self._need(entry.index, position, earlier[min(number, len(earlier) - 1)])

    def _sent(self, actions: list[tuple[int, Action]]) -> dict[str, list[tuple[int, Action]]]:
        """Value -> the time and the action of each client that sent it, in order of time.

        Values that the service sent before, and values that many exchanges contain, are left out.

        Args:
            actions: All actions of clients with their moments, sorted.
        """
        sent: dict[str, list[tuple[int, Action]]] = {}
        for moment, action in actions:
            if self._entries[action[0]].is_heartbeat:
                continue
            for value in set(self._sent_values(action)):
                sent.setdefault(value, []).append((moment, action))
        for entry in self._entries:
            for moment, _, data in _pushes(entry):
                for value in telling_values(data):
                    if value in sent and moment < sent[value][0][0]:
                        del sent[value]
        return {value: found for value, found in sent.items() if len({index for _, (index, _) in found}) < _COMMON}

    def _sent_values(self, action: Action) -> Iterator[str]:
        entry = self._entries[action[0]]
        if action[1] < 0:
            yield from telling_values(entry.request.body)
            yield from (value for _, value in entry.request.query if len(value) >= SHORTEST)
        elif isinstance(entry.exchange, SocketExchange):
            yield from telling_values(entry.exchange.messages[action[1]].data)

    def _actions(self) -> Iterator[tuple[int, Action]]:
        """Every action of every client, with its moment in microseconds since the session began."""
        for entry in self._entries:
            exchange = entry.exchange
            yield exchange.at, (entry.index, -1)
            if entry.tape is not None:
                yield from (
                    (exchange.at + entry.tape.lines[position].time, (entry.index, position))
                    for position in entry.tape.client_positions
                )


def _content_type(entry: ReplayEntry) -> str:
    return next((value for name, value in entry.response_headers if name == "content-type"), "")


def _ids(entry: ReplayEntry, issued: Issued) -> Iterator[str]:
    """The values of a target that may be a session's id: they look generated, or the service issued them."""
    session = session_at(entry.request.segments)
    if session is not None:
        yield entry.request.segments[session]
    values = [*entry.request.segments, *(value for _, value in entry.request.query)]
    for value in values:
        if len(value) >= SHORTEST and (issued.knows(value) or next(generated_in(value), None) is not None):
            yield value


def _server_end(entry: ReplayEntry) -> list[tuple[int, int]]:
    """Moment and position of the end of a socket, if the server ended it."""
    end = entry.tape.end if entry.tape is not None else None
    return [(entry.exchange.at + end.line.time, end.position)] if end is not None and end.by_server else []


def _pushes(entry: ReplayEntry) -> Iterator[tuple[int, int, bytes]]:
    """The lines that a service sends on an exchange: moment, position and payload of each."""
    exchange = entry.exchange
    if isinstance(exchange, SocketExchange):
        if entry.tape is not None:
            for position in entry.tape.server_positions:
                line = entry.tape.lines[position]
                yield exchange.at + line.time, position, line.data
        return
    response = exchange.response
    if response is None:
        return
    if response.stream is None:
        yield exchange.at + response.after, RESPONSE, response.body.searched
    else:
        yield from ((exchange.at + line.time, at, line.data) for at, line in enumerate(response.stream))
