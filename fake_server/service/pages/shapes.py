"""Where a browser stores a token after a sign-in: each shape that clients may meet, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from fake_server.service.deterministic import SeededIds
from fake_server.service.tokens import GOOGLE, MICROSOFT, FakeToken, write_token

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
class StorageEntry:
    """One entry of localStorage.

    Attributes:
        key: The entry's key.
        value: Written as JSON; a string is written as it is.
        seconds: Fields of the value that are times, as seconds after the page writes the entry: only the page has a
            clock.
        as_text: Whether times are strings.
    """

    key: str
    value: Mapping[str, Any] | str
    seconds: Mapping[str, int] = field(default_factory=dict[str, int])
    as_text: bool = True

    def to_json(self) -> dict[str, Any]:
        """The entry for the page's script."""
        return {"key": self.key, "value": self.value, "seconds": self.seconds, "asText": self.as_text}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """One sign-in.

    Attributes:
        seed: The fake's seed.
        chat_token: Content of the token for the chat.
    """

    seed: int
    chat_token: FakeToken

    @property
    def token(self) -> str:
        """The token for the chat."""
        return write_token(self.seed, self.chat_token)

    @property
    def ids(self) -> SeededIds:
        """A new generator of this sign-in's values besides the token, e.g. its cookies: always the same values."""
        return SeededIds(self.seed, "sign-in", self.chat_token.owner, self.chat_token.number)

    @property
    def home(self) -> str:
        """The account's id in MSAL's cache: ``<oid>.<tid>``."""
        digits = SeededIds(self.seed, "account", self.chat_token.owner).hex(16)
        return f"00000000-0000-0000-{digits[:4]}-{digits[4:]}.{_TENANT}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageShape:
    """One way in which a browser stores a token.

    Attributes:
        about: Description for people, in a few words.
        entries: The entries of localStorage after the sign-in.
        identity: The account's identity provider.
        in_memory: Whether only the page's memory has the token, and its socket's URL shows it.
        is_expired: Whether the fake rejects the token.
        after: Seconds before the page writes the entries, unless the request sets others.
    """

    about: str
    entries: Callable[[SignIn], list[StorageEntry]]
    identity: str = MICROSOFT
    in_memory: bool = False
    is_expired: bool = False
    after: float = 0.0


# ---------------------------------------------------------------- MSAL
def _credential(by: SignIn, kind: str, secret: str, target: str = "", **more: Any) -> dict[str, Any]:
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


def _key(by: SignIn, kind: str, target: str = "") -> str:
    return f"{by.home}-login.windows.net-{kind.lower()}-{_CLIENT}-{_TENANT}-{target.lower()}--"


def _access(by: SignIn, secret: str, target: str, lifetime: int) -> StorageEntry:
    kind = "AccessToken"
    times = {"cachedAt": min(0, lifetime), "expiresOn": lifetime, "extendedExpiresOn": 2 * lifetime}
    value = _credential(by, kind, secret, target, tokenType="Bearer")
    return StorageEntry(key=_key(by, kind, target), value=value, seconds=times)


def _account(by: SignIn) -> list[StorageEntry]:
    """The entries of an account, without an access token."""
    key = f"{by.home}-login.windows.net-{_TENANT}"
    account = {
        "homeAccountId": by.home,
        "environment": "login.windows.net",
        "realm": _TENANT,
        "localAccountId": by.home.partition(".")[0],
        "username": by.chat_token.account,
        "name": by.chat_token.account,
        "authorityType": "MSSTS",
    }
    id_token, refresh_token = by.ids.hex(200), by.ids.hex(300)
    return [
        StorageEntry(key="msal.2.account.keys", value=f'["{key}"]'),
        StorageEntry(key=key, value=account),
        StorageEntry(key=_key(by, "IdToken"), value=_credential(by, "IdToken", f"id.{id_token}.token")),
        StorageEntry(key=_key(by, "RefreshToken"), value=_credential(by, "RefreshToken", f"M.C1_{refresh_token}")),
    ]


def _mail(by: SignIn) -> StorageEntry:
    """A token for another service that lives longer; clients must skip it."""
    other = FakeToken(
        account=by.chat_token.account, number=by.chat_token.number, identity=by.chat_token.identity, chat=False
    )
    return _access(by, write_token(by.seed, other), _MAIL, 2 * _LIFETIME)


def _msal(by: SignIn) -> list[StorageEntry]:
    return [*_account(by), _mail(by), _access(by, by.token, _CHAT, _LIFETIME)]


def _expired(by: SignIn) -> list[StorageEntry]:
    return [*_account(by), _access(by, by.token, _CHAT, _AGO)]


def _wrong_scope(by: SignIn) -> list[StorageEntry]:
    return [*_account(by), _mail(by)]


def _not_json(by: SignIn) -> list[StorageEntry]:
    return [*_account(by), StorageEntry(key=_key(by, "AccessToken", _CHAT), value=f"AccessToken {by.token}")]


def _encrypted(by: SignIn) -> list[StorageEntry]:
    """MSAL's encrypted cache: clients cannot read the values."""
    ids = by.ids
    sealed = {"id": ids.nanoid(), "nonce": ids.hex(24)}
    return [
        StorageEntry(key=entry.key, value={**sealed, "data": ids.hex(400)}, seconds={"lastUpdatedAt": 0})
        for entry in _msal(by)
    ]


# ---------------------------------------------------------------- Auth0
def _auth0(by: SignIn) -> list[StorageEntry]:
    body = {"access_token": by.token, "token_type": "Bearer", "scope": _AUTH0_SCOPE, "expires_in": _LIFETIME}
    user = {"sub": f"google-oauth2|{by.ids.random.randrange(10**20, 10**21)}", "name": by.chat_token.account}
    own = f"@@auth0spajs@@::{_AUTH0_CLIENT}::"
    return [
        StorageEntry(key=f"{own}@@user@@", value={"id_token": by.ids.hex(200), "decodedToken": {"user": user}}),
        StorageEntry(
            key=f"{own}https://copilot.microsoft.com::{_AUTH0_SCOPE}",
            value={"body": body},
            seconds={"expiresAt": _LIFETIME},
            as_text=False,
        ),
    ]


def _nothing(_: SignIn) -> list[StorageEntry]:
    return []


SHAPES: Final[Mapping[str, StorageShape]] = MappingProxyType(
    {
        "msal": StorageShape(about="Microsoft account: MSAL's cache, with a token for mail beside it", entries=_msal),
        "auth0": StorageShape(about="Google account: Auth0's cache", entries=_auth0, identity=GOOGLE),
        "late": StorageShape(about="MSAL's cache, two seconds later", entries=_msal, after=2.0),
        "encrypted": StorageShape(
            about="MSAL's cache, encrypted; the page's socket shows it", entries=_encrypted, in_memory=True
        ),
        "socket-only": StorageShape(
            about="Google account: nothing but the page's socket shows it",
            entries=_nothing,
            identity=GOOGLE,
            in_memory=True,
        ),
        "expired": StorageShape(about="a token that has expired", entries=_expired, is_expired=True),
        "wrong-scope": StorageShape(about="a token for mail alone", entries=_wrong_scope),
        "not-json": StorageShape(about="a token that is no JSON", entries=_not_json),
        "none": StorageShape(about="cookies alone", entries=_nothing),
    }
)
"""All shapes, by the value of ``?shape=``."""
