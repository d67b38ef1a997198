"""A token that clients send in the place of the real one, which the relay puts back on the way to the service.

So a client that is being recorded, a stranger's COMMAND among them, never holds the user's token. Nobody can guess what
it holds: other users of the machine, who may reach the relay's port, do not get the token to work.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from harness.redact.engine import Redactor
from provider.websocket import Headers

_HEADER: Final = "authorization"
_SCHEME: Final = "Bearer "
_RANDOM_BYTES: Final = 16
_HEADERS: Final = frozenset({_HEADER, "cookie"})
"""Where a token may stand; in every other field a stand-in stays what it is."""


@dataclass(frozen=True, slots=True)
class TokenSwap:
    """What is sent in a token's place, and the token.

    Only a stand-in that stands alone, as a word of a header or as a parameter's value, is replaced: what merely begins
    like it is another one's.

    Attributes:
        shown: What clients send: what cassettes hold, and a random end.
        token: What the service gets.
    """

    shown: str = field(repr=False)
    token: str = field(repr=False)

    @classmethod
    def of(cls, token: str, redactor: Redactor) -> TokenSwap:
        """A stand-in for that token. The redactor knows both from then on; cassettes have one stand-in for them."""
        [(_, value)] = redactor.headers([(_HEADER, _SCHEME + token)])
        kept = value.removeprefix(_SCHEME)
        if kept == token:
            return cls(kept, token)  # a stand-in itself, as local services get: there is nothing to guard
        shown = f"{kept}-{secrets.token_hex(_RANDOM_BYTES)}"
        redactor.learn_alias(shown, kept)
        return cls(shown, token)

    def in_headers(self, headers: Headers) -> Headers:
        """The headers as they go to the service."""
        word = re.compile(rf"(?<![\w.-]){re.escape(self.shown)}(?![\w.-])")
        return tuple(
            (name, word.sub(lambda _: self.token, value) if name.lower() in _HEADERS else value)
            for name, value in headers
        )

    def in_url(self, url: str) -> str:
        """The URL as it goes to the service; the token is spelled as a query wants it."""
        path, question, query = url.partition("?")
        whole = re.compile(rf"(?<==){re.escape(quote(self.shown, safe=''))}(?=&|$)")
        return path + question + whole.sub(lambda _: quote(self.token, safe=""), query)
