"""Every place and every encoding in which a secret may stand in a session, each with a secret of its own."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from harness.services.copilot import COPILOT


@dataclass(frozen=True)
class Spot:
    """One secret in one place.

    Attributes:
        name: Says where, and how it is spelled.
        place: Part of the session that holds ``text``.
        text: What stands there, secret included.
        secret: The secret, plain.
        taught: Where the session shows it to be secret: ``itself``, ``early`` in another exchange, or ``late``.
        late: Whether it is known as secret at the end of a session only.
    """

    name: str
    place: str
    text: str
    secret: str
    taught: str = "itself"
    late: bool = False


def core_of(name: str) -> str:
    """The secret of a name: letters and digits, by which it is found in any form."""
    digest = base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()
    return f"q{digest[:10]}w{digest[10:19].lower()}7"


# ---------------------------------------------------------------- places that give a secret away
def _claims(part: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _jwt(secret: str) -> str:
    return f"{_claims({'alg': 'RS256'})}.{_claims({'n': secret})}.{secret}"


def _jwe(secret: str) -> str:
    return f"{_claims({'alg': 'dir'})}..{_claims({'n': 1})}.{secret}.tag1"


def _json(name: str, secret: str) -> str:
    return json.dumps({"a": [{name: secret}]})


OWN: dict[str, tuple[str, Callable[[str], str]]] = {
    "header authorization": ("request header", lambda s: f"authorization: Bearer {s}"),
    "header authorization, basic": (
        "form header",
        lambda s: "authorization: Basic " + base64.b64encode(f"me:{s}".encode()).decode(),
    ),
    "cookie sent": ("request header", lambda s: f"cookie: _EDGE_V=1; _U={s}; empty="),
    "cookie set": ("response header", lambda s: f"set-cookie: _U={s}; Path=/; Secure; HttpOnly"),
    "cookie set, quoted": ("response header", lambda s: f'set-cookie: MUID="{s}"; Path=/'),
    "cookie set with the upgrade": ("socket header", lambda s: f"set-cookie: __cf_bm={s}; Path=/"),
    "query of the socket": ("socket query", lambda s: f"accessToken={quote(s)}"),
    "query in a Location": ("response header", lambda s: f"location: https://h.test/?code={s}&state=1"),
    "password in a URL": ("response header", lambda s: f"x-next: https://me:{s}@h.test/"),
    "form field": ("form", lambda s: f"grant_type=refresh&refresh_token={s}"),
    "multipart field": (
        "multipart",
        lambda s: f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n{s}\r\n--b--\r\n',
    ),
    "field accessToken": ("response body", lambda s: _json("accessToken", s)),
    "field access_token": ("response body", lambda s: _json("access_token", s)),
    "field Access-Token": ("response body", lambda s: _json("Access-Token", s)),
    "field ACCESS_TOKEN": ("request body", lambda s: _json("ACCESS_TOKEN", s)),
    "field in a string": ("response body", lambda s: json.dumps({"a": _json("idToken", s)})),
    "field in a string twice": ("response body", lambda s: json.dumps({"a": json.dumps({"b": _json("secret", s)})})),
    "field in HTML": ("response body", lambda s: f"<i data-x='{html.escape(_json('clientSecret', s), quote=True)}'>"),
    "field in a URL": ("response body", lambda s: f"/x?q={quote(_json('secret', s), safe='')}"),
    "field in an event stream": ("stream", lambda s: f"data: {_json('accessToken', s)}\n\n"),
    "field in a sent message": ("sent", lambda s: _json("sessionKey", s)),
    "field in a received message": ("received", lambda s: _json("sessionKey", s)),
    "field over two sent messages": ("sent in two", lambda s: _json("accessToken", s)),
    "field over two frames": ("received in two frames", lambda s: _json("accessToken", s)),
    "MSAL entry": ("response body", lambda s: json.dumps({"credentialType": "AccessToken", "secret": s})),
    "MSAL account": ("response body", lambda s: json.dumps({"homeAccountId": f"{s}.tenant", "realm": "x"})),
    "MSAL client info": ("response body", lambda s: json.dumps({"client_info": _claims({"uid": s})})),
    "Auth0 entry": ("response body", lambda s: json.dumps({"body": {"decodedToken": {"user": {"nick": s}}}})),
    "Bearer in a text": ("response body", lambda s: f"curl -H 'Authorization: Bearer {s}'"),
    "JWT": ("response body", lambda s: f"<b>{_jwt(s)}</b>"),
    "JWT in a message": ("received", lambda s: json.dumps({"event": "x", "y": _jwt(s)})),
    "JWE": ("request body", _jwe),
    "address": ("received", lambda s: json.dumps({"event": "x", "y": f"mail {s}@corp.io"})),
    "address over deltas": ("deltas", lambda s: f"write to {s}@corp.io now"),
    "account id": ("user", lambda s: json.dumps({"id": s, "isPro": False})),
    "account name": ("user", lambda s: json.dumps({"firstName": s})),
}
_KNOWN_LATE = {"field over two sent messages", "address over deltas", "account id"}

# ---------------------------------------------------------------- encodings of what another place gave away
_BASE64 = {
    f"base64{url} after {n}{pad}": (
        lambda s, n=n, url=url, pad=pad: (
            (base64.urlsafe_b64encode if url else base64.b64encode)(b"{~?"[:n] + s.encode() + b"?>")
            .decode()
            .rstrip("=" if pad else "")
        )
    )
    for n in range(3)
    for url in ("", "url")
    for pad in ("", ", bare")
}
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda s: "".join(f"%{ord(one):02X}" for one in s),
    "percent, lower case": lambda s: "".join(f"%{ord(one):02x}" for one in s),
    "percent twice": lambda s: quote("".join(f"%{ord(one):02X}" for one in s)),
    **_BASE64,
}
"""In URLs, headers and anywhere else."""
TEXT_ENCODINGS: dict[str, Callable[[str], str]] = {
    **ENCODINGS,
    "JSON escapes": lambda s: "".join(f"\\u{ord(one):04x}" for one in s),
    "JSON escapes, upper case": lambda s: "".join(f"\\u{ord(one):04X}" for one in s),
    "JSON escapes in a string": lambda s: "".join(f"\\\\u{ord(one):04x}" for one in s),
    "HTML, decimal": lambda s: "".join(f"&#{ord(one)};" for one in s),
    "HTML, hexadecimal": lambda s: "".join(f"&#x{ord(one):X};" for one in s),
}
_PLACES: dict[str, Mapping[str, Callable[[str], str]]] = {
    "path": ENCODINGS,
    "plain request header": ENCODINGS,
    "plain response header": ENCODINGS,
    "request body": TEXT_ENCODINGS,
    "response body": TEXT_ENCODINGS,
    "chunked": TEXT_ENCODINGS,
    "sent": TEXT_ENCODINGS,
    "received": TEXT_ENCODINGS,
    "binary": ENCODINGS,
    "deltas": {name: TEXT_ENCODINGS[name] for name in ("plain", "JSON escapes", "base64 after 1")},
}


def _own() -> Iterator[Spot]:
    for name, (place, spell) in OWN.items():
        secret = core_of(name)
        yield Spot(name, place, spell(secret), secret, late=name in _KNOWN_LATE)
    for name in sorted(COPILOT.secret_headers.keys() - {"authorization", "proxy-authorization"}):
        secret = core_of(f"header {name}")
        yield Spot(f"header {name}", "request header", f"{name}: {secret}", secret)
    for name in COPILOT.secret_query:
        secret = core_of(f"query {name}")
        yield Spot(f"query {name}", "query", f"{name}={secret}", secret)
    for name in COPILOT.secret_fields:
        secret = core_of(f"field {name}")
        yield Spot(f"field {name}", "response body", _json(name, secret), secret)


def _repeated() -> Iterator[Spot]:
    for place, encodings in _PLACES.items():
        for number, (encoding, spell) in enumerate(encodings.items()):
            name = f"{encoding}, in {place}"
            secret = core_of(name)
            taught = ("early", "late")[number % 2]
            late = taught == "late" or place == "deltas"
            yield Spot(name, place, spell(secret), secret, taught, late)
    for place, encoding in (("server's reason", "plain"), ("client's reason", "base64 after 1")):
        secret = core_of(place)
        yield Spot(f"{encoding}, in {place}", place, ENCODINGS[encoding](secret), secret, "early")


SPOTS = (*_own(), *_repeated())


def by_place() -> Mapping[str, list[Spot]]:
    """The spots of each place of the session."""
    places = defaultdict[str, list[Spot]](list)
    for spot in SPOTS:
        places[spot.place].append(spot)
    return places


# ---------------------------------------------------------------- looking for them, by other means than redaction's
def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield secret.lower()
    for pattern in ("%{:02X}", "%{:02x}", "%25{:02X}", "\\u{:04x}", "\\u{:04X}", "\\\\u{:04x}", "&#{};", "&#x{:X};"):
        yield "".join(pattern.format(ord(one)) for one in secret)
    for offset in range(3):
        yield base64.b64encode(bytes(offset) + secret.encode()).decode()[4:-4]


_NEEDLES = [(form.encode(), spot.name) for spot in SPOTS for form in _forms(spot.secret)]


def found_in(text: bytes) -> set[str]:
    """The names of the spots whose secrets a text holds, in any form."""
    # What quotes a JSON text doubles its backslashes.
    flat = text.replace(b"\\\\", b"\\")
    # A form without a backslash stands in both or in neither.
    return {name for form, name in _NEEDLES if form in flat or (b"\\" in form and form in text)}
