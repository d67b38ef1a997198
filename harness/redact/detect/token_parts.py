"""Secrets within secrets: the personal claims of a JWT, the password of Basic credentials, the values of a form."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Final, cast
from urllib.parse import unquote_to_bytes

from harness.profile import plain_name
from harness.redact.detect.hits import Hit, Names

CLAIMS: Final[Names] = {
    "sub": "id",
    "oid": "uuid",
    "sid": "id",
    "puid": "id",
    "email": "email",
    "upn": "email",
    "preferredusername": "email",
    "uniquename": "email",
    "phonenumber": "text",
    "name": "text",
}
"""Claim of an id token that identifies a person -> kind of its placeholder."""

_HOME_ACCOUNT: Final = re.compile(rb"([0-9a-fA-F-]{36})\.[0-9a-fA-F-]{36}")
"""MSAL's account name: user id and directory id."""


def claims_of(value: bytes) -> Iterator[Hit]:
    """The claims of a JWT that identify a person."""
    parts = value.split(b".")
    if len(parts) != 3 or not value.startswith(b"eyJ"):
        return
    try:
        claims: object = json.loads(base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return
    if isinstance(claims, dict):
        for name, claim in cast("dict[str, object]", claims).items():
            kind = CLAIMS.get(plain_name(name))
            if kind is not None and isinstance(claim, str):
                yield Hit(0, 0, claim.encode("utf-8", "surrogatepass"), kind, name.lower())


def parts_of(value: bytes, kind: str) -> Iterator[bytes]:
    """Other spellings of a secret, and secrets within it.

    They are the percent-decoded value, the password of Basic, the values of ``a=b&c=d``, the user of an account name.
    """
    if kind == "basic":
        try:
            yield base64.b64decode(value, validate=True).partition(b":")[2]
        except binascii.Error:
            return
    if b"%" in value:
        yield unquote_to_bytes(value)
    if b"+" in value:
        yield value.replace(b"+", b" ")
    if account := _HOME_ACCOUNT.fullmatch(value):
        yield account.group(1)
    if b"&" in value:
        for pair in value.split(b"&"):
            yield pair.partition(b"=")[2]
