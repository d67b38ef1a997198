"""The exchanges of a cassette, prepared for the player: requests parsed, sockets encoded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from harness.cassette.model import Cassette, Exchange, SocketExchange
from harness.match.mask import Mask
from harness.match.places import Place, Places
from harness.replay.entries import ReplayEntry, parsed_request
from harness.replay.heartbeat_replies import Known
from harness.replay.heartbeats import Heartbeats
from harness.replay.socket_reading import BY_LOOK, SocketReading
from harness.replay.tape import Tape


def entries_of(cassette: Cassette, mask: Mask, reading: SocketReading = BY_LOOK) -> list[ReplayEntry]:
    """All exchanges of a cassette, in file order.

    Args:
        cassette: The cassette.
        mask: Hides secrets in the names of exchanges.
        reading: How its sockets are read.
    """
    entries = [_entry(index, exchange, mask, reading) for index, exchange in enumerate(cassette.exchanges)]
    _share_heartbeats(entries, reading)
    return entries


def _entry(index: int, exchange: Exchange, mask: Mask, reading: SocketReading) -> ReplayEntry:
    tape = None
    if isinstance(exchange, SocketExchange) and exchange.response is not None and exchange.response.status == 101:
        tape = Tape(exchange, reading=reading)
    return ReplayEntry(index, exchange, parsed_request(exchange), tape, mask, reading)


def _share_heartbeats(entries: Sequence[ReplayEntry], reading: SocketReading) -> None:
    """Apply the heartbeat replies of one socket to the others, which may have too few heartbeats to show them."""
    tapes = [entry.tape.heartbeats for entry in entries if entry.tape is not None and entry.tape.heartbeats.replies]
    known = _usual_replies(tapes)
    if not known:
        return
    for entry in entries:
        if entry.tape is not None and (entry.tape.heartbeats.has_unanswered or entry.tape.heartbeats.learnt - known):
            assert isinstance(entry.exchange, SocketExchange)
            entry.tape = Tape(entry.exchange, known, reading)


def _usual_replies(tapes: Sequence[Heartbeats]) -> Known:
    """The replies of most sockets: on one, another message may have come after each heartbeat by chance."""
    counts = Counter(pair for heartbeats in tapes for pair in heartbeats.learnt)
    usual: dict[bytes, int] = {}
    for (beat, _), count in counts.items():
        usual[beat] = max(count, usual.get(beat, 0))
    return frozenset(pair for pair, count in counts.items() if count == usual[pair[0]])


def placed_values(entry: ReplayEntry, places: Places) -> Iterator[tuple[Place, str]]:
    """The values of an exchange's client that stand at places of the profile."""
    yield from entry.request.placed(places)
    for message in entry.tape.client_messages if entry.tape is not None else ():
        yield from message.placed(places)
