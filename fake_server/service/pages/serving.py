"""The pages: HTML, JavaScript and style sheets of this package, with headers that block all other content."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

import msgspec

from fake_server.service.pages.shapes import SHAPES
from fake_server.service.refusals import reject
from fake_server.service.routing import RequestContext
from fake_server.service.service import Service
from fake_server.stage import Response
from provider.websocket import Headers
from provider.wire import endpoints
from provider.wire.generations import Opening

_TYPES: Final = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_FOLDER: Final = files("fake_server.service.pages") / "assets"
# Read at import, so that serving reads no file.
_ASSETS: Final[Mapping[str, bytes]] = MappingProxyType(
    {path.name: path.read_bytes() for path in sorted(_FOLDER.iterdir(), key=lambda path: path.name)}
)
_SETTINGS: Final = b"{{settings}}"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_GUARDED: Final[Headers] = (
    ("content-security-policy", _POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
)


def chat_page(service: Service, more: Headers = ()) -> Response:
    """The chat page; ``more`` headers are added."""
    return _page("chat.html", _chat_settings(service), more)


def get_sign_in_page(context: RequestContext) -> Response:
    """``GET /.wiretape/sign-in``: the page to sign in at; with ``?auto`` it signs in by itself."""
    shapes = [{"name": name, "about": shape.about} for name, shape in SHAPES.items()]
    return _page("sign-in.html", {"account": context.service.config.first_name, "shapes": shapes})


def get_asset(context: RequestContext) -> Response:
    """``GET /.wiretape/pages/{name}``: scripts and styles of the fake's pages."""
    name = context.path_param
    kind = _TYPES.get(name.rpartition(".")[2])
    if kind is None or name not in _ASSETS:
        return reject("unknown")
    return Response(headers=(("content-type", kind), *_GUARDED), body=_ASSETS[name])


def _page(name: str, settings: Mapping[str, Any], more: Headers = ()) -> Response:
    # A `<` in the JSON could end the script element around it.
    encoded = msgspec.json.encode(settings).replace(b"<", b"\\u003c")
    headers = (("content-type", "text/html; charset=utf-8"), *_GUARDED, *more)
    return Response(headers=headers, body=_ASSETS[name].replace(_SETTINGS, encoded))


def _chat_settings(service: Service) -> dict[str, Any]:
    """The settings by which the chat page's script uses this fake's generation of the protocol."""
    generation, opening = service.generation, service.generation.opening
    return {
        "generation": generation.name,
        "seed": service.config.seed,
        "userPath": endpoints.USER + generation.user_query,
        "openingPath": endpoints.CONVERSATIONS if opening is Opening.CONVERSATIONS else endpoints.START,
        "openingBody": generation.opening_body.decode(),
        "starts": opening is Opening.START,
        "anonymousSession": generation.anonymous_session,
        "clientSessionId": generation.client_session_id,
        "greets": generation.connected > 0,
        "setOptions": generation.set_options,
        "reportsConsents": generation.reports_consents,
        "sendsContext": generation.sends_context,
        "modes": [{"name": name, "mode": mode} for name, mode in generation.modes.items()],
        "maxText": generation.max_text,
        "hashcashDigits": service.dialect.hashcash_digits,
        "commands": [{"usage": each.usage, "help": each.help} for each in service.scenarios],
    }
