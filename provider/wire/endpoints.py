"""The service's REST endpoints: paths, queries, and the bodies of its responses (docs/protocol.md §3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import msgspec

from provider.wire.errors import ResponseError, UsageError, escaped

DEFAULT_BASE_URL: Final = "https://copilot.microsoft.com"
API: Final = "/c/api"
USER: Final = "/c/api/user"
USER_SETTINGS: Final = "/c/api/user/settings"
CONVERSATIONS: Final = "/c/api/conversations"
CONVERSATION_SHARES: Final = "/c/api/conversations/shares"
SHARES: Final = "/c/api/shares"
"""Path of shares, according to another source (§3.1)."""
START: Final = "/c/api/start"
ATTACHMENTS: Final = "/c/api/attachments"
TEMPORARY_SESSION: Final = "/c/api/user/sessions/temporary"
CONFIG: Final = "/c/api/config"
CLARITY: Final = "/cl/eus-sc/collect"
CHAT: Final = "/c/api/chat"
CHAT_QUERY: Final = "api-version=2"

IDENTITY_HEADER: Final = "x-useridentitytype"
SESSION_KEY_HEADER: Final = "x-copilot-temporarysessionkey"
ANONYMOUS_COOKIE: Final = "__Host-copilot-anon"


class User(msgspec.Struct, frozen=True, rename="camel"):
    """The response of ``GET /c/api/user`` (§3.2). Only the name is decoded; it is null for anonymous callers."""

    first_name: str | None = None


class NewConversation(msgspec.Struct, frozen=True):
    """The response of ``POST /c/api/conversations``."""

    id: str


class Started(msgspec.Struct, frozen=True, rename="camel"):
    """The response of ``POST /c/api/start``."""

    current_conversation_id: str


class TemporarySession(msgspec.Struct, frozen=True, rename="camel"):
    """The response of ``POST /c/api/user/sessions/temporary``; the key is a secret."""

    session_key: str


class Attachment(msgspec.Struct, frozen=True, rename="camel"):
    """The response of ``POST /c/api/attachments``: images have a URL (site-relative in 2026), documents an id."""

    id: str | None = None
    url: str | None = None


Answer = TypeVar("Answer")


def decode_answer(kind: type[Answer], body: bytes, step: str) -> Answer:
    """Decode the JSON body of a response.

    Raises:
        ResponseError: It is not JSON, or a needed field is missing; names the step and the place.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        del body  # keeps the secret out of traceback frames: some responses hold keys
        raise ResponseError(
            f"The service's response lacks a field that is needed, or has one of another type: {escaped(str(error))}",
            step=step,
        ) from error
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        looks = "an HTML page instead of JSON" if body.lstrip()[:1] == b"<" else "not JSON"
        del body
        raise ResponseError(f"The service's response is {looks}", step=step) from error


def check_base_url(url: str) -> str:
    """Check a base URL, and return it without a trailing slash: ``scheme://host[:port][/prefix]``.

    Raises:
        UsageError: It is not an http(s) URL, has no host, or has a user name, a query or a fragment.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        valid = False
        parts = urlsplit("")
    if not valid or parts.username is not None or parts.query or parts.fragment or any(c in url for c in " \r\n\t"):
        del url  # keeps the secret out of traceback frames
        raise UsageError(
            "The base URL must be an http(s) URL without user, query and fragment",
            step="base_url",
            hint="Use something like https://copilot.microsoft.com.",
        )
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def socket_url(base_url: str) -> str:
    """Return the URL of the chat socket, without credentials."""
    scheme, _, rest = base_url.partition("://")
    return f"{'wss' if scheme == 'https' else 'ws'}://{rest}{CHAT}?{CHAT_QUERY}"


def add_query(url: str, values: Mapping[str, str | None]) -> str:
    """Append query values to a URL; None values are left out."""
    added = urlencode([(name, value) for name, value in values.items() if value is not None], quote_via=quote)
    if not added:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{added}"


def history_path(conversation_id: str) -> str:
    """Return the path of a conversation's history."""
    return f"{CONVERSATIONS}/{quote(conversation_id, safe='')}/history"
