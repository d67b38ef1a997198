"""Secrets that any service may have: OAuth, OpenID Connect, API keys, sessions. Every profile redacts them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from harness.profile import Kind

SECRET_HEADERS: Final[Mapping[str, Kind]] = {
    "authorization": "token",
    "proxy-authorization": "token",
    "x-api-key": "token",
    "api-key": "token",
    "x-auth-token": "token",
    "x-client-token": "token",
    "x-csrf-token": "token",
    "x-xsrf-token": "token",
}
SECRET_QUERY: Final[Mapping[str, Kind]] = {
    "accesstoken": "token",
    "sig": "token",
    "token": "token",
    # Values of a sign-in; its `code` counts as secret beside `state`.
    "idtokenhint": "token",
    "loginhint": "text",
}
SECRET_FIELDS: Final[Mapping[str, Kind]] = {
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
}
