"""Signing in, signing out, and tokens that expire on demand: the fake's own endpoints beneath ``/.wiretape``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from fake_server.service.deterministic import Names
from fake_server.service.pages.shapes import SHAPES, Shape, Signing
from fake_server.service.refusals import reply
from fake_server.service.routing import Visit
from fake_server.service.tokens import ACCOUNT, GOOGLE, Grant
from fake_server.stage import Response
from provider.websocket import Headers
from provider.wire.endpoints import query_values

_MOST_SECONDS: Final = 3600
_KEPT: Final = 365 * 86_400


class _Ending(msgspec.Struct, frozen=True):
    token: str | None = None


class _WishError(ValueError):
    """What is asked for cannot be had; says what can."""


@dataclass(frozen=True, slots=True)
class _Wish:
    account: str
    shape: Shape
    after: float


def sign_in(visit: Visit) -> Response:
    """``POST /.wiretape/sign-in``: a fresh token for ``?account=``, as ``?shape=`` keeps it; and HttpOnly cookies.

    What the answer holds, the page writes into its localStorage, ``?after=`` so many seconds. With ``?again`` nobody is
    asked: the cookies of the last sign-in have to be there.
    """
    service = visit.service
    if service.config.tokens is not None:
        return _refuse("this fake takes only the tokens that it was started with", 403)
    query = query_values(visit.request.target)
    if "again" in query and not _is_signed_in(visit):
        return _refuse("nobody is signed in with these cookies", 403)
    try:
        wish = _wish(query, service.config.first_name)
    except _WishError as error:
        return _refuse(str(error), 400)
    number = service.memory.count("sign-in", wish.account)
    grant = Grant(account=wish.account, number=number, identity=wish.shape.identity)
    by = Signing(seed=service.config.seed, grant=grant)
    if wish.shape.is_over:
        service.expiry.end(by.token)
    else:
        service.expiry.meet(by.token, "")
    memory = {"token": by.token, "identity": grant.identity} if wish.shape.in_memory else None
    entries = [entry.told() for entry in wish.shape.entries(by)]
    body = {"account": wish.account, "after": wish.after, "entries": entries, "memory": memory}
    return reply(body, 200, _cookies(by, _KEPT))


def _is_signed_in(visit: Visit) -> bool:
    return any(name == "cookie" and "WLSSC=" in value for name, value in visit.request.headers)


def sign_out(visit: Visit) -> Response:
    """``DELETE /.wiretape/sign-in``: the cookies are taken back; the page clears its storage."""
    somebody = Signing(seed=visit.service.config.seed, grant=Grant(account="", number=0, identity=GOOGLE))
    return reply({}, 200, _cookies(somebody, 0))


def expire(visit: Visit) -> Response:
    """``POST /.wiretape/expire``: the token in the body (``{"token": ".."}``), or all, are refused from now on."""
    try:
        ending = msgspec.json.decode(visit.request.body or b"{}", type=_Ending)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return _refuse('the body is {"token": ".."}, or empty for all tokens', 400)
    expiry = visit.service.expiry
    return reply({"expired": expiry.end_all() if ending.token is None else expiry.end(ending.token)})


def _wish(query: dict[str, str], usual_account: str) -> _Wish:
    account = query.get("account") or usual_account
    if not ACCOUNT.fullmatch(account):
        raise _WishError("account: up to 40 of A-Z a-z 0-9 _ . @ - and blanks")
    shape = SHAPES.get(query.get("shape") or next(iter(SHAPES)))
    if shape is None:
        raise _WishError(f"shape: {', '.join(SHAPES)}")
    return _Wish(account, shape, _seconds(query.get("after", ""), shape.after))


def _seconds(text: str, usual: float) -> float:
    try:
        seconds = float(text) if text else usual
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MOST_SECONDS:
        raise _WishError(f"after: seconds from 0 to {_MOST_SECONDS}")
    return seconds


def _cookies(by: Signing, seconds: int) -> Headers:
    """Cookies of a signed-in browser (§2.2); one name stands on two paths, and clients see both."""
    names = by.names if seconds else Names(0)
    keep = f"Max-Age={seconds}; SameSite=Lax"
    cookies = [
        f"WLSSC={names.hex(40)}; Path=/; HttpOnly; {keep}",
        f"WLSSC={names.hex(40)}; Path=/c/api; HttpOnly; {keep}",
        f"__Host-MSAAUTHP={names.hex(64)}; Path=/; Secure; HttpOnly; {keep}",
    ]
    if by.grant.identity == GOOGLE:
        cookies.append(f"auth0.is.authenticated=true; Path=/; {keep}")
    return tuple(("set-cookie", cookie) for cookie in cookies)


def _refuse(why: str, status: int) -> Response:
    body: dict[str, Any] = {"status": status, "message": why}
    return reply(body, status)
