"""`ReplayEntry`: one exchange of a cassette, and how far the player has played it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from harness.cassette.model import Exchange, SocketExchange, searched_body
from harness.match.generated import masked
from harness.match.large_bodies import compared_body
from harness.match.mask import Mask
from harness.match.placeholders import replaced
from harness.match.request import Headers, ParsedRequest
from harness.replay.heartbeat_looks import is_goodbye
from harness.replay.socket_reading import BY_LOOK, SocketReading
from harness.replay.tape import Tape

SOCKET: Final = "SOCKET"
"""The method under which upgrades are compared."""
_FOR_NOW: Final = frozenset({429, 502, 503, 504})
_NUMBERED: Final = re.compile(r"\d{6,}")
_LONGEST_COMPARED: Final = 256 * 1024


def parsed_request(exchange: Exchange) -> ParsedRequest:
    """The request that a client was recorded with; for an upgrade one of method `SOCKET`."""
    if isinstance(exchange, SocketExchange):
        return ParsedRequest(SOCKET, exchange.target, exchange.request.headers)
    return ParsedRequest(exchange.method, exchange.target, exchange.request.headers, compared_body(exchange.request))


def is_preflight(method: str, headers: Headers) -> bool:
    """Whether a request is a CORS preflight: a browser asks what a page of another origin may do."""
    return method == "OPTIONS" and any(name == "access-control-request-method" for name, _ in headers)


def shown(request: ParsedRequest, mask: Mask) -> str:
    """A request in one line, without its secrets; a socket without its query, which is long and not informative."""
    if request.method == SOCKET:
        return f"socket {mask.text(request.target.partition('?')[0][:2000])[:300]}"
    return f"{request.method} {mask.text(request.target[:2000])[:300]}"


@dataclass(eq=False)
class ReplayEntry:
    """One exchange, and how far it was played.

    Attributes:
        index: Its place in the cassette, from 0.
        exchange: The exchange.
        request: The request of its client.
        tape: Its messages, if it is an accepted socket.
        mask: Hides secrets in its name.
        reading: What the profile says of heartbeats.
        played: Whether it was played for a client; then no other client gets it.
        matched: Of a socket, how many of the client's messages were matched.
        sent: Of a socket, how many of the server's lines were sent.
        ended: Of a socket, whether the client's connection has ended.
        order: Of a socket, its messages in the order of this client; None while that is the recorded order.
        responded: Of a call, whether its response has begun: a poll may wait for actions on other exchanges.
    """

    index: int
    exchange: Exchange
    request: ParsedRequest
    tape: Tape | None
    mask: Mask = field(repr=False)
    reading: SocketReading = field(default=BY_LOOK, repr=False)
    played: bool = False
    matched: int = 0
    sent: int = 0
    ended: bool = False
    order: Tape | None = None
    responded: bool = False

    @property
    def tape_played(self) -> Tape | None:
        """The socket's messages, in the order in which the actual client has sent them so far; None for a call."""
        return self.order or self.tape

    def number_played(self, number: int) -> int:
        """The number of a client's message in the order in which it was sent now, given its number in the recording."""
        if self.order is None or self.tape is None:
            return number
        message = self.tape.client_messages[number]
        return next(at for at, each in enumerate(self.order.client_messages) if each is message)

    @cached_property
    def said(self) -> int:
        """A hash of all messages of a socket's client."""
        return hash(() if self.tape is None else tuple(each.data for each in self.tape.client_messages))

    def begins_with(self, message: bytes) -> bool:
        """Whether it is a socket whose client's first message was this one."""
        return self.tape is not None and any(each.data == message for each in self.tape.client_messages[:1])

    @cached_property
    def label(self) -> str:
        """The exchange's name in reports: ``exchange 3: GET /items``."""
        return f"exchange {self.index + 1}: {shown(self.request, self.mask)}"

    @cached_property
    def is_heartbeat(self) -> bool:
        """Whether it is a heartbeat of a session over plain requests: their number is chance.

        The number of preflights is chance, too, as a browser caches their responses.
        """
        if is_preflight(self.request.method, self.request.headers):
            return True
        return (
            self.request.method == "POST" and bool(self.request.body) and self.reading.is_heartbeat(self.request.body)
        )

    @cached_property
    def may_be_missing(self) -> bool:
        """Whether a client may omit it: a heartbeat, or a goodbye that its own disconnect may overtake."""
        return self.is_heartbeat or (self.request.method == "POST" and is_goodbye(self.request.body))

    @property
    def is_refusal(self) -> bool:
        """Whether the service refused the request for now, so that clients may repeat it."""
        return self.exchange.response is not None and self.exchange.response.status in _FOR_NOW

    @property
    def response_headers(self) -> Headers:
        """The headers of the recorded response."""
        return self.exchange.response.headers if self.exchange.response is not None else ()

    @cached_property
    def response(self) -> tuple[int, bytes]:
        """Status and body of the recorded response; status 0 if there was none."""
        response = self.exchange.response
        return (0, b"") if response is None else (response.status, searched_body(response))

    @cached_property
    def masked_request(self) -> str:
        """The request as text, with a mark in place of each generated value and placeholder."""
        return masked_request(self.request)

    @cached_property
    def masked_response(self) -> tuple[int, str]:
        """Status and masked text of the response, without long numbers, too; for a socket the text of its messages."""
        status, body = self.response
        payloads = [body[:_LONGEST_COMPARED], *self.service_payloads()] if self.tape is not None else [body]
        text = masked(replaced(b"\n".join(payloads).decode("latin-1"), lambda _: "\0"))
        return status, _NUMBERED.sub("0", text)

    def service_payloads(self) -> Iterator[bytes]:
        """The payloads that the service sent: body, pieces of a stream, messages."""
        response = self.exchange.response
        if response is not None:
            yield response.body.searched
            yield from (line.data for line in response.stream or ())
        if isinstance(self.exchange, SocketExchange):
            yield from (line.data for line in self.exchange.messages if line.direction == "<")

    def response_values(self) -> Iterator[bytes]:
        """The values of the response's headers."""
        return (value.encode("latin-1", "replace") for _, value in self.response_headers)

    def client_payloads(self) -> Iterator[bytes]:
        """The payloads that the client sent: target, body, messages."""
        yield self.request.target.encode("utf-8", "surrogatepass")
        yield self.request.body
        for message in self.tape.client_messages if self.tape is not None else ():
            yield message.data


def masked_request(request: ParsedRequest) -> str:
    """A request with each generated value and placeholder replaced by one mark."""
    return f"{request.method} {_alike(request.plain_target)}\n{_alike(request.plain_body)}"


def _alike(text: str) -> str:
    return masked(replaced(text, lambda _: "\0"))
