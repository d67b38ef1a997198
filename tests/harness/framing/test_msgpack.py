"""MessagePack as values, whole or behind its length."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.framing.json_values import NOT_JSON
from harness.framing.msgpack import parse_msgpack
from harness.match.compare import Rules, difference
from harness.match.request import ParsedMessage
from tests.support.cassettes.builders import PLAIN

encode = msgspec.msgpack.encode
MESSAGE = {"type": 2, "data": ["oak", b"\x00\xff", None, True, 1.5]}


def test_whole_message_and_records():
    parsed = {"type": 2, "data": ["oak", "\x00\xff", None, True, 1.5]}
    whole = encode(MESSAGE)
    assert parse_msgpack(whole) == parsed
    assert parse_msgpack((bytes([len(whole)]) + whole) * 2) == [parsed, parsed]


def test_extensions_and_numbers_as_names():
    assert parse_msgpack(encode([msgspec.msgpack.Ext(7, b"ab"), {1: 2}])) == [{"type": 7, "data": "ab"}, {"1": 2}]


@pytest.mark.parametrize("code", [0, 13])
def test_date_of_a_librarys_own_extension_is_a_number_of_milliseconds(code):
    moment = 1_795_410_000_123
    assert parse_msgpack(encode([msgspec.msgpack.Ext(code, moment.to_bytes(8, "big"))]))[0]["data"] == moment
    assert parse_msgpack(encode([msgspec.msgpack.Ext(code, b"\0\0\0\0\0\0\0\7")]))[0]["data"] == "\0\0\0\0\0\0\0\7"


@pytest.mark.parametrize("data", [b"", b"\x81", b"\x80more", b"oak", b"\x05\x80", b"\x91" * 3000, b"\0", b"\xff\xff"])
def test_other_bytes_are_none(data):
    assert parse_msgpack(data) is NOT_JSON


@given(st.binary(max_size=60))
def test_any_bytes_are_read_without_error(data):
    parse_msgpack(data)


def test_messages_differ_in_their_fields():
    one, other = (encode({"name": name, "number": 1}) for name in ("oak", "elm"))
    found = difference(ParsedMessage("binary", one), ParsedMessage("binary", other), Rules.of(PLAIN))
    assert [str(each) for each in found] == ['name: recorded "oak", came "elm"']
