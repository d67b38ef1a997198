"""Credentials in MQTT have no names: their place in the packet is what makes them secret."""

import pytest

from harness.cassette.model import Line
from harness.framing.mqtt import packets_of
from harness.profile import ServiceProfile
from harness.redact.cassettes import redact_across
from harness.redact.engine import Redactor
from tests.support.framing.mqtt import connect, packet, publish, text
from tests.support.framing.stomp import frame

ANY = ServiceProfile(name="any", upstream="https://service.test")
PASSWORD = "q7Zk3vX9pLw2RtY8"


@pytest.mark.parametrize("level", [4, 5])
def test_password_is_replaced_in_its_length_and_wherever_it_occurs(level):
    redactor = Redactor(ANY)
    data = connect("walker", "robin", PASSWORD, level=level)
    clean = redactor.data(data).data
    assert (len(clean), PASSWORD.encode() in clean, b"robin" in clean) == (len(data), False, True)
    assert PASSWORD.encode() not in redactor.data(b"said " + PASSWORD.encode()).data
    assert redactor.labels == ("password",)
    assert Redactor(ANY).data(clean).data == clean


def test_short_password_is_filled():
    clean = Redactor(ANY).data(connect("walker", "robin", "oak")).data
    assert clean == connect("walker", "robin", "---")
    assert Redactor(ANY).data(clean).data == clean


def test_user_is_a_credential_where_there_is_no_password():
    assert PASSWORD.encode() not in Redactor(ANY).data(connect("walker", PASSWORD)).data
    assert b"robin" in Redactor(ANY).data(connect("walker", "robin")).data


def test_authentication_data_and_user_properties_of_version_5():
    data = connect(level=5, properties=b"\x0c\x15\0\1a\x16\0\5proof")
    assert b"proof" not in Redactor(ANY).data(data).data
    pair = b"\x26" + text("api-token") + text(PASSWORD)
    stream = connect(level=5) + publish("t", b"oak", properties=bytes([len(pair)]) + pair)
    assert PASSWORD.encode() not in Redactor(ANY).data(stream).data


@pytest.mark.parametrize("size", [1, 7, 30])
def test_password_of_a_packet_in_many_messages(size):
    data = connect("walker", "robin", PASSWORD) + packet(0xE0)
    lines = tuple(Line(">", at, "binary", data[at : at + size]) for at in range(0, len(data), size))
    clean = redact_across(Redactor(ANY), lines)
    stream = b"".join(line.data for line in clean)
    assert (len(stream), PASSWORD.encode() in stream) == (len(data), False)
    assert [each.kind for each in packets_of(stream)] == ["CONNECT", "DISCONNECT"]


@pytest.mark.parametrize("data", [b"MQTT is a protocol", b"\x10\x09\0\4MQTTx", b"\0\4MQTT\4\2", b"\x10MQTT"])
def test_other_bytes_with_that_name_stay(data):
    assert Redactor(ANY).data(data).data == data


def test_token_of_hocuspocus_is_replaced_in_its_length():
    data = b"\x05glade\2\0\x10" + PASSWORD.encode() + b"\x054.8.0"
    clean = Redactor(ANY).data(data).data
    assert (len(clean), PASSWORD.encode() in clean, clean[:9], clean[25:]) == (len(data), False, data[:9], data[25:])


def _resp(*words: str) -> bytes:
    """A command of Redis, as its clients write it."""
    return "\r\n".join((f"*{len(words)}", *(f"${len(word)}\r\n{word}" for word in words), "")).encode()


@pytest.mark.parametrize(
    "words", [("AUTH", "{}"), ("auth", "default", "{}"), ("HELLO", "3", "AUTH", "default", "{}", "SETNAME", "oak")]
)
def test_password_of_redis_is_redacted_and_nothing_else(words):
    secret = "plainhorse"
    sent = _resp(*(word.format(secret) for word in words))
    clean = Redactor(ANY).data(sent + _resp("SET", "tree", "oak")).data
    assert clean == sent.replace(secret.encode(), b"wiretape-token-1") + _resp("SET", "tree", "oak")


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
def test_passcode_of_stomp_is_replaced_in_its_length_whatever_it_is(eol):
    data = frame("CONNECT", {"login": "guest", "passcode": "oak", "host": "/"}, eol=eol)
    redactor = Redactor(ANY)
    clean = redactor.data(data).data
    assert clean == data.replace(b"oak", b"---")
    assert redactor.labels[0] == "passcode"
    assert Redactor(ANY).data(clean).data == clean


def test_login_of_stomp_that_looks_like_a_token_is_replaced():
    assert PASSWORD.encode() not in Redactor(ANY).data(frame("STOMP", {"login": PASSWORD})).data


def _amqp(form, content):
    """The message in which AMQP's client sends SASL PLAIN, of version 1.0 with short and long lengths, and of 0-9-1."""
    size = len(content)
    return {
        "1.0": b"\0\x53\x41\xc0\x30\2\xa3\5PLAIN\xa0" + bytes([size]),
        "1.0 long": b"\0\x53\x41\xd0\0\0\0\x30\0\0\0\2\xa3\5PLAIN\xb0" + size.to_bytes(4, "big"),
        "0-9-1": b"\1\0\0\0\0\0\x50\0\x0a\0\x0b\0\0\0\0\5PLAIN" + size.to_bytes(4, "big"),
    }[form] + content


@pytest.mark.parametrize("form", ["1.0", "1.0 long", "0-9-1"])
@pytest.mark.parametrize("password", [PASSWORD, "oak"])
def test_password_of_sasl_plain_is_replaced_in_its_length(form, password):
    data = _amqp(form, b"\0robin\0" + password.encode()) + b"\5en_US\xce"
    redactor = Redactor(ANY)
    clean = redactor.data(data).data
    assert (len(clean), password.encode() in clean, b"robin" in clean, b"en_US" in clean) == (
        len(data),
        False,
        True,
        True,
    )
    assert redactor.labels[0] == "password"
    assert Redactor(ANY).data(clean).data == clean


@pytest.mark.parametrize("content", [b"robin and the oak", b"\0robin\0", b"\0robin\0oak\0elm"])
def test_other_bytes_behind_the_word_plain_stay(content):
    data = _amqp("0-9-1", content)
    assert Redactor(ANY).data(data).data == data
