"""Binary messages: placeholders keep the length, so that the fields that say it still fit."""

import random

import pytest

from harness.profile import ServiceProfile
from harness.redact.engine import Redactor
from harness.redact.placeholders import placeholders_in
from tests.support.secrets.carriers import CARRIERS
from tests.support.secrets.kinds import KINDS

ANY = ServiceProfile(name="any", upstream="https://service.test")
BINARY = [each for each in CARRIERS if each.name in {"msgpack", "CBOR", "protobuf"}]
TOKEN = "q7Zk3vX9pLw2RtY8"


# A kind that is known by its name only needs a carrier that has names.
FITTING = [(carrier, kind) for carrier in BINARY for kind in KINDS if carrier.named or not kind.name]


@pytest.mark.parametrize(
    ("carrier", "kind"), FITTING, ids=[f"{carrier.name}-{kind.name or kind.label}" for carrier, kind in FITTING]
)
def test_every_kind_keeps_its_length(carrier, kind):
    secret = kind.make(random.Random(5))
    data = carrier.make(kind.name or "note", secret)
    replaced = Redactor(ANY).data(data)
    assert len(replaced.data) == len(data)
    assert all(len(edit.replacement) == edit.end - edit.start for edit in replaced.edits)


@pytest.mark.parametrize("size", range(8, 40))
def test_a_learnt_value_of_any_length(size):
    value = (TOKEN + "Zm9vYmFyMTIzNDU2Nzg5MAab")[:size]
    redactor = Redactor(ANY)
    assert redactor.learn(value, "learnt")
    data = b"\x10\x00\x04MQTT" + bytes([0, size]) + value.encode() + b"\x00\x01"
    clean = redactor.data(data).data
    assert len(clean) == len(data)
    assert value.encode() not in clean
    ((start, end, kind),) = placeholders_in(clean)
    assert (end - start, kind) == (size, "token")


def test_in_text_a_placeholder_has_its_usual_length():
    redactor = Redactor(ANY)
    redactor.learn(TOKEN + TOKEN[::-1], "learnt")
    assert redactor.data((TOKEN + TOKEN[::-1]).encode()).data == b"wiretape-token-1"


def test_redacting_a_binary_message_again_changes_nothing():
    redactor = Redactor(ANY)
    redactor.learn(TOKEN, "learnt")
    redactor.learn("robin@sherwood.example", "learnt")
    data = b"\x00\x10" + TOKEN.encode() + b"\x00\x16robin@sherwood.example\x00"
    once = redactor.data(data).data
    assert redactor.data(once).edits == ()
    assert Redactor(ANY).data(once).edits == ()
    assert Redactor(ANY).scan(once) == []


def test_a_later_pass_keeps_the_length_too():
    redactor = Redactor(ANY)
    since = redactor.generation
    redactor.learn(TOKEN + "abc123", "learnt")
    data = b"\x00\x16" + TOKEN.encode() + b"abc123\x00"
    assert len(redactor.again(since).data(data).data) == len(data)


def test_lengths_in_a_text_become_those_of_the_placeholders():
    """A poll of engine.io 3 has the length of each packet before it; the session's id is a cookie as well."""
    redactor = Redactor(ANY)
    since = redactor.generation
    redactor.learn(TOKEN + "abcd", "learnt")
    data = f'32:0{{"sid":"{TOKEN}abcd","é":1}}2:40'.encode()
    data = data.replace(b"32", b"%d" % (len(data.decode()) - 7))
    clean = '31:0{"sid":"wiretape-token-1","é":1}2:40'.replace("31", str(len('0{"sid":"wiretape-token-1","é":1}')))
    assert redactor.data(data).data.decode() == redactor.again(since).data(data).data.decode() == clean
