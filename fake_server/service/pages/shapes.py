"""How a browser keeps a token once somebody has signed in: every shape that clients have to cope with, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from fake_server.service.deterministic import Names
from fake_server.service.tokens import GOOGLE, MICROSOFT, Grant, write_token

_CLIENT: Final = "14638111-3389-403d-b206-a6a71d9f8f16"
_TENANT: Final = "9188040d-6c67-4c5b-b112-36a304b66dad"
_CHAT: Final = "140e65af-45d1-4427-bf08-3e7295db6836/ChatAI.ReadWrite"
_MAIL: Final = "Mail.Read User.Read openid profile"
_AUTH0_CLIENT: Final = "wiretape-auth0-client"
_AUTH0_SCOPE: Final = "openid profile email offline_access"
_LIFETIME: Final = 3600
"""Seconds (60 to 90 minutes were seen)."""
_AGO: Final = -60


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of localStorage.

    Attributes:
        key: Its key.
        value: Written as JSON; a text is written as it stands.
        seconds: Fields of the value that are times, in seconds from when the page writes it: only the page has a clock.
        as_text: Whether times are texts.
    """

    key: str
    value: Mapping[str, Any] | str
    seconds: Mapping[str, int] = field(default_factory=dict[str, int])
    as_text: bool = True

    def told(self) -> dict[str, Any]:
        """As the page reads it."""
        return {"key": self.key, "value": self.value, "seconds": self.seconds, "asText": self.as_text}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Somebody who signs in.

    Attributes:
        seed: The fake's.
        grant: Of the token for the chat.
    """

    seed: int
    grant: Grant

    @property
    def token(self) -> str:
        """The token for the chat."""
        return write_token(self.seed, self.grant)

    @property
    def names(self) -> Names:
        """For what else there is to make up about this sign-in."""
        return Names(self.seed, "sign-in", self.grant.owner, self.grant.number)

    @property
    def home(self) -> str:
        """The account's id in MSAL's cache: ``<oid>.<tid>``."""
        digits = Names(self.seed, "account", self.grant.owner).hex(16)
        return f"00000000-0000-0000-{digits[:4]}-{digits[4:]}.{_TENANT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A way to keep a token.

    Attributes:
        about: For people, in a few words.
        entries: What stands in localStorage afterwards.
        identity: Who vouches for the account.
        in_memory: Whether the page alone has the token, and shows it in its socket's URL.
        is_over: Whether the fake refuses the token.
        after: Seconds before the entries are written, unless somebody asks for others.
    """

    about: str
    entries: Callable[[Signing], list[Entry]]
    identity: str = MICROSOFT
    in_memory: bool = False
    is_over: bool = False
    after: float = 0.0


# ---------------------------------------------------------------- MSAL
def _credential(by: Signing, kind: str, secret: str, target: str = "", **more: Any) -> dict[str, Any]:
    return {
        "homeAccountId": by.home,
        "environment": "login.windows.net",
        "credentialType": kind,
        "clientId": _CLIENT,
        "secret": secret,
        "realm": _TENANT,
        "target": target,
        **more,
    }


def _key(by: Signing, kind: str, target: str = "") -> str:
    return f"{by.home}-login.windows.net-{kind.lower()}-{_CLIENT}-{_TENANT}-{target.lower()}--"


def _access(by: Signing, secret: str, target: str, lifetime: int) -> Entry:
    kind = "AccessToken"
    times = {"cachedAt": min(0, lifetime), "expiresOn": lifetime, "extendedExpiresOn": 2 * lifetime}
    value = _credential(by, kind, secret, target, tokenType="Bearer")
    return Entry(key=_key(by, kind, target), value=value, seconds=times)


def _account(by: Signing) -> list[Entry]:
    """The account and what goes with it, but no access token."""
    key = f"{by.home}-login.windows.net-{_TENANT}"
    account = {
        "homeAccountId": by.home,
        "environment": "login.windows.net",
        "realm": _TENANT,
        "localAccountId": by.home.partition(".")[0],
        "username": by.grant.account,
        "name": by.grant.account,
        "authorityType": "MSSTS",
    }
    id_token, refresh_token = by.names.hex(200), by.names.hex(300)
    return [
        Entry(key="msal.2.account.keys", value=f'["{key}"]'),
        Entry(key=key, value=account),
        Entry(key=_key(by, "IdToken"), value=_credential(by, "IdToken", f"id.{id_token}.token")),
        Entry(key=_key(by, "RefreshToken"), value=_credential(by, "RefreshToken", f"M.C1_{refresh_token}")),
    ]


def _mail(by: Signing) -> Entry:
    """A token for another service, which lives longer: to be passed over."""
    other = Grant(account=by.grant.account, number=by.grant.number, identity=by.grant.identity, chat=False)
    return _access(by, write_token(by.seed, other), _MAIL, 2 * _LIFETIME)


def _msal(by: Signing) -> list[Entry]:
    return [*_account(by), _mail(by), _access(by, by.token, _CHAT, _LIFETIME)]


def _expired(by: Signing) -> list[Entry]:
    return [*_account(by), _access(by, by.token, _CHAT, _AGO)]


def _wrong_scope(by: Signing) -> list[Entry]:
    return [*_account(by), _mail(by)]


def _not_json(by: Signing) -> list[Entry]:
    return [*_account(by), Entry(key=_key(by, "AccessToken", _CHAT), value=f"AccessToken {by.token}")]


def _encrypted(by: Signing) -> list[Entry]:
    """As MSAL encrypts its cache: what stands there cannot be read."""
    names = by.names
    sealed = {"id": names.nanoid(), "nonce": names.hex(24)}
    return [
        Entry(key=entry.key, value={**sealed, "data": names.hex(400)}, seconds={"lastUpdatedAt": 0})
        for entry in _msal(by)
    ]


# ---------------------------------------------------------------- Auth0
def _auth0(by: Signing) -> list[Entry]:
    body = {"access_token": by.token, "token_type": "Bearer", "scope": _AUTH0_SCOPE, "expires_in": _LIFETIME}
    user = {"sub": f"google-oauth2|{by.names.random.randrange(10**20, 10**21)}", "name": by.grant.account}
    own = f"@@auth0spajs@@::{_AUTH0_CLIENT}::"
    return [
        Entry(key=f"{own}@@user@@", value={"id_token": by.names.hex(200), "decodedToken": {"user": user}}),
        Entry(
            key=f"{own}https://copilot.microsoft.com::{_AUTH0_SCOPE}",
            value={"body": body},
            seconds={"expiresAt": _LIFETIME},
            as_text=False,
        ),
    ]


def _nothing(_: Signing) -> list[Entry]:
    return []


SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "msal": Shape(about="Microsoft account: MSAL's cache, with a token for mail beside it", entries=_msal),
        "auth0": Shape(about="Google account: Auth0's cache", entries=_auth0, identity=GOOGLE),
        "late": Shape(about="MSAL's cache, two seconds later", entries=_msal, after=2.0),
        "encrypted": Shape(
            about="MSAL's cache, encrypted; the page's socket shows it", entries=_encrypted, in_memory=True
        ),
        "socket-only": Shape(
            about="Google account: nothing but the page's socket shows it",
            entries=_nothing,
            identity=GOOGLE,
            in_memory=True,
        ),
        "expired": Shape(about="a token that has expired", entries=_expired, is_over=True),
        "wrong-scope": Shape(about="a token for mail alone", entries=_wrong_scope),
        "not-json": Shape(about="a token that is no JSON", entries=_not_json),
        "none": Shape(about="cookies alone", entries=_nothing),
    }
)
"""All shapes by the name that ``?shape=`` has."""
