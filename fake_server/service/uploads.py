"""``POST /c/api/attachments``: images as raw bodies, documents as multipart (docs/protocol.md §3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from fake_server.scenarios.registry import Seen
from fake_server.service.deterministic import date_of
from fake_server.service.refusals import reply
from fake_server.service.routing import Visit
from fake_server.service.rules import holds, turn_away
from fake_server.service.service import Service
from fake_server.service.store import Attachment
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


_PARAMETER: Final = re.compile(r';\s*([^\s=;"]{1,100})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))')
_ESCAPED: Final = re.compile(r'\\(["\\])')
_DELIMITER_END: Final = re.compile(rb"(--)?[ \t]*(?=\r\n|\Z)")
_LONGEST_BOUNDARY: Final = 200
_MOST_PARTS: Final = 100
_LONGEST_HEAD: Final = 16 * 1024
_LONGEST_NAME: Final = 255


class MultipartError(ValueError):
    """The body has no such part, or is no such body."""


@dataclass(frozen=True, slots=True)
class File:
    """One uploaded file.

    Attributes:
        name: Without folders; empty if none was given.
        content_type: As sent; ``text/plain`` if none was given (RFC 7578 §4.4).
        body: Byte for byte.
    """

    name: str
    content_type: str
    body: bytes = field(repr=False)


def find_file(content_type: str, body: bytes, field_name: str) -> File:
    """The first part of that name.

    Raises:
        MultipartError: There is none, or the body ends before its last boundary, has more than 100 parts, or a part
            with a head of more than 16 KB.
    """
    boundary = _parameters(content_type).get("boundary", "")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY:
        raise MultipartError("the content type names no boundary")
    for head, content in _parts(body, b"--" + boundary.encode("latin-1", "replace")):
        headers = _headers(head)
        named = _parameters(headers.get("content-disposition", ""))
        if named.get("name") == field_name:
            return File(_file_name(named), headers.get("content-type", "text/plain"), content)
    raise MultipartError(f"the body has no part called {field_name}")


def _parts(body: bytes, delimiter: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Head and content of each part."""
    begin: int | None = None
    count = 0
    for start, end, is_last in _delimiters(body, delimiter):
        if begin is not None:
            count += 1
            if count > _MOST_PARTS:
                raise MultipartError(f"the body has more than {_MOST_PARTS} parts")
            blank = body.find(b"\r\n\r\n", begin, start)
            if blank - begin > _LONGEST_HEAD:
                raise MultipartError("the head of a part is too long")
            if blank >= 0:
                yield body[begin:blank], body[blank + 4 : start]
        if is_last:
            return
        begin = end
    if begin is not None:
        raise MultipartError("the body ends before its last boundary")


def _delimiters(body: bytes, delimiter: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where each delimiter line begins (its CRLF included) and ends (its CRLF not), and whether it is the last."""
    at = 0
    while (found := body.find(delimiter, at)) >= 0:
        at = found + len(delimiter)
        begins_line = found == 0 or body[max(found - 2, 0) : found] == b"\r\n"
        ending = _DELIMITER_END.match(body, at) if begins_line else None
        if ending is not None:
            at = ending.end()
            yield max(found - 2, 0), at, ending[1] is not None


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("utf-8", "replace").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, colon, value in pairs if colon}


def _parameters(value: str) -> dict[str, str]:
    """The parameters of a header's value, names in lower case; of repeated ones the first."""
    found: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(value[:_LONGEST_HEAD]):
        found.setdefault(name.lower(), _ESCAPED.sub(r"\1", quoted) or plain)
    return found


def _file_name(parameters: dict[str, str]) -> str:
    """The file's name. Not in RFC 7578, but sent all the same: ``filename*`` (RFC 8187)."""
    charset, quote, encoded = parameters.get("filename*", "").partition("''")
    is_utf8 = quote and charset.lower() == "utf-8"
    name = unquote(encoded, errors="replace") if is_utf8 else parameters.get("filename", "")
    return name.replace("\\", "/").rpartition("/")[2][:_LONGEST_NAME]
