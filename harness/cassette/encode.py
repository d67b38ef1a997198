"""Converts a `Cassette` to the plain values of its YAML. `decode` converts back, and checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.cassette.body import write_body
from harness.cassette.header_fields import write_headers
from harness.cassette.model import Aborted, Call, Cassette, Exchange, Recorded, RequestPart, ResponsePart
from harness.cassette.side_files import Collected
from harness.cassette.transcript import format_lines
from harness.cassette.yaml_writer import Seconds


def encode(cassette: Cassette, side_files: Collected) -> dict[str, Any]:
    """The plain values of a cassette, in the order in which they are written; large payloads go to ``side_files``.

    `encode` does not check the values: `decode` refuses those that the format cannot express, such as a negative time.

    Raises:
        TranscriptError: The reason of a close is not UTF-8, or has no code.
        UnsafeSideFileError: A payload's side file has a name that is not allowed.
    """
    return {**encode_head(cassette), "exchanges": list(encode_exchanges(cassette, side_files))}


def encode_head(cassette: Cassette) -> dict[str, Any]:
    """The plain values of a cassette without its exchanges, which follow them in the file."""
    plain: dict[str, Any] = {"cassette": 1, "recorded": _recorded(cassette.recorded)}
    if cassette.redacted:
        plain["redacted"] = list(cassette.redacted)
    if cassette.left_out:
        plain["left_out"] = [
            {"exchange": one.exchange, "at": Seconds(one.at), "cause": one.cause} for one in cassette.left_out
        ]
    if cassette.order != "exchange":
        plain["order"] = cassette.order
    if cassette.ignore:
        plain["ignore"] = list(cassette.ignore)
    if cassette.bind:
        plain["bind"] = list(cassette.bind)
    if cassette.match_on:
        plain["match_on"] = list(cassette.match_on)
    if cassette.meta:
        plain["meta"] = dict(cassette.meta)
    return plain


def encode_exchanges(cassette: Cassette, side_files: Collected) -> Iterator[dict[str, Any]]:
    """Yield the plain values of one exchange after the other; raises what `encode` raises."""
    for index, exchange in enumerate(cassette.exchanges):
        yield dict(_exchange(exchange, f"exchanges[{index}]", side_files))


def _recorded(recorded: Recorded) -> dict[str, Any]:
    plain: dict[str, Any] = {"at": recorded.at, "by": recorded.by}
    if recorded.client:
        plain["client"] = recorded.client
    if recorded.origin:
        plain["from"] = recorded.origin
    if recorded.upstreams:
        plain["upstreams"] = dict(recorded.upstreams)
    return {**plain, "complete": recorded.complete}


def _exchange(exchange: Exchange, where: str, side_files: Collected) -> Iterator[tuple[str, Any]]:
    if isinstance(exchange, Call):
        yield "call", f"{exchange.method} {exchange.target}"
    else:
        yield "socket", exchange.target
    yield "at", Seconds(exchange.at)
    request = _request(exchange.request, f"{where}.request", side_files)
    if request:
        yield "request", request
    if exchange.response is not None:
        yield "response", dict(_response(exchange.response, f"{where}.response", side_files))
    if exchange.aborted is not None:
        yield "aborted", _aborted(exchange.aborted)
    if isinstance(exchange, Call):
        return
    if exchange.messages or (exchange.response is not None and exchange.response.status == 101):
        yield "messages", format_lines(exchange.messages, f"{where}.messages", side_files)


def _aborted(aborted: Aborted) -> dict[str, Any]:
    return {"by": aborted.by, "after": Seconds(aborted.after), "how": aborted.how}


def _request(request: RequestPart, where: str, side_files: Collected) -> dict[str, Any]:
    plain: dict[str, Any] = {} if request.decoded is None else {"decoded": request.decoded}
    if request.headers:
        plain["headers"] = write_headers(request.headers)
    return {**plain, **_content(request, where, side_files)}


def _response(response: ResponsePart, where: str, side_files: Collected) -> Iterator[tuple[str, Any]]:
    yield "status", response.status
    if response.reason is not None:
        yield "reason", response.reason
    yield "after", Seconds(response.after)
    if response.decoded is not None:
        yield "decoded", response.decoded
    if response.headers:
        yield "headers", write_headers(response.headers)
    yield from _content(response, where, side_files).items()
    if response.aborted is not None:
        yield "aborted", _aborted(response.aborted)
    if response.trailers:
        yield "trailers", write_headers(response.trailers)


def _content(part: RequestPart | ResponsePart, where: str, side_files: Collected) -> dict[str, Any]:
    plain = write_body(part.body, where, side_files)
    if part.stream is not None:
        plain["stream"] = format_lines(part.stream, f"{where}.stream", side_files)
    return plain
