"""`Rendering`: puts this session's values, its times and the local server's URLs into what was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from harness.cassette.model import Exchange
from harness.edits import Replaced
from harness.framing.stomp import measured
from harness.headers import client_headers, is_text_type
from harness.match.bindings import Bindings
from harness.match.counters import with_counters
from harness.match.placeholders import may_hold
from harness.match.request import Headers
from harness.origins import Origins, looks_like_json
from harness.replay.moved_times import MovedTimes
from harness.replay.substitution import held_values, in_value, substituted, with_bound_values, with_values_in_binary

_LONGEST_BINARY: Final = 1 << 20
"""Bytes. A longer body is a picture, a sound or a file, which repeats no id of its request."""


class Rendering:
    """Renders the payloads and headers for one client.

    Args:
        origins: Those of the service.
        local: Where the client found the server; ``""`` if URLs need no mapping.
        bindings: Of the session.
        values: The recorded values that may be bound.
        times: Those of the response; None moves none.

    Attributes:
        counters: Of this client's messages, recorded -> actual; see `harness.match.counters`.
        own: Times of this client, recorded -> actual: two clients may have sent the same one when recorded.
    """

    def __init__(
        self,
        origins: Origins,
        local: str,
        bindings: Bindings,
        values: AbstractSet[str],
        times: MovedTimes | None = None,
    ) -> None:
        self._inward = origins.inward(local)
        self._is_secure = not local.startswith("http://")
        self._bindings = bindings
        self._values = values
        self._times = times
        self.counters: dict[bytes, bytes] = {}
        self.own: dict[str, str] = {}

    def payload(
        self,
        payload: bytes,
        bindings: Bindings | None = None,
        own: Mapping[str, str] | None = None,
        counters: Mapping[bytes, bytes] | None = None,
    ) -> bytes:
        """A message with the session's values in place of the recorded ones; the same object if it has none.

        Args:
            payload: The message.
            bindings: Bindings to use in place of the session's.
            own: Times of the client to use in place of `own`.
            counters: Counters to use in place of `counters`.
        """
        rendered = self._inward.data(self.substituted(payload, bindings, own, counters)).data
        return rendered if len(rendered) == len(payload) else measured(rendered)

    def body(self, body: bytes) -> bytes:
        """A complete text body with the session's values and times in place of the recorded ones."""
        body = body if self._times is None else self._times.data(body).data
        return self.payload(body)

    def binary(self, body: bytes) -> bytes:
        """A body of a binary format with the session's values; see `substitution.with_values_in_binary`."""
        if self._bindings.is_plain or len(body) > _LONGEST_BINARY:
            return body
        return with_values_in_binary(body, self._bindings.changed())

    def pieces(self, pieces: Sequence[bytes]) -> list[bytes]:
        """The pieces of a body of text, with its times and URLs, also where these are split between pieces.

        `substituted` puts the session's values in when a piece is sent: by then more of them are known.

        Returns:
            As many pieces; those that have neither are the same objects, so that a client holds no copy of them.
        """
        whole = b"".join(pieces)
        moved = Replaced(whole) if self._times is None else self._times.data(whole)
        local = self._inward.data(moved.data)
        if not moved.edits and not local.edits:
            return list(pieces)
        cut = local.cut([len(piece) for piece in moved.cut([len(piece) for piece in pieces])])
        return [old if old == new else new for old, new in zip(pieces, cut, strict=True)]

    def substituted(
        self,
        payload: bytes,
        bindings: Bindings | None = None,
        own: Mapping[str, str] | None = None,
        counters: Mapping[bytes, bytes] | None = None,
    ) -> bytes:
        """A payload with the session's values in place of recorded ones; see `payload`."""
        own = self.own if own is None else own
        bound = bindings or self._bindings
        sent = bound.sent
        placed = {value: sent(value) for value in held_values(payload, self._values)}
        if any(actual != value for value, actual in placed.items()):
            # The others follow below: values that changed places must not do so twice.
            payload = substituted(payload, lambda value: placed.get(value, value))
        if not bound.is_plain or own:
            payload = with_bound_values(payload, {**bound.changed(), **own}, self._values)
        return with_counters(payload, self.counters if counters is None else counters)

    def issue(self, payload: bytes) -> None:
        """Bind each value of a payload that the server sends to itself, unless another value is bound to it."""
        issue(self._bindings, held_values(payload, self._values))

    def headers(self, headers: Headers, *, coded: bool = True, bodiless: bool = False) -> Headers:
        """A response's headers, or trailers, as the local server sends them.

        They have this session's values, and lack those that the server computes anew.

        Args:
            coded: Whether the body is still compressed as the headers say; if not, ``Content-Encoding`` is left out.
            bodiless: Whether no body is sent: then the recorded ``Content-Length`` stays, as nothing shows it anew.
        """
        headers = headers if self._times is None else self._times.headers(headers)
        sent = self._bindings.sent
        valued = tuple((name, value if name == "set-cookie" else in_value(value, sent)) for name, value in headers)
        if not self._bindings.is_plain:
            changed = self._bindings.changed()
            valued = tuple((name, self._bound(value, changed)) for name, value in valued)
        inward = self._inward.header
        return client_headers(valued, inward, secure=self._is_secure, decoded=not coded, measured=bodiless)

    def _bound(self, value: str, changed: Mapping[str, str]) -> str:
        raw = value.encode("latin-1", "replace")
        bound = with_bound_values(raw, changed, self._values)
        return value if bound == raw else bound.decode("latin-1")


def is_text(content_type: str | None, body: bytes) -> bool:
    """Whether a body is text that may be rendered: by its type, or by its content if it has no type."""
    return is_text_type(content_type) if content_type else looks_like_json(body)


def text_body(exchange: Exchange) -> bytes | None:
    """The body of a recorded response if it is text that may be rendered; else None."""
    response = exchange.response
    if response is None:
        return None
    content_type = next((value for name, value in response.headers if name == "content-type"), None)
    return response.body.searched if is_text(content_type, response.body.searched) else None


def issue(bindings: Bindings, values: Iterable[str]) -> None:
    """Bind values that the server sends unchanged to themselves: its client can use no others in their place."""
    for value in values:
        # A placeholder needs no binding until a client shows what it stands for.
        if not may_hold(value) and not bindings.contradicts(value, value):
            bindings.bind(value, value)
