"""A token that clients send in the place of the real one, which the relay puts back on the way to the service.

So a client that is being recorded, a stranger's COMMAND among them, never holds the user's token.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

from harness.redact.engine import Redactor
from provider.wire.message import Headers

_HEADER = "authorization"
_SCHEME = "Bearer "


@dataclass(frozen=True, slots=True)
class StandIn:
    """What is sent in a token's place, and the token.

    Attributes:
        shown: What clients send, and what cassettes hold.
        token: What the service gets.
    """

    shown: str
    token: str = field(repr=False)

    @classmethod
    def of(cls, token: str, redactor: Redactor) -> StandIn:
        """The stand-in that cassettes have for that token; the redactor knows the token from then on."""
        [(_, value)] = redactor.headers([(_HEADER, _SCHEME + token)])
        return cls(value.removeprefix(_SCHEME), token)

    def in_headers(self, headers: Headers) -> Headers:
        """The headers as they go to the service."""
        return tuple((name, value.replace(self.shown, self.token)) for name, value in headers)

    def in_url(self, url: str) -> str:
        """The URL as it goes to the service; the token is spelled as a query wants it."""
        path, question, query = url.partition("?")
        return path + question + query.replace(self.shown, quote(self.token, safe=""))
