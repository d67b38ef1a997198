"""`named_ids`: ids that a client makes up, in texts whose protocol says where they stand, whatever they look like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_STANZA_ID: Final = re.compile(
    r"<(?:iq|message|presence)\s[^<>]{0,500}\bid=([\"'])(?P<id>[\w-]{8,64})\1"
    r"|<body\s[^<>]{0,500}\brid=([\"'])(?P<rid>\d{8,16})\3"
)
"""Ids of XMPP's stanzas, and the numbers of BOSH requests, counted from a random one (XEP-0124, section 14)."""
_SIP: Final = re.compile(r"(?:[A-Z]{3,12} sips?:\S{1,200} )?SIP/2\.0\b")
_SIP_ID: Final = re.compile(
    r";branch=(?P<branch>z9hG4bK[\w.-]+)|;tag=(?P<tag>[\w.-]{6,64})|\nCall-ID: (?P<call>[\w.-]{6,64})"
    r"|\nVia: SIP/2\.0/WSS? (?P<host>[\w-]{6,64})\.invalid|\nCSeq: (?P<number>\d{1,10}) "
)
"""Ids that a client makes up for each message or dialog (RFC 3261, §8.1.1 and §19.3; RFC 7118 for ``.invalid``)."""
_SDP: Final = re.compile(r"v=0\r?\no=|(?:a=)?candidate:")
_SDP_ID: Final = re.compile(
    r"^o=\S{1,64} (?P<session>\d{1,20}) (?P<version>\d{1,20}) "
    r"|^(?:a=)?candidate:(?P<foundation>[\w+/]{1,32}) \d{1,5} \w{1,8} (?P<priority>\d{1,10}) "
    r"\S{1,128} (?P<port>\d{1,5}) "
    r"| (?:rport|ufrag) (?P<extension>[\w+/]{1,256})"
    r"|^a=ice-(?:ufrag|pwd):(?P<credential>[\w+/]{4,256})"
    r"|^a=ssrc:(?P<source>\d{1,10})|^a=ssrc-group:\w{1,16} (?P<first>\d{1,10}) (?P<second>\d{1,10})"
    r"|\b(?:cname|msid):\{?(?P<name>[\w+/-]{1,64})|^a=msid-semantic: ?WMS (?P<stream>[\w+/-]{1,64})",
    re.MULTILINE,
)
"""What a peer of WebRTC makes up for each session (RFC 8866 §5.2, RFC 8839 §5, RFC 5576 §4.1, RFC 8830)."""
_FINGERPRINT: Final = re.compile(r"^a=fingerprint:[\w-]{1,16} ((?:[0-9A-Fa-f]{2}:){15,63}[0-9A-Fa-f]{2})", re.MULTILINE)
"""The digest of the certificate that a peer makes for each session (RFC 8122 §5)."""
_MOST_SDP: Final = 256 * 1024


_REPR_ID: Final = re.compile(r" at (?P<address>0x[0-9A-Fa-f]{8,16})>")
"""Where an object lies in memory, as Python's ``repr`` writes it: ``<Loader object at 0x7f09b8b33190>``. Such a number
alone may be a call's data of Ethereum."""

_MIME: Final = re.compile(r"[A-Z][\w-]{1,40}: ")
_MIME_ID: Final = re.compile(r"^(?:Message|Content)-ID: <([^<>@\s]{6,200})", re.IGNORECASE | re.MULTILINE)
_MIME_BOUNDARY: Final = re.compile(r"\bboundary=(?:\"([^\"\r\n]{8,70})\"|([^\s;\"]{8,70}))", re.IGNORECASE)
_MIME_RUN: Final = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_MOST_MIME: Final = 256 * 1024


def named_ids(text: str) -> list[tuple[int, int, str]]:
    """Start, end and text of the ids that a protocol's own syntax names.

    These are the ids of XMPP's stanzas, which the reply repeats, SIP's ids, those of SDP and of ICE candidates, the
    ids and boundaries of an e-mail, and the addresses that Python's objects have in memory.
    """
    if _SIP.match(text):
        return _groups(_SIP_ID, text)
    if _SDP.match(text) and len(text) <= _MOST_SDP:
        return sorted([*_groups(_SDP_ID, text), *_bytes_of_fingerprints(text)])
    if is_mime(text):
        return list(_mime_ids(text))
    if "<" not in text:
        return []
    return _groups(_REPR_ID if " at 0x" in text else _STANZA_ID, text)


def _groups(looks: re.Pattern[str], text: str) -> list[tuple[int, int, str]]:
    found = looks.finditer(text)
    return [(*each.span(name), value) for each in found for name, value in each.groupdict().items() if value]


def _bytes_of_fingerprints(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _FINGERPRINT.finditer(text):
        for at in range(found.start(1), found.end(1), 3):
            yield at, at + 2, text[at : at + 2]


def is_mime(text: str) -> bool:
    """Whether a text is a message of MIME, such as an e-mail: header lines that name an id or a boundary."""
    return _MIME.match(text) is not None and ("\nMIME-Version: " in text or _MIME_ID.search(text) is not None)


def _mime_ids(text: str) -> Iterator[tuple[int, int, str]]:
    """What a mail program makes up for each message: its ids, and the boundaries of its parts (RFC 5322, RFC 2046)."""
    if len(text) > _MOST_MIME:
        return
    places = [found.span(1) for found in _MIME_ID.finditer(text)]
    for boundary in {found[1] or found[2] for found in _MIME_BOUNDARY.finditer(text)}:
        places += [found.span() for found in re.finditer(re.escape(boundary), text)]
    places.sort()
    at = 0
    for run in _MIME_RUN.finditer(text):
        while at < len(places) and places[at][1] <= run.start():
            at += 1
        if at < len(places) and places[at][0] < run.end():
            yield run.start(), run.end(), run[0]
