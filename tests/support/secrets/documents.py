"""Random documents with secrets: in any carrier, wrapped in encodings, and broken."""

import base64
import html
import json
import random
from urllib.parse import quote

from tests.support.secrets.carriers import CARRIERS
from tests.support.secrets.kinds import KINDS

NAMES = [
    "key", "api-key", "API_KEY", "x-Auth", "app_id", "appId", "connect.sid", "user[mySig]", "to\u212aen", "K-k", "_sub_", "SUB", "subject",
    "keyboard", "design", "token", "tokenB64", "accessToken", "code", "phone", "dob", "a", "b", "t-x", "PASSWORT", "kty", "cookie", "Set-Cookie",
    "client secret 2", "token value (hex)", "key before", "token,", "the key of it", "paßwort", "PAßWORT", "oid",
]  # fmt: skip
PIECES = [
    b"\\", b"\\\\", b'"', b'\\"', b"%", b"%25", b"&amp;", b"&#34;", b"+", b"\n", b"\r\n", b"\ndata: ", b"data: ", b"\x00", b"\x1e", b"\xa5", b"\xff",
    b"{", b"}", b"[", b"]", b":", b"=", b"?", b"&", b";", b"<", b">", b"/", b"://u:", b"@", b"\\u0041", b"\\u00e9", b"\\ud83d\\ude00", b"\\x41",
    b"\\u{41}", b"\\u0000", b"0", b"4111", b" ", b"-", b"_", b".", b"wiretape-token-7", b"\xe2\x84\xaa", b"=\t'", b'=  "',
]  # fmt: skip


def escaped(text: str, rng: random.Random) -> str:
    return "".join(f"\\u{ord(each):04x}" if rng.random() < 0.4 and ord(each) < 0x10000 else each for each in text)


WRAPPINGS = (
    lambda data, _: data,
    lambda data, _: quote(data).encode(),
    lambda data, _: json.dumps({"v": data.decode("utf-8", "surrogateescape")}).encode(),
    lambda data, _: html.escape(data.decode("latin-1")).encode("latin-1"),
    lambda data, _: b'{"state":"' + base64.b64encode(data) + b'"}',
    lambda data, _: data.hex().encode(),
    lambda data, rng: escaped(data.decode("latin-1"), rng).encode("latin-1"),
    lambda data, _: (
        b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n'
        + data
        + b"\r\n--b\r\nA: b\r\n\r\n\xff\r\n--b--\r\n"
    ),
    lambda data, rng: data[: rng.randrange(len(data) + 1)],
)


def broken(data: bytes, rng: random.Random) -> bytes:
    """The data with some pieces put in or taken out."""
    for _ in range(rng.choice((0, 0, 1, 3, 8))):
        at = rng.randrange(len(data) + 1)
        data = data[:at] + rng.choice(PIECES) + data[at + rng.choice((0, 0, 1, 2)) :]
    return data


def fragment(rng: random.Random, known: list[str]) -> bytes:
    kind, carrier = rng.choice(KINDS), rng.choice(CARRIERS)
    name = rng.choice(NAMES) if rng.random() < 0.5 else kind.name or "note"
    secret = rng.choice(known) if known and rng.random() < 0.3 else kind.make(rng)
    known.append(secret)
    made = carrier.make(name, secret)
    if isinstance(made, tuple):
        return b"\n".join(f"{field}: {value}".encode() for field, value in made)
    return made.encode() if isinstance(made, str) else made


def document(rng: random.Random, known: list[str]) -> bytes:
    """One document.

    Args:
        rng: Decides what is in it.
        known: Secrets of earlier documents, which may come again; the new ones are added.
    """
    data = b""
    for _ in range(rng.choice((1, 1, 2))):
        if rng.random() < 0.2:
            data += b"".join(rng.choice(PIECES) for _ in range(rng.randrange(12)))
        data += fragment(rng, known)
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
            data = rng.choice(WRAPPINGS)(data, rng)
    return broken(data, rng)
