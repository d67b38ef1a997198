"""The password of an MQTT client that writes its CONNECT in several messages, as MQTT.js does."""

import struct

import pytest

from harness.cassette.store import load
from tests.support.journals import read_journal

PASSWORD = "correct-horse-battery"
"""No form gives it away."""


def field(text):
    return struct.pack("!H", len(text)) + text.encode()


BODY = field("MQTT") + bytes([4, 0xC2, 0, 60]) + field("client-1") + field("user")
PARTS = {
    "one": [b"\x10" + bytes([len(BODY) + 23]) + BODY + field(PASSWORD)],
    "each field": [b"\x10", bytes([len(BODY) + 23]), BODY[:6], BODY[6:], b"\x00\x15", PASSWORD.encode()],
    "two packets at once": [b"\x10" + bytes([len(BODY) + 23]) + BODY, field(PASSWORD) + b"\xc0\x00"],
}


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_the_password_is_neither_in_the_journal_nor_in_the_cassette(record, parts):
    recording = record()
    track = recording.begin("GET", "/mqtt", (("sec-websocket-protocol", "mqtt"),), at=1.0, upgrade=True)
    track.respond(101, (("sec-websocket-protocol", "mqtt"),), at=1.1)
    for part in parts:
        track.message(">", "binary", part, at=1.2)
    journal = b"".join(each.data for each in read_journal(recording.journal.path).records if hasattr(each, "kind"))
    track.socket_end(">", "eof", at=1.3)
    recording.finish()
    sent = b"".join(line.data for line in load(recording.path).exchanges[0].messages)
    for where in (journal, sent):
        assert BODY in where
        assert PASSWORD.encode() not in where
        assert len(where) == sum(map(len, parts))


def test_messages_that_only_begin_like_it_stay_as_they_are(record):
    recording = record()
    track = recording.begin("GET", "/bytes", (), at=1.0, upgrade=True)
    track.respond(101, (), at=1.1)
    pictures = [b"\x10", b"\xff\xff\xff\x7f" + bytes(70_000), b"\x10\x00\x01", b"the end"]
    for part in pictures:
        track.message(">", "binary", part, at=1.2)
    track.socket_end(">", "eof", at=1.3)
    recording.finish()
    assert [line.data for line in load(recording.path).exchanges[0].messages if line.kind == "binary"] == pictures
