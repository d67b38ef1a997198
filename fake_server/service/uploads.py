"""``POST /c/api/attachments``: images as raw bodies, documents as multipart (docs/protocol.md §3.3)."""

from __future__ import annotations

from typing import Final

from fake_server.scenarios.asked import Seen
from fake_server.service.callers import Caller
from fake_server.service.memory import Attachment
from fake_server.service.multipart import MultipartError, find_file
from fake_server.service.naming import date_after
from fake_server.service.refusals import refuse, reply
from fake_server.service.service import Service
from fake_server.stage import Request, Response
from provider.wire.commands import DocumentPart, ImagePart

_UNSUPPORTED: Final = "unsupported-content-type"
_PREFIX: Final = "/attachments/"
_DAY: Final = 86_400
_TEXT: Final = "text/plain"
_SAFE_TYPE: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789/.+-")


def attach(service: Service, request: Request, caller: Caller, _: str) -> Response:
    """The answer to an upload."""
    if service.config.strict and service.generation.anonymous_session and not caller.bearer:
        return refuse(403)
    if len(request.body) > service.config.max_upload_bytes:
        return refuse(413, "too-large")
    whole_type = request.header("content-type") or ""
    content_type = whole_type.partition(";")[0].strip().lower()
    if content_type == "multipart/form-data" and service.generation.documents:
        return _attach_document(service, request, caller, whole_type)
    if content_type in service.dialect.image_types:
        attachment = service.memory.attach(caller.key, content_type, request.body)
        base = request.origin if service.dialect.absolute_urls else ""
        return _reply(service, attachment.id, f"{base}{_PREFIX}{attachment.name}")
    if content_type == _TEXT and service.dialect.text_attachments:
        return _reply(service, service.memory.attach(caller.key, content_type, request.body).id, None)
    return refuse(400, _UNSUPPORTED)


def _reply(service: Service, attachment_id: str, url: str | None) -> Response:
    return reply({"id": attachment_id, "url": url, "expiresAt": date_after(service.dialect.start, _DAY)})


def _attach_document(service: Service, request: Request, caller: Caller, whole_type: str) -> Response:
    try:
        file = find_file(whole_type, request.body, "file")
    except MultipartError as error:
        return reply({"status": 400, "code": "invalid-request", "message": str(error)}, 400)
    content_type = file.content_type.partition(";")[0].strip().lower()
    if not content_type or not _SAFE_TYPE.issuperset(content_type):
        return refuse(400, _UNSUPPORTED)
    return reply({"id": service.memory.attach(caller.key, content_type, file.body, file.name).id})


def seen(service: Service, part: ImagePart | DocumentPart) -> Seen:
    """What a content part shows of an upload; of anything else, its address."""
    if isinstance(part, DocumentPart):
        found: Attachment | None = service.memory.attachment(part.attachment_id)
        address = part.attachment_id
    else:
        _, prefix, name = part.url.rpartition(_PREFIX)
        found = service.memory.attachment(name.partition(".")[0]) if prefix else None
        address = part.url
    if found is None:
        return Seen(name=address)
    return Seen(name=found.name, content_type=found.content_type, size=len(found.body))
