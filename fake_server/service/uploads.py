"""``POST /c/api/attachments``: images as raw bodies, documents as multipart (docs/protocol.md §3.3)."""

from __future__ import annotations

from typing import Final

from fake_server.scenarios.asked import Seen
from fake_server.service.grounds import holds, turn_away
from fake_server.service.memory import Attachment
from fake_server.service.multipart import MultipartError, find_file
from fake_server.service.naming import date_of
from fake_server.service.refusals import reply
from fake_server.service.routing import Visit
from fake_server.service.service import Service
from fake_server.stage import Response
from provider.wire.commands import DocumentPart, FilePart, ImagePart

_PREFIX: Final = "/attachments/"
_FIELD: Final = "file"
"""The name of the part that is the document."""
_TEXT: Final = "text/plain"
_SAFE_TYPE: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789/.+-")


def attach(visit: Visit) -> Response:
    """``POST /c/api/attachments``: what it is, the header says; no source saw the service look into the bytes."""
    service, request = visit.service, visit.request
    if not visit.caller.bearer and holds("no-bearer", service.config):
        return turn_away("no-bearer")
    if len(request.body) > service.config.max_upload_bytes:
        return turn_away("too-large")
    content_type = _essence(request.header("content-type") or "")
    if content_type == "multipart/form-data" and service.generation.documents:
        return _attach_document(visit)
    if content_type in service.dialect.image_types:
        attachment = _keep(visit, content_type)
        base = request.origin if service.dialect.absolute_urls else ""
        return _reply(service, attachment, f"{base}{_PREFIX}{attachment.name}")
    if content_type == _TEXT and service.dialect.text_attachments:
        return _reply(service, _keep(visit, content_type), None)
    return turn_away("content-type")


def _essence(content_type: str) -> str:
    """The type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def _keep(visit: Visit, content_type: str) -> Attachment:
    return visit.service.memory.attach(visit.caller.key, content_type, visit.request.body)


def _reply(service: Service, attachment: Attachment, url: str | None) -> Response:
    expires = date_of(service.dialect.start, attachment.expires)
    return reply({"id": attachment.id, "url": url, "expiresAt": expires})


def _attach_document(visit: Visit) -> Response:
    service, request = visit.service, visit.request
    try:
        file = find_file(request.header("content-type") or "", request.body, _FIELD)
    except MultipartError as error:
        return turn_away("document", message=str(error))
    content_type = _essence(file.content_type)
    if not content_type or not _SAFE_TYPE.issuperset(content_type):
        return turn_away("content-type")
    return reply({"id": service.memory.attach(visit.caller.key, content_type, file.body, file.name).id})


def seen(service: Service, part: ImagePart | DocumentPart | FilePart) -> Seen:
    """What a content part shows of an upload; of anything else, its address."""
    if isinstance(part, DocumentPart):
        found: Attachment | None = service.memory.attachment(part.attachment_id)
        address = part.attachment_id
    else:
        address = part.url or (part.name if isinstance(part, FilePart) else None) or ""
        _, prefix, name = address.rpartition(_PREFIX)
        found = service.memory.attachment(name.partition(".")[0]) if prefix else None
    if found is None:
        return Seen(name=address)
    return Seen(name=found.name, content_type=found.content_type, size=len(found.body))
