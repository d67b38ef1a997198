"""CORS (Fetch standard §3.2): which pages of other origins may use the server.

``Access-Control-Allow-Private-Network`` is from the Private Network Access draft. What a page gets:

| the response allows | the page gets |
|---|---|
| the page's own origin | the response as it is |
| ``*``, and neither side has a cookie | the response as it is |
| ``*`` beside cookies, or another origin | the page's origin in its place |
| no origin | the page's origin, and permission to use cookies and to read all headers |

The browser sends a preflight, not the page. The host passes it to a stage that answers preflights
(`AnswersPreflights`). Without such a response, or if it allows no origin, the host sends its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from http import HTTPStatus
from typing import Final, Protocol, runtime_checkable

from fake_server.stage import Answer, Request, Response
from provider.websocket import Headers

ANY: Final = "*"
NULL: Final = "null"
"""The origin of pages without one: files and sandboxed frames."""

_ORIGIN: Final = re.compile(r"([a-z][a-z0-9+.-]*)://([^\s/?#@\\,*]+)/?", re.IGNORECASE)
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_CORS: Final = "access-control-"
_ALLOW: Final = _CORS + "allow-"
_ALLOW_ORIGIN: Final = _ALLOW + "origin"
_ALLOW_CREDENTIALS: Final = _ALLOW + "credentials"
_EXPOSE: Final = "access-control-expose-headers"
_WANTED: Final = {"methods": "access-control-request-method", "headers": "access-control-request-headers"}
_WANTS_NETWORK: Final = "access-control-request-private-network"
_NEVER_SHOWN: Final = frozenset({"set-cookie", "set-cookie2"})
_PREFLIGHT_VARIES: Final = ", ".join(("Origin", *_WANTED.values()))
_MOST_DRAINED: Final = 64 * 1024


class PageOriginError(ValueError):
    """A text is not the origin of a page."""


@runtime_checkable
class AnswersPreflights(Protocol):
    """A stage that answers preflights itself."""

    async def preflight(self, request: Request) -> Answer | None:
        """The response to a page's preflight; None leaves it to the host."""
        ...


def page_origin(text: str) -> str:
    """Normalize an origin as browsers write it: lower case, no default port, no slash. ``*`` and ``null`` stay.

    Raises:
        PageOriginError: The text is not an origin.
    """
    if text in (ANY, NULL):
        return text
    found = _ORIGIN.fullmatch(text)
    if found is None:
        raise PageOriginError(
            f"{text!r} is not the origin of a page: expected SCHEME://HOST[:PORT] and nothing more, "
            "such as http://localhost:5173"
        )
    scheme, authority = (part.lower() for part in found.groups())
    return f"{scheme}://{authority.removesuffix(_DEFAULT_PORTS.get(scheme, ' '))}"


class Pages:
    """Allows pages of some origins to read the server's responses.

    Args:
        origins: The allowed origins; ``*`` for any.

    Raises:
        PageOriginError: A text is not an origin.
    """

    def __init__(self, origins: Collection[str] = ()) -> None:
        self.origins = frozenset(map(page_origin, origins))

    def page_of(self, request: Request) -> str | None:
        """The origin of the requesting page; None if it is not allowed, is the server's own, or there is none."""
        origin = request.header("origin")
        if not origin or origin.lower() == request.origin.lower():
            return None
        return origin if ANY in self.origins or origin.lower() in self.origins else None

    def is_preflight(self, request: Request) -> bool:
        """Whether the request is the preflight of an allowed page."""
        if request.method != "OPTIONS" or request.header(_WANTED["methods"]) is None:
            return False
        return self.page_of(request) is not None

    async def preflight(self, request: Request, answer: Answer | None) -> Answer:
        """The response to a preflight.

        Args:
            request: The preflight.
            answer: The stage's response; None if it has none.
        """
        if answer is not None and not isinstance(answer, Response):
            return answer
        origin = request.header("origin") or ""
        if answer is not None and _allows_an_origin(answer):
            headers = _named(answer.headers, origin, with_cookies=True, wanted=_asked_for(request))
            return replace(answer, headers=_spelled(_with_network(headers, request)))
        if answer is not None:
            await _drain(answer)
        granted = _with_network(_own_leave(request, origin), request)
        return Response(status=HTTPStatus.NO_CONTENT, headers=_spelled(granted))

    def shown(self, request: Request, answer: Answer) -> Answer:
        """The answer, with the headers that let the requesting page read it."""
        origin = self.page_of(request)
        if origin is None or not isinstance(answer, Response):
            return answer
        return replace(answer, headers=_spelled(self._shown(request, answer, origin)))

    def _shown(self, request: Request, answer: Response, origin: str) -> Headers:
        cookies = request.header("cookie") is not None or _values(answer.headers, "set-cookie")
        if _values(answer.headers, _ALLOW_ORIGIN):
            everything = {"headers": _readable(answer.headers)}
            return _named(answer.headers, origin, with_cookies=bool(cookies), wanted=everything)
        replaced = {_ALLOW_ORIGIN, _ALLOW_CREDENTIALS, _EXPOSE}
        kept = tuple(each for each in answer.headers if each[0].lower() not in replaced)
        leave = ((_ALLOW_ORIGIN, origin), (_ALLOW_CREDENTIALS, "true"))
        readable = _readable(answer.headers)
        shown = ((_EXPOSE, readable),) if readable else ()
        return _varying((*kept, *leave, *shown))


# ---------------------------------------------------------------- headers
def _values(headers: Headers, name: str) -> list[str]:
    return [value.strip() for key, value in headers if key.lower() == name]


def _spelled(headers: Headers) -> Headers:
    """CORS headers as the Fetch standard spells them, so that they compare equal with a direct response's."""
    return tuple((name.title() if name.lower().startswith(_CORS) else name, value) for name, value in headers)


def _readable(headers: Headers) -> str:
    names = dict.fromkeys(name.lower() for name, _ in headers)
    return ", ".join(name for name in names if name not in _NEVER_SHOWN and not name.startswith(_CORS))


def _asked_for(request: Request) -> dict[str, str]:
    return {what: request.header(name) or "" for what, name in _WANTED.items()}


def _allows_an_origin(answer: Response) -> bool:
    is_ok = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
    return is_ok and bool(_values(answer.headers, _ALLOW_ORIGIN))


def _named(headers: Headers, origin: str, *, with_cookies: bool, wanted: dict[str, str]) -> Headers:
    """The headers, with the page's origin in place of the allowed one.

    Args:
        with_cookies: Whether to replace ``*``, too, which browsers only accept without cookies.
        wanted: The lists of headers and methods that replace ``*`` then.
    """
    given = _values(headers, _ALLOW_ORIGIN)
    if given == [origin] or (given == [ANY] and not with_cookies):
        return headers
    lists = {_ALLOW + what: value for what, value in wanted.items()} | {_EXPOSE: wanted["headers"]}
    kept: list[tuple[str, str]] = [(_ALLOW_ORIGIN, origin)]
    for name, value in headers:
        key = name.lower()
        if key == _ALLOW_ORIGIN or (key == _ALLOW_CREDENTIALS and ANY in given):
            continue
        kept.append((name, lists[key] if ANY in given and value.strip() == ANY and key in lists else value))
    if ANY in given:
        kept.append((_ALLOW_CREDENTIALS, "true"))
    return _varying(tuple(kept))


def _varying(headers: Headers) -> Headers:
    """Add ``vary``, so that a cache keeps the responses of different pages apart."""
    listed = {each.strip().lower() for value in _values(headers, "vary") for each in value.split(",")}
    return headers if listed & {"origin", ANY} else (*headers, ("vary", "Origin"))


def _own_leave(request: Request, origin: str) -> Headers:
    asked = _asked_for(request)
    granted = tuple((_ALLOW + what, value) for what, value in asked.items() if value)
    return ((_ALLOW_ORIGIN, origin), (_ALLOW_CREDENTIALS, "true"), *granted, ("vary", _PREFLIGHT_VARIES))


def _with_network(headers: Headers, request: Request) -> Headers:
    name = _ALLOW + "private-network"
    wanted = request.header(_WANTS_NETWORK) == "true" and not _values(headers, name)
    return (*headers, (name, "true")) if wanted else headers


async def _drain(answer: Response) -> None:
    """Read and discard a streamed body that is not passed on: a recorder would record an unread one as broken off."""
    if isinstance(answer.body, bytes):
        return
    read = 0
    async for chunk in answer.body:
        read += len(chunk)
        if read > _MOST_DRAINED:
            break
    close = getattr(answer.body, "aclose", None)
    if close is not None:
        await close()
