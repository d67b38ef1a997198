"""The forms of a request's target (RFC 9112 §3.2), and its spelling."""

from __future__ import annotations

from typing import Final

_LAST_OF_ASCII: Final = 0x7F


def authority_of(target: str) -> str | None:
    """Scheme and authority of a target in absolute form; None of other forms (``/..``, ``*``, ``host:port``)."""
    scheme, mark, rest = target.partition("://")
    if not mark or not scheme.isalnum():
        return None
    cut = min((place for place in map(rest.find, "/?") if place >= 0), default=len(rest))
    return scheme + mark + rest[:cut]


def origin_form(target: str) -> str:
    """Path and query of a target in absolute form; other forms as they are."""
    authority = authority_of(target)
    if authority is None:
        return target
    rest = target[len(authority) :]
    return rest if rest.startswith("/") else f"/{rest}"


def with_encoded_target(head: bytes) -> bytes:
    """The head of a request, its target's bytes beyond ASCII percent-encoded (RFC 3986 §2.1).

    curl and others send such bytes as they are, which most services take, and which h11 rejects.
    """
    line, end, rest = head.partition(b"\n")
    method, space, remainder = line.partition(b" ")
    target, blank, version = remainder.rpartition(b" ")
    if not end or target.isascii():
        return head
    encoded = b"".join(b"%%%02X" % each if each > _LAST_OF_ASCII else bytes((each,)) for each in target)
    return method + space + encoded + blank + version + end + rest
