"""Files to look at: uploads, and generated images (docs/protocol.md §3.3, §3.9)."""

from __future__ import annotations

from typing import Final

from fake_server.service.grounds import turn_away
from fake_server.service.images import draw_png, image_type
from fake_server.service.naming import is_image_id
from fake_server.service.routing import Visit
from fake_server.stage import Response
from provider.wire.endpoints import query_values

_FULL_WIDTH: Final = 64
_MOST_WIDTH: Final = 512


def show_attachment(visit: Visit) -> Response:
    """``GET /attachments/{id}.png``: an upload, until it expires."""
    found = visit.service.memory.attachment(visit.detail)
    if found is None:
        return turn_away("unknown")
    # Whatever was uploaded is shown as a file, never as a page of this server's.
    headers = (("content-type", found.content_type), ("x-content-type-options", "nosniff"))
    return Response(headers=(*headers, ("content-security-policy", "sandbox")), body=found.body)


def show_image(visit: Visit) -> Response:
    """``GET /th/id/BCO.{uuid}.png``: a generated image, at the width ``w``; no cookie is needed."""
    service, image_id = visit.service, visit.detail
    if not is_image_id(service.config.seed, image_id):
        return turn_away("unknown")
    brought = service.memory.picture(image_id)
    if brought is not None:
        return Response(headers=(("content-type", image_type(brought)),), body=brought)
    asked = query_values(visit.request.target).get("w", "")
    width = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else _FULL_WIDTH
    body = draw_png(image_id, min(max(width, 1), _MOST_WIDTH))
    return Response(headers=(("content-type", "image/png"),), body=body)
