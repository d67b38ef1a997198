"""The fake's own endpoints below ``/.wiretape``: sign in, sign out, expire tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from fake_server.service.deterministic import SeededIds
from fake_server.service.pages.shapes import SHAPES, SignIn, StorageShape
from fake_server.service.refusals import reply
from fake_server.service.routing import RequestContext
from fake_server.service.tokens import ACCOUNT, GOOGLE, FakeToken
from fake_server.stage import Response
from provider.websocket import Headers

_MOST_SECONDS: Final = 3600
_KEPT: Final = 365 * 86_400


class _Expired(msgspec.Struct, frozen=True):
    token: str | None = None


class _QueryError(ValueError):
    """A query value is invalid; the text has the valid ones."""


@dataclass(frozen=True, slots=True)
class _SignInQuery:
    account: str
    shape: StorageShape
    after: float


def sign_in(context: RequestContext) -> Response:
    """``POST /.wiretape/sign-in``: return a new token for ``?account=`` in the form of ``?shape=``, and set cookies.

    The page writes the entries of the answer into its localStorage, ``?after=`` seconds later. ``?again`` needs the
    cookies of an earlier sign-in.
    """
    service = context.service
    if service.config.tokens is not None:
        return _refuse("this fake takes only the tokens that it was started with", 403)
    query = context.request.query()
    if "again" in query and not _is_signed_in(context):
        return _refuse("nobody is signed in with these cookies", 403)
    try:
        wanted = _read_query(query, service.config.first_name)
    except _QueryError as error:
        return _refuse(str(error), 400)
    number = service.store.count("sign-in", wanted.account)
    chat_token = FakeToken(account=wanted.account, number=number, identity=wanted.shape.identity)
    by = SignIn(seed=service.config.seed, chat_token=chat_token)
    if wanted.shape.is_expired:
        service.expiry.expire(by.token)
    else:
        service.expiry.register(by.token, "")
    memory = {"token": by.token, "identity": chat_token.identity} if wanted.shape.in_memory else None
    entries = [entry.to_json() for entry in wanted.shape.entries(by)]
    body = {"account": wanted.account, "after": wanted.after, "entries": entries, "memory": memory}
    return reply(body, 200, _cookies(by, _KEPT))


def _is_signed_in(context: RequestContext) -> bool:
    return any(name == "cookie" and "WLSSC=" in value for name, value in context.request.headers)


def sign_out(context: RequestContext) -> Response:
    """``DELETE /.wiretape/sign-in``: delete the cookies; the page clears its storage."""
    anybody = SignIn(seed=context.service.config.seed, chat_token=FakeToken(account="", number=0, identity=GOOGLE))
    return reply({}, 200, _cookies(anybody, 0))


def expire_tokens(context: RequestContext) -> Response:
    """``POST /.wiretape/expire``: expire the token in the body (``{"token": ".."}``), or all tokens without one."""
    try:
        wanted = msgspec.json.decode(context.request.body or b"{}", type=_Expired)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _refuse('the body is {"token": ".."}, or empty for all tokens', 400)
    expiry = context.service.expiry
    return reply({"expired": expiry.expire_all() if wanted.token is None else expiry.expire(wanted.token)})


def _read_query(query: dict[str, str], usual_account: str) -> _SignInQuery:
    account = query.get("account") or usual_account
    if not ACCOUNT.fullmatch(account):
        raise _QueryError("query parameter account: expected up to 40 characters of A-Z a-z 0-9 _ . @ - and blanks")
    shape = SHAPES.get(query.get("shape") or next(iter(SHAPES)))
    if shape is None:
        raise _QueryError(f"query parameter shape: expected one of {', '.join(SHAPES)}")
    return _SignInQuery(account, shape, _seconds(query.get("after", ""), shape.after))


def _seconds(text: str, usual: float) -> float:
    try:
        seconds = float(text) if text else usual
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MOST_SECONDS:
        raise _QueryError(f"query parameter after: expected a number of seconds from 0 to {_MOST_SECONDS}")
    return seconds


def _cookies(by: SignIn, seconds: int) -> Headers:
    """Cookies of a signed-in browser (docs/protocol.md §2.2); one name has two paths, and clients get both."""
    ids = by.ids if seconds else SeededIds(0)
    keep = f"Max-Age={seconds}; SameSite=Lax"
    cookies = [
        f"WLSSC={ids.hex(40)}; Path=/; HttpOnly; {keep}",
        f"WLSSC={ids.hex(40)}; Path=/c/api; HttpOnly; {keep}",
        f"__Host-MSAAUTHP={ids.hex(64)}; Path=/; Secure; HttpOnly; {keep}",
    ]
    if by.chat_token.identity == GOOGLE:
        cookies.append(f"auth0.is.authenticated=true; Path=/; {keep}")
    return tuple(("set-cookie", cookie) for cookie in cookies)


def _refuse(why: str, status: int) -> Response:
    body: dict[str, Any] = {"status": status, "message": why}
    return reply(body, status)
