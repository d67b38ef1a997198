"""Characters that a service cuts in two: JSON says each half, and the client makes them whole."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.wire import events
from provider.wire.commands import decode_command
from provider.wire.errors import MalformedEventError
from provider.wire.events import UnknownEvent, decode_event
from provider.wire.surrogates import Joiner, whole_characters

KEY = (events.AppendText, "p")


def cut(text):
    """The text's UTF-16 units, each as a character of its own, as JavaScript's ``charAt`` gives them."""
    raw = text.encode("utf-16-le")
    return [chr(int.from_bytes(raw[at : at + 2], "little")) for at in range(0, len(raw), 2)]


@given(st.text(), st.lists(st.integers(1, 5)))
def test_text_cut_anywhere_between_its_units_is_joined_again(text, sizes):
    units, joiner, shown = cut(text), Joiner(), []
    while units:
        size = sizes.pop() if sizes else 1
        shown.append(joiner.join(KEY, "".join(units[:size])))
        units = units[size:]
    assert "".join(shown) == text
    assert not joiner.waiting
    assert all(piece.encode() is not None for piece in shown)


def test_halves_of_two_texts_do_not_meet():
    joiner = Joiner()
    assert joiner.join((events.AppendText, "a"), "x\ud83d") == "x"
    assert joiner.join((events.AppendText, "b"), "\ude00") == "\ufffd"
    assert joiner.join((events.AppendText, "a"), "\ude00") == "😀"


def test_half_that_never_got_its_other_is_replaced():
    joiner = Joiner()
    assert joiner.join(KEY, "\ud83d") == ""
    assert joiner.join(KEY, "x") == "\ufffdx"
    assert joiner.join(KEY, "\ud83d") == ""
    assert joiner.held() == (KEY,)
    assert joiner.end(KEY) == "\ufffd"
    assert joiner.end(KEY) == ""


@given(st.text(st.characters(exclude_categories=[])))
def test_whole_characters_can_always_be_encoded(text):
    assert whole_characters(text).encode().decode("utf-8") == whole_characters(text)


@pytest.mark.parametrize("escape", [r"\ud83d", r"\uD83D", r"\ude00", r"\uDE00"])
def test_half_in_a_piece_of_text_stays_for_the_client_to_join(escape):
    raw = '{"event":"appendText","partId":"p","text":"a' + escape + '","id":"1"}'
    for each in (raw, raw.encode()):
        assert decode_event(each) == events.AppendText(part_id="p", text="a" + json.loads(f'"{escape}"'), id="1")


def test_half_elsewhere_is_replaced():
    raw = r'{"event":"titleUpdate","title":"a \ud83d","conversationId":"\ude00","id":"1"}'
    assert decode_event(raw) == events.TitleUpdate(title="a \ufffd", conversation_id="\ufffd", id="1")


def test_half_in_a_field_that_is_skipped_does_no_harm():
    assert decode_event(rb'{"event":"done","novelty":[{"\ud83d":"\ud83d"}],"id":"1"}') == events.Done(id="1")


def test_event_that_nobody_knows_is_passed_on_as_it_came():
    raw = r'{"event":"podcast","why":"\ud83d","id":"4"}'
    assert decode_event(raw) == UnknownEvent("podcast", raw)
    assert decode_event(raw.encode()) == UnknownEvent("podcast", raw)


@pytest.mark.parametrize(
    "raw",
    [
        rb'{"event":"appendText","text":"\ud83d"',
        rb'{"event":"appendText","text":5,"why":"\ud83d"}',
        rb'{"text":"\ud83d"}',
        rb'["\ud83d"]',
        b'{"event":"appendText","text":"\\ud83d \xff"}',
        b'{"event":"appendText","text":"\xff"}',
        b'{"event":"podcast","why":"\xff"}',
    ],
)
def test_what_is_no_event_is_refused_all_the_same(raw):
    with pytest.raises(MalformedEventError):
        decode_event(raw)


def test_place_of_a_malformed_field_is_said_beside_a_half():
    with pytest.raises(MalformedEventError) as caught:
        decode_event(rb'{"event":"appendText","text":5,"partId":"\ud83d"}')
    assert caught.value.path == "$.text"


def test_commands_are_not_mended():
    with pytest.raises(MalformedEventError):
        decode_command(rb'{"event":"stop","conversationId":"\ud83d"}')
