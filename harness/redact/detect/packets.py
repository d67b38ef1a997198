"""Secrets in packets of protocols that use a socket as a stream, at the places that the protocol has for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.framing.mqtt import stream_packets
from harness.framing.stomp import frames_of
from harness.framing.ysync import token_of
from harness.redact.detect.generic_names import NameRule
from harness.redact.detect.hits import Hit, Lookup, ruled
from harness.redact.detect.strength import is_strong

MQTT_SIGNS: Final = (b"MQTT", b"MQIsdp")
_PASSWORD: Final = NameRule("password", "token", None, "the password of MQTT's CONNECT")
_USER: Final = NameRule("username", "token", is_strong, "the user of an MQTT CONNECT without a password")
_PROOF: Final = NameRule("authentication-data", "token", None, "MQTT's authentication data")
_RULES: Final = {"password": _PASSWORD, "username": _USER, "authentication_data": _PROOF}


HOCUSPOCUS_SIGNS: Final = (b"\2\0",)
_TOKEN: Final = NameRule("token", "token", is_strong, "the token that Hocuspocus authenticates with")


def hocuspocus_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """Yield the token in an authentication message of Hocuspocus, where no name stands before it."""
    span = token_of(data)
    if span is not None:
        yield from ruled(_TOKEN, data, *span)


PLAIN_SIGNS: Final = (b"PLAIN",)
_PLAIN: Final = re.compile(rb"PLAIN(?:\xa0(.)|\xb0(.{4})|(\0.{3}))", re.DOTALL)
"""The mechanism, and the length of what follows: one byte or four behind a type in AMQP 1.0, four in AMQP 0-9-1."""
_PLAIN_PASSWORD: Final = NameRule("password", "token", None, "the password of SASL PLAIN")


def plain_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """Yield the password that SASL's PLAIN (RFC 4616) sends behind a NUL, as AMQP's clients do."""
    for found in _PLAIN.finditer(data):
        size = int.from_bytes(found[1] or found[2] or found[3], "big")
        content = data[found.end() : found.end() + size]
        password = content.rpartition(b"\0")[2]
        if password and len(content) == size and content.count(b"\0") == 2:
            end = found.end() + size
            yield from ruled(_PLAIN_PASSWORD, data, end - len(password), end)


RESP_SIGNS: Final = (b"$4\r\n",)
_RESP_AUTH: Final = re.compile(
    rb"(?P<alone>\*2\r\n)?\$4\r\nAUTH\r\n\$\d{1,6}\r\n(?P<one>[^\r\n]{1,4096})\r\n"
    rb"(?:\$\d{1,6}\r\n(?P<two>[^\r\n]{1,4096})\r\n)?",
    re.IGNORECASE,
)
_RESP_PASSWORD: Final = NameRule("password", "token", None, "the password of Redis' AUTH or HELLO")


def resp_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """Yield the password in Redis' commands ``AUTH [user] password`` and ``HELLO 3 AUTH user password``."""
    for found in _RESP_AUTH.finditer(data):
        name = "one" if found["alone"] or found["two"] is None else "two"
        yield from ruled(_RESP_PASSWORD, data, *found.span(name))


STOMP_SIGNS: Final = (b"CONNECT\n", b"CONNECT\r\n", b"STOMP\n", b"STOMP\r\n")
_STOMP_RULES: Final = {
    "passcode": NameRule("passcode", "token", None, "the passcode of STOMP's CONNECT"),
    "login": NameRule("login", "token", is_strong, "the login of STOMP's CONNECT"),
}


def stomp_hits(data: bytes, _: Lookup) -> Iterator[Hit]:
    """Yield the login and passcode of STOMP's CONNECT; a login such as ``guest`` is not secret."""
    for frame in frames_of(data):
        for field in frame.fields:
            if field.is_secret and field.end > field.start:
                yield from ruled(_STOMP_RULES[field.name], data, field.start, field.end)


def mqtt_hits(data: bytes, lookup: Lookup) -> Iterator[Hit]:
    """Yield the credentials in an MQTT stream that begins with CONNECT, and user properties with secret names."""
    for packet in stream_packets(data):
        for field in packet.fields:
            rule = _RULES.get(field.name) if field.is_secret else lookup.find(field.name.encode())
            if rule is not None and isinstance(field.value, str) and field.end > field.start:
                yield from ruled(rule, data, field.start, field.end)
