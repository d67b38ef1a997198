"""``wiretape show``: a cassette for people to read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from harness.cassette.model import Body, Call, Cassette, Exchange, Line, SocketExchange
from harness.cli.console import stdout
from harness.printable import one_line

_DIRECTIONS = {"<": "green", ">": "cyan", "!": "yellow"}


def show(
    cassette: Annotated[Path, typer.Argument(help="A cassette file.")],
    width: Annotated[int, typer.Option(help="Characters of each message; 0 for all.", min=0)] = 160,
) -> None:
    """Show a cassette as a timeline: every exchange, every message."""
    from harness.cassette.store import load

    console = stdout()
    for line in describe(load(cassette), width or 1 << 30):
        console.print(line)


def describe(cassette: Cassette, width: int) -> Iterator[Text]:
    """The cassette, line by line; every text from it on one line each, control characters spelled out."""
    recorded = cassette.recorded
    state = "" if recorded.complete else ", cut"
    head = f"recorded {recorded.at} by {recorded.by} from {recorded.origin or 'unknown'}{state}"
    yield Text(one_line(head, width), style="bold")
    if cassette.redacted:
        yield Text(one_line(f"redacted: {', '.join(cassette.redacted)}", width), style="dim")
    for number, exchange in enumerate(cassette.exchanges):
        yield Text("")
        yield from _exchange(number, exchange, width)


def _exchange(number: int, exchange: Exchange, width: int) -> Iterator[Text]:
    what = f"{exchange.method} {exchange.target}" if isinstance(exchange, Call) else f"socket {exchange.target}"
    yield Text.assemble(
        (f"#{number} ", "bold"),
        (f"{exchange.at / 1e6:9.6f}s ", "dim"),
        (one_line(what, width), "bold"),
        _outcome(exchange),
    )
    yield from _body(">", exchange.request.body, width)
    yield from _lines(exchange.request.stream or (), width)
    if exchange.response is not None:
        yield from _body("<", exchange.response.body, width)
        yield from _lines(exchange.response.stream or (), width)
    if isinstance(exchange, SocketExchange):
        yield from _lines(exchange.messages, width)


def _outcome(exchange: Exchange) -> tuple[str, str]:
    if exchange.response is not None:
        status = exchange.response.status
        return f" → {status}", "green" if status < 400 else "red"
    if exchange.aborted is not None:
        return f" → aborted by {exchange.aborted.by} ({exchange.aborted.how})", "red"
    return "", ""


def _body(direction: str, body: Body, width: int) -> Iterator[Text]:
    if not body.data and body.file is None:
        return
    yield Text.assemble(
        (f"  {direction} ", _DIRECTIONS[direction]), ("body ", "dim"), one_line(_payload(body.data, body.file), width)
    )


def _lines(lines: tuple[Line, ...], width: int) -> Iterator[Text]:
    for line in lines:
        kind = "" if line.kind == "text" else f"{line.kind} "
        code = "" if line.code is None else f"{line.code} "
        yield Text.assemble(
            (f"  {line.direction} ", _DIRECTIONS[line.direction]),
            (f"{line.time / 1e6:9.6f}s ", "dim"),
            (kind + code, "yellow"),
            one_line(_payload(line.data, line.file), width),
        )


def _payload(payload: bytes, file: str | None) -> str:
    if file is not None:
        return f"[{len(payload)} bytes in {file}]"
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return f"[{len(payload)} bytes] {payload[:32].hex()}"
