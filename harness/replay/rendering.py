"""`Rendering`: what was recorded, as it is sent now: this session's values, and the local server's URLs."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from harness.match.asked import Headers
from harness.match.counters import with_counters
from harness.match.volatile import Bindings
from harness.replay.origins import Origins
from harness.replay.substitution import held_values, in_value, substituted, with_bound_values

_URL_HEADERS: Final = frozenset({"location", "content-location", "refresh", "link", "access-control-allow-origin"})
_COMPUTED: Final = frozenset(
    {"connection", "content-encoding", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""What the host computes, or what no longer holds: bodies are kept with their coding taken off."""
_TEXT_TYPES: Final = ("text/", "application/json", "application/javascript", "application/xml", "application/x-ndjson")
_BOUND_COOKIES: Final = ("__host-", "__secure-")


class Rendering:
    """Renders for one client.

    Args:
        origins: Those of the service.
        local: Where the client found the server; ``""`` if URLs need no mapping.
        bindings: Of the session.
        values: The recorded values that may be bound.

    Attributes:
        counters: Of this client's messages, recorded -> actual; see `harness.match.counters`.
    """

    def __init__(self, origins: Origins, local: str, bindings: Bindings, values: AbstractSet[str]) -> None:
        self._origins = origins
        self._local = local
        self._bindings = bindings
        self._values = values
        self.counters: dict[bytes, bytes] = {}

    def payload(self, payload: bytes, bindings: Bindings | None = None) -> bytes:
        """A message, or a body of text; without any such value it comes back as it is."""
        bound = bindings or self._bindings
        sent = bound.sent
        if any(sent(value) != value for value in held_values(payload, self._values)):
            payload = substituted(payload, sent)
        if not bound.is_plain:
            payload = with_bound_values(payload, bound.changed(), self._values)
        payload = with_counters(payload, self.counters)
        if self._local and self._origins.held(payload):
            payload = self._origins.to_local(payload.decode("latin-1"), self._local).encode("latin-1", "replace")
        return payload

    def issue(self, payload: bytes) -> None:
        """The server sends this: values that it names, and that stand for nothing else, stand for themselves."""
        issue(self._bindings, held_values(payload, self._values))

    def headers(self, headers: Headers) -> Headers:
        """A response's headers, without those that the host computes."""
        return tuple((name, self._header(name, value)) for name, value in headers if name not in _COMPUTED)

    def _header(self, name: str, value: str) -> str:
        if name == "set-cookie":
            return self._cookie(value)
        if name not in _URL_HEADERS:
            return value
        value = in_value(value, self._bindings.sent)
        return self._origins.to_local(value, self._local) if self._local else value

    def _cookie(self, value: str) -> str:
        """Without Domain, which names the service's host; without Secure on plain HTTP, unless its name demands it."""
        pair, *attributes = value.split(";")
        plain = self._local.startswith("http://") and not pair.strip().lower().startswith(_BOUND_COOKIES)
        dropped = {"domain", "secure"} if plain else {"domain"}
        kept = [each for each in attributes if each.partition("=")[0].strip().lower() not in dropped]
        return ";".join((pair, *kept))


def is_text(content_type: str | None, body: bytes) -> bool:
    """Whether a body may be rendered at all: JSON and other text, by its type, or by its looks if it has none."""
    if not content_type:
        return body.lstrip(b" \t\r\n")[:1] in {b"{", b"["}
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type.startswith(_TEXT_TYPES) or media_type.endswith(("+json", "+xml"))


def issue(bindings: Bindings, values: Iterable[str]) -> None:
    """The server has named these values: the client knows them by these names, and nothing else can be meant."""
    for value in values:
        if not bindings.contradicts(value, value):
            bindings.bind(value, value)
