"""`in_packets`: a cassette whose sockets have a line for each packet of the protocol that they carry.

See `harness.framing.streams`. What the client sent is split into packets; of what the service sent the messages that
make up a packet are joined, so that values in it can be replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec

from harness.cassette.model import Cassette, Line, SocketExchange
from harness.framing.streams import PacketSplitter, StreamFraming, framing_named, named_framing, stream_framing

_BEGIN = 32
"""Bytes that show the protocol."""


NamedFramings: TypeAlias = Sequence[tuple[str, str]]
"""What a profile says of framing; see `harness.framing.streams.named_framing`."""


def in_packets(cassette: Cassette, named: NamedFramings = ()) -> Cassette:
    """The cassette with a line for each packet; the same one if no socket carries a stream.

    Args:
        cassette: The recording.
        named: What the profile says of framing.
    """
    exchanges = tuple(
        socket_in_packets(exchange, named) if isinstance(exchange, SocketExchange) and exchange.messages else exchange
        for exchange in cassette.exchanges
    )
    if all(one is other for one, other in zip(exchanges, cassette.exchanges, strict=True)):
        return cassette
    return msgspec.structs.replace(cassette, exchanges=exchanges)


def framing_of(exchange: SocketExchange, named: NamedFramings = ()) -> StreamFraming | None:
    """The protocol whose packets a socket carries as a stream of bytes; None if each message stands for itself.

    Args:
        exchange: The socket.
        named: What the profile says of framing; a socket that it does not name shows its protocol itself.
    """
    if name := named_framing(named, exchange.target):
        return framing_named(name)
    headers = exchange.response.headers if exchange.response is not None else ()
    subprotocol = next((value for name, value in headers if name == "sec-websocket-protocol"), "")
    begin = b""
    for line in exchange.messages:
        if line.direction == ">" and line.kind in {"text", "binary"}:
            begin += line.data[:_BEGIN]
        if len(begin) >= _BEGIN:
            break
    return stream_framing(subprotocol.strip(), begin)


def socket_in_packets(exchange: SocketExchange, named: NamedFramings = ()) -> SocketExchange:
    """The socket with a line for each packet; a message that is one packet keeps its `Line`. See `in_packets`."""
    framing = framing_of(exchange, named)
    lines = tuple(_lines(exchange.messages, framing))
    same = len(lines) == len(exchange.messages) and all(a is b for a, b in zip(lines, exchange.messages, strict=True))
    return exchange if same else msgspec.structs.replace(exchange, messages=lines)


def _lines(lines: tuple[Line, ...], framing: StreamFraming | None) -> Iterator[Line]:
    client, server = PacketSplitter(framing), PacketSplitter(framing)
    joined: list[Line] = []
    last: Line | None = None
    for line in lines:
        if line.kind not in {"text", "binary"}:
            if line.direction == ">" or line.kind != "close":
                yield from _unfinished(client, last)
            yield line
        elif line.direction == ">":
            last = line
            yield from _packets(client, line)
        elif framing is not None:
            joined.append(line)
            server.feed(line.data)
            if server.is_between:
                yield _joined(joined)
                joined = []
        else:
            yield line
    yield from _unfinished(client, last)
    if joined:
        yield _joined(joined)


def _packets(client: PacketSplitter, line: Line) -> Iterator[Line]:
    packets = client.feed(line.data)
    if packets == [line.data]:
        yield line
        return
    for packet in packets:
        yield msgspec.structs.replace(line, data=packet, frames=())


def _unfinished(client: PacketSplitter, last: Line | None) -> Iterator[Line]:
    rest = client.rest()
    if rest and last is not None:
        yield msgspec.structs.replace(last, data=rest, frames=())


def _joined(lines: list[Line]) -> Line:
    if len(lines) == 1:
        return lines[0]
    return msgspec.structs.replace(lines[-1], data=b"".join(line.data for line in lines), frames=())
