"""`ReplayEntry`: one exchange of a cassette, as the player goes through it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from harness.cassette.model import Exchange, RequestPart, SocketExchange
from harness.match.generated import masked
from harness.match.mask import Mask
from harness.match.placeholders import replaced
from harness.match.request import Headers, ParsedRequest
from harness.replay.heartbeats import is_goodbye, looks_like_heartbeat
from harness.replay.tape import Tape

SOCKET: Final = "SOCKET"
"""The method under which upgrades are compared."""
_NUMBERED: Final = re.compile(r"\d{6,}")
_LONGEST_COMPARED: Final = 256 * 1024


def request_body(request: RequestPart) -> bytes:
    """The body that a client sent, streamed or not."""
    return request.body.data if request.stream is None else b"".join(line.data for line in request.stream)


def parsed_request(exchange: Exchange) -> ParsedRequest:
    """The request that a client was recorded with; for an upgrade one of method `SOCKET`."""
    if isinstance(exchange, SocketExchange):
        return ParsedRequest(SOCKET, exchange.target, exchange.request.headers)
    return ParsedRequest(exchange.method, exchange.target, exchange.request.headers, request_body(exchange.request))


def is_preflight(method: str, headers: Headers) -> bool:
    """Whether a browser asks so what a page of another origin may do."""
    return method == "OPTIONS" and any(name == "access-control-request-method" for name, _ in headers)


def shown(request: ParsedRequest, mask: Mask) -> str:
    """A request in one line, without its secrets; a socket without its query, which is long and says little."""
    if request.method == SOCKET:
        return f"socket {mask.text(request.target.partition('?')[0][:2000])[:300]}"
    return f"{request.method} {mask.text(request.target[:2000])[:300]}"


@dataclass(eq=False)
class ReplayEntry:
    """One exchange, and whether it was played.

    Attributes:
        index: Its place in the cassette, from 0.
        exchange: The exchange.
        request: The request of its client.
        tape: Its messages, if it is an accepted socket.
        mask: Makes its name fit to be shown.
        played: It was given to a client; no other one gets it.
        matched: Of a socket, how many of the client's messages have come.
        sent: Of a socket, how many of the server's lines were sent.
        ended: Of a socket, whether the client's connection has ended.
        order: Of a socket, its messages in the order that the client kept to; None while that is the recorded one.
        answered: Of a call, whether its answer has begun: a poll may wait for what clients do elsewhere.
    """

    index: int
    exchange: Exchange
    request: ParsedRequest
    tape: Tape | None
    mask: Mask = field(repr=False)
    played: bool = False
    matched: int = 0
    sent: int = 0
    ended: bool = False
    order: Tape | None = None
    answered: bool = False

    @property
    def tape_played(self) -> Tape | None:
        """Its messages, as far as its client went in the order in which that client said them."""
        return self.order or self.tape

    def number_played(self, number: int) -> int:
        """Which message of its client one is, by the number that it has in the recording."""
        if self.order is None or self.tape is None:
            return number
        message = self.tape.client_messages[number]
        return next(at for at, each in enumerate(self.order.client_messages) if each is message)

    @cached_property
    def label(self) -> str:
        """Its name in reports."""
        return f"exchange {self.index + 1}: {shown(self.request, self.mask)}"

    @cached_property
    def is_heartbeat(self) -> bool:
        """Whether it is a heartbeat of a session that goes by requests: how many come is chance.

        So is how often a browser asks by a preflight, whose answer it keeps for a time.
        """
        if is_preflight(self.request.method, self.request.headers):
            return True
        return (
            self.request.method == "POST"
            and bool(self.request.body)
            and looks_like_heartbeat("text", self.request.body)
        )

    @cached_property
    def may_be_missing(self) -> bool:
        """Whether a client need not send it: a heartbeat, or a goodbye that its own hanging up may overtake."""
        return self.is_heartbeat or (self.request.method == "POST" and is_goodbye(self.request.body))

    @property
    def response_headers(self) -> Headers:
        """The headers of the recorded answer."""
        return self.exchange.response.headers if self.exchange.response is not None else ()

    @cached_property
    def answer(self) -> tuple[int, bytes]:
        """Status and body of the recorded answer; status 0 if there was none."""
        response = self.exchange.response
        if response is None:
            return 0, b""
        if response.stream is not None:
            return response.status, b"".join(line.data for line in response.stream)
        return response.status, response.body.data

    @cached_property
    def masked_request(self) -> str:
        """Its request with generated values and placeholders made alike: equal for exchanges that others may be."""
        return masked_request(self.request)

    @cached_property
    def masked_response(self) -> tuple[int, str]:
        """Its answer, likewise, and without long numbers, as services issue; of a socket what its service said."""
        status, body = self.answer
        payloads = [body[:_LONGEST_COMPARED], *self.service_payloads()] if self.tape is not None else [body]
        text = masked(replaced(b"\n".join(payloads).decode("latin-1"), lambda _: "\0"))
        return status, _NUMBERED.sub("0", text)

    def service_payloads(self) -> Iterator[bytes]:
        """What the service said in it: bodies, pieces of streams, messages."""
        response = self.exchange.response
        if response is not None:
            yield response.body.data
            yield from (line.data for line in response.stream or ())
        if isinstance(self.exchange, SocketExchange):
            yield from (line.data for line in self.exchange.messages if line.direction == "<")

    def client_payloads(self) -> Iterator[bytes]:
        """What the client said in it: its target, body, messages."""
        yield self.request.target.encode("utf-8", "surrogatepass")
        yield self.request.body
        for message in self.tape.client_messages if self.tape is not None else ():
            yield message.data


def masked_request(request: ParsedRequest) -> str:
    """A request with generated values and placeholders made alike."""
    return f"{request.method} {_alike(request.plain_target)}\n{_alike(request.plain_body)}"


def _alike(text: str) -> str:
    return masked(replaced(text, lambda _: "\0"))
