"""CBOR: what a message says, and what is none."""

import math

import pytest

from harness.framing.cbor import cbor_with_texts, parse_cbor
from harness.framing.json_values import NOT_JSON


@pytest.mark.parametrize(
    ("data", "value"),
    [
        # From the examples of RFC 8949, appendix A.
        ("80", []),
        ("8301820203820405", [1, [2, 3], [4, 5]]),
        ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", list(range(1, 26))),
        ("a26161016162820203", {"a": 1, "b": [2, 3]}),
        ("a201020304", {"1": 2, "3": 4}),
        ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
        ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
        ("825f42010243030405ff7f657374726561646d696e67ff", ["\x01\x02\x03\x04\x05", "streaming"]),
        ("8a1bffffffffffffffff3863f90000f93c00fb3ff199999999999af47400", None),
        ("86f93e00fa47c35000fb3ff199999999999af4f5f6", [1.5, 100000.0, 1.1, False, True, None]),
        ("82c11a514b67b0f7", [1363896240, None]),
        ("8139ffff", [-65536]),
    ],
)
def test_values_of_the_standard_s_examples(data, value):
    found = parse_cbor(bytes.fromhex(data))
    assert found is NOT_JSON if value is None else found == value


def test_numbers_that_json_has_not_are_read():
    assert math.isnan(parse_cbor(bytes.fromhex("81f97e00"))[0])


@pytest.mark.parametrize(
    "data", ["", "01", "6161", "83 01", "a1 61 61", "81 ff", "81 1c", "9f 01", "80 00", "81 f8 20", "9b" + "ff" * 8, "bf 01 ff"]
)  # fmt: skip
def test_what_is_broken_or_no_container_is_none(data):
    assert parse_cbor(bytes.fromhex(data)) is NOT_JSON


def test_depth_is_limited():
    assert parse_cbor(b"\x81" * 40 + b"\x80") is not NOT_JSON
    assert parse_cbor(b"\x81" * 100_000 + b"\x80") is NOT_JSON


def test_each_text_has_its_place():
    data = bytes.fromhex("a2 6161 43010203 6162 78 03") + b"oak"
    found = cbor_with_texts(data)
    assert found is not None
    assert found[0] == {"a": "\x01\x02\x03", "b": "oak"}
    assert [data[each.start : each.end] for each in found[1]] == [b"a", b"\1\2\3", b"b", b"oak"]
    assert data[found[1][3].head] == 0x78
