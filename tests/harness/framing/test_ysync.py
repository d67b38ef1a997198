"""Documents that are edited together: the number that each client makes up stands for the recorded one."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.cassette.model import Line, SocketExchange
from harness.framing.ysync import number_pairs, payload_of, token_of, with_numbers
from harness.replay.playback import Playback
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PLAIN, cassette, socket
from tests.support.replay.playbacks import opened

UPDATE = base64.b64decode("AAIXAQH6rYC5DwAIAQV0cmVlcwF3A29hawA=")
AWARENESS = base64.b64decode("AQoB+q2AuQ8AAnt9")
RECORDED = 4_146_075_386


def test_numbers_in_messages_of_y_websocket():
    other = with_numbers(UPDATE, {RECORDED: 7_340_033})
    assert len(other) == len(UPDATE) - 1
    assert payload_of(other) is not None
    assert number_pairs(UPDATE, other) == [(RECORDED, 7_340_033)]
    assert with_numbers(other, {7_340_033: RECORDED}) == UPDATE


@pytest.mark.parametrize(
    "data", [b"", b"\0\0", b"\0\0\2a", b"\0\3\1a", b"\2\1a", b"\1\x80", b"{}", b"\0\0\xff\xff\xff\xff\1"]
)
def test_other_messages_stay(data):
    assert payload_of(data) is None
    assert with_numbers(data, {RECORDED: 1}) == data


def test_messages_that_differ_in_more_are_not_alike():
    assert number_pairs(UPDATE, UPDATE[:-5] + b"elm" + UPDATE[-2:]) is None
    assert number_pairs(UPDATE, AWARENESS) is None


def test_ids_of_53_bits_are_found_and_words_are_none():
    """Yrs makes ids of 53 bits; a word whose letters take several bytes looks like a number."""
    update = base64.b64decode("AAIWAQH8waGr0OPJDwAEAQF0BWhlbGxvAA==")
    other = with_numbers(update, {8_768_729_876_291_836: 2**52 + 5})
    assert other != update
    assert number_pairs(update, other) == [(8_768_729_876_291_836, 2**52 + 5)]
    words = ["да ".encode(), "не ".encode()]
    assert number_pairs(*(b"\0\2" + bytes([len(word)]) + word for word in words)) is None


def encoded(value: int) -> bytes:
    """A LEB128 integer."""
    return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80]) + encoded(value >> 7)


def appended(first: int, second: int) -> bytes:
    """A message in which the second client writes behind what the first one wrote: flags (0x84) precede the first's id."""
    update = b"\1\1" + encoded(second) + b"\0\x84" + encoded(first) + b"\5\4oaks\0"
    return b"\0\2" + encoded(len(update)) + update


@pytest.mark.parametrize("recorded", [(2**31, 2**30), (2**22 + 5, 2**31 + 1), (2**52 + 3, 2**45), (2**44, 2**52)])
@pytest.mark.parametrize("actual", [(2**31 + 9, 2**31), (2**25 + 7, 2**28 - 1), (2**52 + 7, 2**44), (2**48, 2**51)])
def test_ids_are_found_behind_flags_whatever_their_lengths(recorded, actual):
    assert number_pairs(appended(*recorded), appended(*actual)) == [
        (recorded[1], actual[1]),
        (recorded[0], actual[0]),
    ]
    table = dict(zip(recorded, actual, strict=True))
    assert with_numbers(appended(*recorded), table) == appended(*actual)


@given(st.binary(max_size=60), st.integers(2**21, 2**32 - 1))
def test_any_bytes_are_read_without_error(data, number):
    with_numbers(data, {RECORDED: number})
    with_numbers(b"\1" + bytes([len(data)]) + data, {RECORDED: number})


def playing() -> SocketPlayback:
    rows = ((">", AWARENESS), (">", UPDATE), ("<", UPDATE), (">", AWARENESS))
    lines = tuple(Line(side, at * 1000, "binary", data) for at, (side, data) in enumerate(rows))
    empty = socket("/glade", "")
    exchange = SocketExchange(target="/glade", request=empty.request, response=empty.response, messages=lines)
    return opened(Playback(cassette(exchange), PLAIN, now=lambda: 1.8e9), "/glade")


def said(play: SocketPlayback, data: bytes) -> bool:
    return all(play.feed(message) is None for message in play.packets("binary", data))


@pytest.mark.parametrize("number", [7_340_033, 0xFFFFFFFF, RECORDED])
def test_client_gets_its_own_number(number):
    play, own = playing(), {RECORDED: number}
    assert said(play, with_numbers(AWARENESS, own))
    assert said(play, with_numbers(UPDATE, own))
    assert b"".join(bytes(piece)[2:] for piece in play.take(play.available())) == with_numbers(UPDATE, own)
    assert said(play, with_numbers(AWARENESS, own))


def test_number_stays_the_same():
    play = playing()
    assert said(play, with_numbers(AWARENESS, {RECORDED: 7_340_033}))
    assert not said(play, with_numbers(UPDATE, {RECORDED: 0xFFFFFFFF}))


def test_hocuspocus_puts_the_name_of_the_document_first():
    named = b"\x05glade" + UPDATE
    assert payload_of(named) == (b"\x05glade\0\2", UPDATE[3:])
    other = with_numbers(named, {RECORDED: 7_340_033})
    assert other == b"\x05glade" + with_numbers(UPDATE, {RECORDED: 7_340_033})
    assert number_pairs(named, other) == [(RECORDED, 7_340_033)]
    assert payload_of(b"\x04glade" + UPDATE) is None


def test_token_of_hocuspocus():
    data = b"\x05glade\2\0\x10q7Zk3vX9pLw2RtY8\x054.8.0"
    assert token_of(data) == (9, 25)
    assert [token_of(each) for each in (b"", b"\x05glade\2\0", data[:12], b"\x05glade\1\0\1a")] == [None] * 4
