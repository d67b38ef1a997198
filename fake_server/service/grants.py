"""Tokens that the fake's own sign-in page gives out: whose they are can be read off them, so that nothing is kept.

They look like the service's: an opaque JWE of five parts (docs/protocol.md §2.3). Header and size are as seen, the rest
is made of the seed. A token is taken for one of ours if the same seed writes the same characters again.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

import msgspec

from fake_server.service.naming import Names

GOOGLE: Final = "google"
MICROSOFT: Final = "msa"
ACCOUNT: Final = re.compile(r"[\w.@-][\w.@ -]{0,39}", re.ASCII)
"""What an account may be called."""
_LONGEST: Final = 4096
_PARTS: Final = (256, 16, 1050, 16)
"""Bytes of the key, the vector, the text and the tag: 2 KB as text (1.7 to 2.4 KB were seen)."""


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a token stands for.

    Attributes:
        account: Whose it is.
        number: Counts the sign-ins of that account, from 1.
        identity: `GOOGLE` or `MICROSOFT`.
        chat: Whether it is for the chat; else for another service, and refused here.
    """

    account: str
    number: int
    identity: str = MICROSOFT
    chat: bool = True

    @property
    def owner(self) -> str:
        """Tells accounts apart: a later token of the same one is the same caller."""
        return f"wiretape|{self.identity}|{self.account}"


class _Header(msgspec.Struct, frozen=True):
    fake: Grant


def write_token(seed: int, grant: Grant) -> str:
    """The token of a grant: the same each time."""
    names = Names(seed, "token", *msgspec.structs.astuple(grant))
    header = {"alg": "RSA-OAEP", "enc": "A128CBC-HS256", "kid": names.hex(), "fake": grant}
    return ".".join(map(_base64, (msgspec.json.encode(header), *map(names.random.randbytes, _PARTS))))


def read_grant(seed: int, token: str) -> Grant | None:
    """What a token stands for; None if it was not given out with this seed."""
    if len(token) > _LONGEST or token.count(".") != len(_PARTS):
        return None
    head = token.partition(".")[0]
    try:
        grant = msgspec.json.decode(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)), type=_Header).fake
    except (ValueError, binascii.Error, msgspec.DecodeError, RecursionError):
        return None
    return grant if write_token(seed, grant) == token else None


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
