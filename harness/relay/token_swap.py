"""`TokenSwap`: clients send a placeholder token, which the relay replaces by the real one on the way to the service.

So a recorded client, such as a COMMAND that somebody else wrote, never holds the user's token. The placeholder ends in
random characters: other users of the machine, who can reach the relay's port, cannot guess it to use the token.
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
"""Header fields in which the placeholder is replaced."""


@dataclass(frozen=True, slots=True)
class TokenSwap:
    """The placeholder token that clients send, and the real one that the relay substitutes.

    The placeholder is replaced only where it is a whole word of a header, or a whole parameter value: a longer word
    that begins with it is something else.

    Attributes:
        shown: The placeholder token: the cassette's placeholder and random characters.
        token: The real token.
    """

    shown: str = field(repr=False)
    token: str = field(repr=False)

    @classmethod
    def of(cls, token: str, redactor: Redactor) -> TokenSwap:
        """The swap for a token. From now on the redactor replaces both tokens by one placeholder."""
        [(_, value)] = redactor.headers([(_HEADER, _SCHEME + token)])
        kept = value.removeprefix(_SCHEME)
        if kept == token:
            return cls(kept, token)  # a placeholder already, as local services get: nothing to protect
        shown = f"{kept}-{secrets.token_hex(_RANDOM_BYTES)}"
        redactor.learn_alias(shown, kept)
        return cls(shown, token)

    def in_headers(self, headers: Headers) -> Headers:
        """The headers with the real token."""
        word = re.compile(rf"(?<![\w.-]){re.escape(self.shown)}(?![\w.-])")
        return tuple(
            (name, word.sub(lambda _: self.token, value) if name.lower() in _HEADERS else value)
            for name, value in headers
        )

    def in_url(self, url: str) -> str:
        """The URL with the real token, percent-encoded for its query."""
        path, question, query = url.partition("?")
        whole = re.compile(rf"(?<==){re.escape(quote(self.shown, safe=''))}(?=&|$)")
        return path + question + whole.sub(lambda _: quote(self.token, safe=""), query)
