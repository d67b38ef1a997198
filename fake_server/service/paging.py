"""Lists in pages: ``results``, and a ``next`` that points to the rest (docs/protocol.md §3.1, §3.4).

That ``next`` is there is seen; that it is handed back as a query value of that name, or as ``cursor``, is inferred.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final

from provider.wire.endpoints import query_values

_QUERY: Final = ("next", "cursor")
_MARK: Final = b"after:"


class PageError(ValueError):
    """No list ever pointed to such a page."""


def page_of(items: Sequence[dict[str, Any]], target: str, size: int) -> dict[str, Any]:
    """The page that a request target asks for, at most ``size`` items; each has an ``id`` of its own.

    After an item that is gone by now comes nothing.

    Raises:
        PageError: It asks for a page by what is no pointer to one.
    """
    query = query_values(target)
    pointer = next((query[name] for name in _QUERY if query.get(name)), None)
    begin = 0 if pointer is None else _place_after(items, _read(pointer))
    results = items[begin : begin + size]
    is_last = begin + size >= len(items)
    return {"results": results, "next": None if is_last else _write(results[-1]["id"])}


def _place_after(items: Sequence[dict[str, Any]], item_id: str) -> int:
    return next((number + 1 for number, item in enumerate(items) if item["id"] == item_id), len(items))


def _write(item_id: str) -> str:
    return base64.urlsafe_b64encode(_MARK + item_id.encode()).rstrip(b"=").decode()


def _read(pointer: str) -> str:
    try:
        raw = base64.b64decode(pointer + "=" * (-len(pointer) % 4), altchars=b"-_", validate=True)
        text = raw.removeprefix(_MARK).decode()
    except (ValueError, binascii.Error) as error:
        raise PageError("no such page") from error
    if not raw.startswith(_MARK):
        raise PageError("no such page")
    return text
