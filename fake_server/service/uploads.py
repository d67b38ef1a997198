"""``POST /c/api/attachments``: images as raw bodies, documents as multipart (docs/protocol.md §3.3)."""

from __future__ import annotations

from typing import Final

from fake_server.scenarios.registry import Seen
from fake_server.service.deterministic import date_of
from fake_server.service.refusals import reject, reply
from fake_server.service.routing import RequestContext
from fake_server.service.rules import REQUEST_RULES
from fake_server.service.service import Service
from fake_server.service.store import StoredAttachment
from fake_server.stage import Response
from provider.wire.commands import DocumentPart, FilePart, ImagePart

_PREFIX: Final = "/attachments/"
_FIELD: Final = "file"
"""Name of the document's part in a multipart body."""
_TEXT: Final = "text/plain"
_SAFE_TYPE: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789/.+-")


def attach(context: RequestContext) -> Response:
    """``POST /c/api/attachments``: the header has the type; no source shows that the service checks the bytes."""
    service, request = context.service, context.request
    if not context.caller.bearer and service.config.enforces(REQUEST_RULES["no-bearer"]):
        return reject("no-bearer")
    if len(request.body) > service.config.max_upload_bytes:
        return reject("too-large")
    content_type = _media_type(request.header("content-type") or "")
    if content_type == "multipart/form-data" and service.generation.documents:
        return _attach_document(context)
    if content_type in service.dialect.image_types:
        attachment = _store(context, content_type)
        base = request.origin if service.dialect.absolute_urls else ""
        return _reply(service, attachment, f"{base}{_PREFIX}{attachment.name}")
    if content_type == _TEXT and service.dialect.text_attachments:
        return _reply(service, _store(context, content_type), None)
    return reject("content-type")


def _media_type(content_type: str) -> str:
    """A content type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def _store(context: RequestContext, content_type: str) -> StoredAttachment:
    return context.service.store.attach(context.caller.key, content_type, context.request.body)


def _reply(service: Service, attachment: StoredAttachment, url: str | None) -> Response:
    expires = date_of(service.dialect.start, attachment.expires)
    return reply({"id": attachment.id, "url": url, "expiresAt": expires})


def _attach_document(context: RequestContext) -> Response:
    # 38 ms of import for a body that few sessions of the fake ever get.
    from fake_server.service.multipart import MultipartError, find_file  # noqa: PLC0415

    service, request = context.service, context.request
    try:
        file = find_file(request.header("content-type") or "", request.body, _FIELD)
    except MultipartError as error:
        return reject("document", message=str(error))
    content_type = _media_type(file.content_type)
    if not content_type or not _SAFE_TYPE.issuperset(content_type):
        return reject("content-type")
    return reply({"id": service.store.attach(context.caller.key, content_type, file.body, file.name).id})


def seen(service: Service, part: ImagePart | DocumentPart | FilePart) -> Seen:
    """The upload of a content part, for scenarios; for an image that was not uploaded to the fake, its URL."""
    if isinstance(part, DocumentPart):
        found: StoredAttachment | None = service.store.attachment(part.attachment_id)
        address = part.attachment_id
    else:
        address = _address_of(part)
        _, prefix, name = address.rpartition(_PREFIX)
        found = service.store.attachment(name.partition(".")[0]) if prefix else None
    if found is None:
        return Seen(name=address)
    return Seen(name=found.name, content_type=found.content_type, size=len(found.body))


def _address_of(part: ImagePart | FilePart) -> str:
    return part.url or (part.name if isinstance(part, FilePart) else None) or ""
