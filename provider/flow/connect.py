"""The steps before a message: verify credentials, open a conversation, upload media, open the socket."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urljoin

from provider.attachments import Link, Upload
from provider.effects import OpenSocket, Receive, SendText, Steps
from provider.errors import MalformedEventError, ResponseError, UsageError
from provider.flow.error_mapping import attach, decode
from provider.flow.not_utf8 import CLOSE_NOT_UTF8, reject_message
from provider.flow.reauthenticate import with_refresh
from provider.flow.retry import OF_UPGRADES, fetch, with_retries
from provider.flow.state import CONNECTED_WAIT, ChatState, ServiceAccess, UserMessage
from provider.traffic import request_id
from provider.transport.errors import ProtocolError, SocketEndedError, TooLargeError
from provider.transport.types import Request, Response
from provider.urls import page_origin
from provider.websocket import Headers, header, is_utf8
from provider.wire import commands, endpoints
from provider.wire.commands import ContentPart, DocumentPart, ImagePart, TextPart, encode_command
from provider.wire.events import Connected, PingEvent, decode_event
from provider.wire.generations import Opening

_ESCAPED: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})
"""A file's name in a form (WHATWG HTML, multipart/form-data encoding algorithm)."""
_MOST_LEFT_OVER: Final = 1000
_JSON: Final = (("content-type", "application/json"),)


def rest_headers(service: ServiceAccess, state: ChatState, *more: tuple[str, str]) -> Headers:
    """Return the headers of a REST call: origin, credentials and session, then ``more``."""
    origin = page_origin(service.base_url)
    headers: list[tuple[str, str]] = [("origin", origin), ("referer", f"{origin}/")]
    credentials = state.current_credentials(service)
    if credentials.token is not None:
        headers.append(("authorization", f"Bearer {credentials.token}"))
    if credentials.identity_type is not None:
        headers.append((endpoints.IDENTITY_HEADER, credentials.identity_type))
    if state.caller.session_key is not None:
        headers.append((endpoints.SESSION_KEY_HEADER, state.caller.session_key))
    return (*headers, *more)


def verify_credentials(service: ServiceAccess, state: ChatState) -> Steps[None]:
    """Read the user once, so that the service rejects bad credentials before anything is sent."""
    generation = service.generation
    if state.caller.verified:
        return
    if not state.current_credentials(service).anonymous or generation.asks_user_anonymously:
        state.step = f"GET {endpoints.USER}"
        url = f"{service.base_url}{endpoints.USER}{generation.user_query}"
        request = Request(method="GET", url=url, headers=rest_headers(service, state))
        response = yield from fetch(service, state, request)
        decode(endpoints.User, response, state.step)
    state.caller.verified = True


def open_conversation(service: ServiceAccess, state: ChatState) -> Steps[None]:
    """Open a conversation, and a temporary session where anonymous callers need one, unless they are open."""
    generation = service.generation
    if state.conversation_id is None:
        body = generation.opening_body
        if generation.opening is Opening.CONVERSATIONS:
            path, url = endpoints.CONVERSATIONS, service.conversation_url
            opened = yield from _post(service, state, path, endpoints.NewConversation, body, url)
            state.conversation_id = opened.id
        else:
            started = yield from _post(service, state, endpoints.START, endpoints.Started, body)
            state.conversation_id = started.current_conversation_id
    if (
        generation.anonymous_session
        and state.current_credentials(service).anonymous
        and state.caller.session_key is None
    ):
        session = yield from _post(service, state, endpoints.TEMPORARY_SESSION, endpoints.TemporarySession, b"{}")
        state.caller.session_key = state.caller.session_key or session.session_key  # another turn may have been first


def _post(
    service: ServiceAccess, state: ChatState, path: str, kind: type[Any], body: bytes, url: str | None = None
) -> Steps[Any]:
    """Post JSON, and decode the response as a value of a type."""
    state.step = f"POST {path}"
    url = url or service.base_url + path
    request = Request(method="POST", url=url, headers=rest_headers(service, state, *_JSON), body=body)
    response = yield from fetch(service, state, request)
    return decode(kind, response, state.step)


def upload(service: ServiceAccess, state: ChatState, message: UserMessage) -> Steps[Any]:
    """Upload the media. Returns the content parts of the message, media before text (docs/protocol.md §4.3)."""
    parts: list[ContentPart] = []
    for medium in message.media:
        if isinstance(medium, Link):
            parts.append(ImagePart(url=medium.url))
        else:
            parts.append((yield from with_refresh(service, state, partial(_upload_one, service, state, medium))))
    if message.text or not parts:
        parts.append(TextPart(text=message.text))
    return tuple(parts)


def _upload_one(service: ServiceAccess, state: ChatState, medium: Upload) -> Steps[ContentPart]:
    state.step = f"POST {endpoints.ATTACHMENTS}"
    url = f"{service.base_url}{endpoints.ATTACHMENTS}"
    if medium.is_image:
        headers = rest_headers(service, state, ("content-type", medium.content_type))
        body = medium.data
    elif service.generation.documents:
        boundary = _boundary(medium.data)
        headers = rest_headers(service, state, ("content-type", f"multipart/form-data; boundary={boundary}"))
        body = _multipart(medium, boundary)
    else:
        raise UsageError(
            f"Generation {service.generation.name} accepts images only, not {medium.content_type}",
            step="media",
            hint="Pass a PNG, JPEG, GIF or WebP, or use generation 2026.",
        )
    response = yield from fetch(service, state, Request(method="POST", url=url, headers=headers, body=body))
    attached = decode(endpoints.Attachment, response, state.step)
    if medium.is_image and attached.url:
        return ImagePart(url=attached.url)
    if attached.id:
        return DocumentPart(attachment_id=attached.id)
    raise ResponseError("The response to the upload of an attachment has neither a `url` nor an `id`", step=state.step)


def _boundary(data: bytes) -> str:
    """A boundary as browsers write it.

    It is made of the content: the same upload is sent as the same bytes, and no document can hold its own boundary.
    """
    return f"----WebKitFormBoundary{b64encode(sha256(data).digest(), b'AB').decode()[:16]}"


def _multipart(medium: Upload, boundary: str) -> bytes:
    name = medium.name.translate(_ESCAPED)
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: {medium.content_type}\r\n\r\n"
    )
    return head.encode() + medium.data + f"\r\n--{boundary}--\r\n".encode()


def open_socket(service: ServiceAccess, state: ChatState) -> Steps[None]:
    """Open a socket that is ready for a message, unless the one of the last turn is still open."""
    if state.socket_open and (yield from _still_alive(state)):
        return
    generation = service.generation
    state.step = f"GET {endpoints.CHAT} (upgrade)"
    state.turn.reset()
    upgraded = yield from with_retries(service, state, partial(_upgrade, service, state), OF_UPGRADES)
    _check_upgrade(upgraded, state.step)
    state.request_id = request_id(upgraded)
    state.socket_open = True
    if generation.connected:
        yield from _await_connected(state)
    state.step = "send"
    yield SendText(generation.set_options)
    if generation.reports_consents:
        yield SendText(encode_command(commands.ReportLocalConsents()))


def _upgrade(service: ServiceAccess, state: ChatState) -> Steps[Headers]:
    headers: Headers = yield OpenSocket(_socket_url(service, state), (("origin", page_origin(service.base_url)),))
    return headers


def _check_upgrade(headers: Headers, step: str) -> None:
    """Check that the service agrees to nothing that the client did not offer (RFC 6455 §4.1).

    Raises:
        ResponseError: It names an extension or a subprotocol.
    """
    for name in ("sec-websocket-extensions", "sec-websocket-protocol"):
        if header(headers, name):
            what = f"The service answers the upgrade with the header {name}, which the client did not offer"
            raise attach(ResponseError(what, step=step), Response(status=101, headers=headers))


def _socket_url(service: ServiceAccess, state: ChatState) -> str:
    generation = service.generation
    credentials = state.current_credentials(service)
    return endpoints.add_query(
        service.websocket_url,
        {
            "accessToken": credentials.token if generation.token_in_url else None,
            "X-UserIdentityType": credentials.identity_type,
            "clientSessionId": service.client_session_id if generation.client_session_id else None,
            "temporarySessionKey": state.caller.session_key,
        },
    )


def pong(ping: PingEvent) -> SendText:
    """The effect that answers a JSON ping of the service."""
    return SendText(encode_command(commands.PongCommand(id=ping.id)))


def _await_connected(state: ChatState) -> Steps[None]:
    """Wait for the service's first ``connected`` event, at most `CONNECTED_WAIT` seconds; then go on without it."""
    state.step = "wait for connected"
    raw = yield Receive(CONNECTED_WAIT)
    if raw is not None:
        if not is_utf8(raw):
            yield from reject_message()
        event = decode_event(raw)
        state.pending.append(event)
        if isinstance(event, Connected):
            state.request_id = event.request_id or state.request_id


def _still_alive(state: ChatState) -> Steps[bool]:
    """Whether the socket of the last turn can carry this one.

    Drops the messages that came meanwhile, but answers the service's pings, and notices its end. A socket that holds
    more than `_MOST_LEFT_OVER` messages is replaced, so that a service that never stops sending cannot hold up a turn.
    """
    state.step = "reuse the socket"
    try:
        for _ in range(_MOST_LEFT_OVER):
            raw: bytes | None = yield Receive(0.0)
            if raw is None:
                return True
            if not is_utf8(raw):
                yield CLOSE_NOT_UTF8
                break
            with suppress(MalformedEventError):
                event = decode_event(raw)
                if isinstance(event, PingEvent):
                    yield pong(event)
    except (SocketEndedError, ProtocolError, TooLargeError):
        pass
    state.socket_open = False
    return False


def absolute(service: ServiceAccess, url: str) -> str:
    """Make a URL of the service absolute; those of 2026 are relative to the site. Other texts stay as they are."""
    try:
        return urljoin(f"{service.base_url}/", url)
    except ValueError:
        return url
