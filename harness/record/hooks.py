"""`RecordHooks`: the user's functions that change exchanges before they are saved, or leave them out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from harness.cassette.model import Call, Cassette, Exchange, Headers, Line, RequestPart, ResponsePart, whole_body
from harness.match.request import RequestView
from harness.record.errors import HookError

SOCKET: Final = "SOCKET"
"""The method of an upgrade's view."""
_METHOD: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_NAME: Final = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseView:
    """A response, redacted, and the request that it answers. Change it with `dataclasses.replace`.

    Attributes:
        request: The request, as ``before_request`` returned it; changes to it here are ignored.
        status: 101 for an accepted socket.
        reason: None for the standard phrase.
        headers: Names in lower case, repeats kept.
        body: The whole body; the pieces of a streamed one joined. If it is changed, it is saved as one piece.
        messages: Those of an accepted socket, in both directions, ends included; none for a call.
    """

    request: RequestView
    status: int
    reason: str | None = None
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    messages: tuple[Line, ...] = field(default=(), repr=False)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: It is not JSON.
        """
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHooks:
    """Functions that are applied to each exchange before it is saved, long after the client got its response.

    The functions receive redacted values, and their results are redacted and scanned again. They may change anything
    that the cassette format can express, except whether an exchange is a socket. If one returns None, the exchange is
    left out of the cassette.

    Attributes:
        before_request: Called first.
        before_response: Called for an exchange with a response.
        ignore_hosts: Regular expressions. Exchanges with a host are left out if its name, or ``name:port``, matches one
            of them completely, ignoring case. The network block interprets them in the same way.
    """

    before_request: Callable[[RequestView], RequestView | None] | None = field(default=None, repr=False)
    before_response: Callable[[ResponseView], ResponseView | None] | None = field(default=None, repr=False)
    ignore_hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for each in self.ignore_hosts:
            try:
                re.compile(each)
            except re.error as error:
                raise ValueError(f"ignore_hosts: {each!r} is not a regular expression ({error})") from error

    def applied(self, cassette: Cassette) -> Cassette:
        """A redacted cassette after the hooks.

        Raises:
            HookError: A hook raised, or returned something that no cassette can express.
        """
        if self == RecordHooks():
            return cassette
        kept = (self._exchange(each, cassette.recorded.origin) for each in cassette.exchanges)
        return msgspec.structs.replace(cassette, exchanges=tuple(each for each in kept if each is not None))

    def _exchange(self, exchange: Exchange, origin: str) -> Exchange | None:
        if self._is_ignored(exchange.target, origin):
            return None
        asked = request_view(exchange)
        request: object = asked
        if self.before_request is not None:
            request = _called(self.before_request, asked)
            if request is None:
                return None
            if not isinstance(request, RequestView):
                raise HookError(
                    _name(self.before_request), f"it returned {type(request).__name__} instead of a RequestView or None"
                )
            _check_request(_name(self.before_request), asked, request)
            exchange = _with_request(exchange, asked, request)
        if self.before_response is None or exchange.response is None:
            return exchange
        seen = _response_view(exchange, request_view(exchange))
        response = _called(self.before_response, seen)
        if response is None:
            return None
        if not isinstance(response, ResponseView):
            raise HookError(
                _name(self.before_response), f"it returned {type(response).__name__} instead of a ResponseView or None"
            )
        _check_response(_name(self.before_response), seen, response)
        return _with_response(exchange, exchange.response, seen, response)

    def _is_ignored(self, target: str, origin: str) -> bool:
        if not self.ignore_hosts:
            return False
        parts = urlsplit(origin if target.startswith("/") else target)
        names = (parts.netloc.rpartition("@")[2], parts.hostname or "")
        return any(re.fullmatch(each, name, re.IGNORECASE) for each in self.ignore_hosts for name in names)


def request_view(exchange: Exchange) -> RequestView:
    """The request of an exchange, as hooks receive it."""
    part = exchange.request
    method = exchange.method if isinstance(exchange, Call) else SOCKET
    return RequestView(method=method, target=exchange.target, headers=part.headers, body=whole_body(part))


def _response_view(exchange: Exchange, request: RequestView) -> ResponseView:
    part = exchange.response
    assert part is not None
    body = part.body.data if part.stream is None else b"".join(line.data for line in part.stream if _is_piece(line))
    messages = () if isinstance(exchange, Call) else exchange.messages
    return ResponseView(
        request=request, status=part.status, reason=part.reason, headers=part.headers, body=body, messages=messages
    )


def _is_piece(line: Line) -> bool:
    return line.kind in {"text", "binary"}


def _called(hook: Callable[[Any], object], view: object) -> object:
    try:
        return hook(view)
    except Exception as error:
        # Its message is not shown, as it may quote the recorded values.
        raise HookError(_name(hook), f"it raised {type(error).__name__}") from error


def _name(hook: Callable[..., object]) -> str:
    module, name = getattr(hook, "__module__", ""), getattr(hook, "__qualname__", type(hook).__name__)
    return f"{module}.{name}" if module else name


# ---------------------------------------------------------------- checks of results
def _check_headers(name: str, headers: object) -> None:
    pairs: Iterable[object] = headers if isinstance(headers, tuple) else (None,)
    for pair in pairs:
        match pair:
            case (str(key), str()) if _NAME.fullmatch(key):
                continue
            case _:
                raise HookError(name, "the headers must be a tuple of (name, value) pairs, with names in lower case")


def _check_body(name: str, body: object) -> None:
    if not isinstance(body, bytes):
        raise HookError(name, f"the body must be bytes, not {type(body).__name__}")


def _check_request(name: str, old: RequestView, new: RequestView) -> None:
    _check_headers(name, new.headers)
    _check_body(name, new.body)
    if (new.method == SOCKET) != (old.method == SOCKET) or not _METHOD.fullmatch(new.method):
        raise HookError(name, "the method must be a valid HTTP method, and that of a socket must not be changed")
    if not new.target.startswith(("/", "http://", "https://")):
        raise HookError(name, "the target of a request must be a path, or an absolute URL")


def _check_response(name: str, old: ResponseView, new: ResponseView) -> None:
    _check_headers(name, new.headers)
    _check_body(name, new.body)
    accepted = old.request.method == SOCKET and old.status == HTTPStatus.SWITCHING_PROTOCOLS
    if accepted != (old.request.method == SOCKET and new.status == HTTPStatus.SWITCHING_PROTOCOLS):
        raise HookError(
            name, "the status of a socket must not be changed to or from 101: a hook cannot accept or refuse a socket"
        )
    if not isinstance(new.status, int) or not 100 <= new.status <= 599:  # pyright: ignore[reportUnnecessaryIsInstance]  # the user's
        raise HookError(name, "the status of a response must be a number from 100 to 599")
    kinds = {type(line) for line in new.messages}
    if kinds - {Line} or (new.messages and not accepted):
        raise HookError(
            name,
            "`messages` must hold `Line` objects only, and must be empty unless the exchange is an accepted socket",
        )


# ---------------------------------------------------------------- results applied
def _with_request(exchange: Exchange, old: RequestView, new: RequestView) -> Exchange:
    part = exchange.request
    if new.body != old.body:
        part = RequestPart(headers=new.headers, body=part.body.unnamed().holding(new.body))
    elif new.headers != old.headers:
        part = msgspec.structs.replace(part, headers=new.headers)
    if isinstance(exchange, Call):
        return msgspec.structs.replace(exchange, method=new.method, target=new.target, request=part)
    return msgspec.structs.replace(exchange, target=new.target, request=part)


def _with_response(exchange: Exchange, part: ResponsePart, old: ResponseView, new: ResponseView) -> Exchange:
    changed = msgspec.structs.replace(part, status=new.status, reason=new.reason, headers=new.headers)
    if new.body != old.body:
        changed = _with_body(changed, new.body)
    if isinstance(exchange, Call):
        return msgspec.structs.replace(exchange, response=changed)
    return msgspec.structs.replace(exchange, response=changed, messages=new.messages)


def _with_body(part: ResponsePart, body: bytes) -> ResponsePart:
    if part.stream is None:
        return msgspec.structs.replace(part, body=part.body.unnamed().holding(body))
    ends = tuple(line for line in part.stream if not _is_piece(line))
    pieces = [line.time for line in part.stream if _is_piece(line)]
    line = Line("<", pieces[0] if pieces else part.after, "text", body)
    return msgspec.structs.replace(part, stream=(line, *ends) if body else ends)
