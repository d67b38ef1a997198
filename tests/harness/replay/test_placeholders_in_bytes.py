"""What was redacted in bytes that are no text, or in hexadecimal, fits any value in the same place."""

import pytest

from harness.match.placeholders import captured
from harness.profile import ServiceProfile
from harness.redact.engine import Redactor

ANY = ServiceProfile(name="any", upstream="https://service.test")
FIRST, SECOND = "q7Zk3vX9pLw2RtY8mB4n", "Hd83KsPq01ZmXw7TyUb5"


def recorded(data):
    redactor = Redactor(ANY)
    redactor.headers([("x-api-key", FIRST)])
    return redactor.data(data).data.decode("latin-1")


@pytest.mark.parametrize(
    "make",
    [
        lambda secret: b"\xa5token\xb4" + secret.encode() + b"\xa1x",
        lambda secret: b"\x10\x00\x04MQTT\x00\x14" + secret.encode() + b"\x00",
        lambda secret: b"/x/" + secret.encode().hex().encode() + b"/y",
        lambda secret: b'{"a":"' + secret.encode() + b'"}',
    ],
    ids=["MessagePack", "length before it", "hexadecimal", "text"],
)
def test_a_placeholder_of_any_length_stands_for_the_same_value(make):
    found = captured(recorded(make(FIRST)), make(SECOND).decode("latin-1"))
    assert [(each.placeholder, each.value) for each in found] == [("wiretape-token-1", SECOND)]


@pytest.mark.parametrize("size", range(8, 20))
def test_a_short_one_too(size):
    redactor = Redactor(ANY)
    assert redactor.learn(FIRST[:size], "learnt")
    data = redactor.data(b"\x00" + FIRST[:size].encode() + b"\x01").data.decode("latin-1")
    (found,) = captured(data, "\x00" + SECOND[:size] + "\x01")
    assert (found.placeholder, found.value) == ("wiretape-token-1", SECOND[:size])


def test_other_bytes_have_to_be_the_same():
    assert captured(recorded(b"\xa5token\xb4" + FIRST.encode()), "\xa5tokem\xb4" + SECOND) is None
