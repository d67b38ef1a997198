"""The Copilot profile (docs/protocol.md §2, §4)."""

from __future__ import annotations

from typing import Final

from harness.profile import ServiceProfile
from provider.wire.endpoints import DEFAULT_BASE_URL
from provider.wire.errors import MalformedEventError
from provider.wire.names import event_name


def _event_name(raw: bytes) -> str | None:
    try:
        return event_name(raw)
    except MalformedEventError:
        return None


COPILOT: Final = ServiceProfile(
    name="copilot",
    upstream=DEFAULT_BASE_URL,
    impersonate="chrome",
    secret_headers={
        "authorization": "token",
        "proxy-authorization": "token",
        "x-copilot-temporarysessionkey": "token",
        "x-msrt-token": "token",
        "x-api-key": "token",
        "api-key": "token",
        "x-auth-token": "token",
        "x-client-token": "token",
        "x-csrf-token": "token",
        "x-xsrf-token": "token",
    },
    secret_query={
        "accesstoken": "token",
        "temporarysessionkey": "token",
        "sig": "token",
        "token": "token",
        "xtoken": "token",
        # What a sign-in sends to and fro; its `code` is one beside `state`, as with any service.
        "idtokenhint": "token",
        "loginhint": "text",
    },
    secret_fields={
        "accesstoken": "token",
        "refreshtoken": "token",
        "idtoken": "token",
        "secret": "token",
        "sessionkey": "token",
        "password": "token",
        "passwd": "token",
        "apikey": "token",
        "authorization": "token",
        "clientsecret": "token",
        "codeverifier": "token",
        # MSAL's cache and Auth0's, OpenID's claims: tokens, and who the account is.
        "rawidtoken": "token",
        "clientinfo": "token",
        "decodedtoken": "text",
        "homeaccountid": "id",
        "localaccountid": "uuid",
        "oid": "uuid",
        "sub": "id",
        "puid": "id",
        "anid": "id",
        "userid": "id",
        "username": "text",
        "preferredusername": "text",
        "upn": "text",
        "userprincipalname": "text",
        "givenname": "text",
        "familyname": "text",
        "firstname": "text",
        "lastname": "text",
        "displayname": "text",
    },
    account_fields={"/c/api/user": {"id": "id", "name": "text", "nickname": "text", "phonelink": "text"}},
    deltas={"appendText": "text"},
    volatile_query={"clientsessionid": "uuid", "cursor": "id"},
    volatile_fields={"conversationid": "id", "clientsessionid": "uuid"},
    event_name=_event_name,
    end_of_turn=frozenset({"done", "error", "chatMessageError"}),
    milestones=frozenset({"connected", "challenge", "received", "startMessage", "titleUpdate", "suggestedFollowups"}),
    numbering="id",
    # MSAL's `expiresOn`, and the `expires_on` of Microsoft's token endpoints (docs/protocol.md §2.3).
    moving_fields=frozenset({"expireson"}),
    origins=(DEFAULT_BASE_URL,),
)
