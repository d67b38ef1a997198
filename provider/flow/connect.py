"""Everything before a turn: greeting the service, opening a conversation, uploading, opening the socket."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, Final
from urllib.parse import urljoin

from provider.effects import Call, Effect, OpenSocket, Receive, Send
from provider.flow.error_mapping import check
from provider.flow.reauthenticate import renewing
from provider.flow.state import CONNECTED_WAIT, ChatState, Message, Service
from provider.media import Link, Upload
from provider.transport.errors import SocketEndedError
from provider.transport.types import Response
from provider.websocket import Headers
from provider.wire import commands, endpoints
from provider.wire.commands import ContentPart, DocumentPart, ImagePart, TextPart, encode_command
from provider.wire.errors import ResponseError, UsageError
from provider.wire.events import decode_event
from provider.wire.generations import Opening

Step = Generator[Effect, Any, Any]

_BOUNDARY: Final = "wiretape-7MA4YWxkTrZu0gW"
_JSON: Final = (("content-type", "application/json"),)


def rest_headers(service: Service, state: ChatState, *more: tuple[str, str]) -> Headers:
    """Headers of every REST call: who calls, and where from."""
    origin = endpoints.origin_of(service.base_url)
    headers: list[tuple[str, str]] = [("origin", origin), ("referer", f"{origin}/")]
    credentials = state.caller(service)
    if credentials.token is not None:
        headers.append(("authorization", f"Bearer {credentials.token}"))
    if credentials.identity_type is not None:
        headers.append((endpoints.IDENTITY_HEADER, credentials.identity_type))
    if state.session_key is not None:
        headers.append((endpoints.SESSION_KEY_HEADER, state.session_key))
    return (*headers, *more)


def greet(service: Service, state: ChatState) -> Step:
    """Show the credentials to the service once, so that bad ones are known before anything is sent."""
    generation = service.generation
    if state.greeted:
        return
    if not state.caller(service).anonymous or generation.asks_user_anonymously:
        state.step = f"GET {endpoints.USER}"
        url = f"{service.base_url}{endpoints.USER}{generation.user_query}"
        response: Response = yield Call("GET", url, rest_headers(service, state))
        endpoints.decode_answer(endpoints.User, check(response, state.step).body, state.step)
    state.greeted = True


def open_conversation(service: Service, state: ChatState) -> Step:
    """Have a conversation's id, and a temporary session where anonymous callers need one."""
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
    if generation.anonymous_session and state.caller(service).anonymous and state.session_key is None:
        session = yield from _post(service, state, endpoints.TEMPORARY_SESSION, endpoints.TemporarySession, b"{}")
        state.session_key = session.session_key


def _post(  # what a call is made of
    service: Service, state: ChatState, path: str, kind: type[Any], body: bytes, url: str | None = None
) -> Step:
    """Post JSON, and read the answer as that kind of value."""
    state.step = f"POST {path}"
    call = Call("POST", url or service.base_url + path, rest_headers(service, state, *_JSON), body)
    response: Response = yield call
    return endpoints.decode_answer(kind, check(response, state.step).body, state.step)


def upload(service: Service, state: ChatState, message: Message) -> Step:
    """Upload the media; returns the content parts of the message, media before text (docs/protocol.md §4.3)."""
    parts: list[ContentPart] = []
    for medium in message.media:
        if isinstance(medium, Link):
            parts.append(ImagePart(url=medium.url))
        else:
            parts.append((yield from renewing(service, state, partial(_upload_one, service, state, medium))))
    if message.text or not parts:
        parts.append(TextPart(text=message.text))
    return tuple(parts)


def _upload_one(service: Service, state: ChatState, medium: Upload) -> Step:
    state.step = f"POST {endpoints.ATTACHMENTS}"
    url = f"{service.base_url}{endpoints.ATTACHMENTS}"
    if medium.is_image:
        headers = rest_headers(service, state, ("content-type", medium.content_type))
        response = yield Call("POST", url, headers, medium.data)
    elif service.generation.documents:
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        response = yield Call("POST", url, rest_headers(service, state, ("content-type", kind)), _multipart(medium))
    else:
        raise UsageError(
            f"Generation {service.generation.name} takes images only, not {medium.content_type}",
            step="media",
            hint="Pass a PNG, JPEG, GIF or WebP, or use generation 2026.",
        )
    attached = endpoints.decode_answer(endpoints.Attachment, check(response, state.step).body, state.step)
    if medium.is_image and attached.url:
        return ImagePart(url=attached.url)
    if attached.id:
        return DocumentPart(attachment_id=attached.id)
    raise ResponseError("The answer names neither a url nor an id", step=state.step)


def _multipart(medium: Upload) -> bytes:
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{medium.name}"\r\n'
        f"Content-Type: {medium.content_type}\r\n\r\n"
    )
    return head.encode() + medium.data + f"\r\n--{_BOUNDARY}--\r\n".encode()


def open_socket(service: Service, state: ChatState) -> Step:
    """Have an open socket that is ready for a message: a kept one if it is still alive, else a new one."""
    if state.socket_open and (yield from _still_alive(state)):
        return
    generation = service.generation
    credentials = state.caller(service)
    state.step = f"GET {endpoints.CHAT} (upgrade)"
    state.turn.reset()
    url = endpoints.add_query(
        service.websocket_url,
        {
            "accessToken": credentials.token if generation.token_in_url else None,
            "X-UserIdentityType": credentials.identity_type,
            "clientSessionId": service.client_session_id if generation.client_session_id else None,
            "temporarySessionKey": state.session_key,
        },
    )
    yield OpenSocket(url, (("origin", endpoints.origin_of(service.base_url)),))
    state.socket_open = True
    if generation.connected:
        yield from _await_connected(state)
    state.step = "send"
    yield Send(generation.set_options)
    if generation.reports_consents:
        yield Send(encode_command(commands.ReportLocalConsents()))


def _await_connected(state: ChatState) -> Step:
    """Wait for the first ``connected``; a service that never sends one is spoken to all the same."""
    state.step = "wait for connected"
    raw = yield Receive(CONNECTED_WAIT)
    if raw is not None:
        state.pending.append(decode_event(raw))


def _still_alive(state: ChatState) -> Step:
    """Whether a kept socket can be used: what came in meanwhile is read, and a close noticed."""
    state.step = "reuse the socket"
    try:
        while (yield Receive(0.0)) is not None:
            pass
    except SocketEndedError:
        state.socket_open = False
    return state.socket_open


def absolute(service: Service, url: str) -> str:
    """A URL of the service, made absolute if it is site-relative (2026)."""
    return urljoin(f"{service.base_url}/", url)
