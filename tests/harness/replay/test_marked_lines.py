"""Which lines of a recorded socket are rendered when they are sent: those that hold a value to replace, or an origin."""

from __future__ import annotations

import pytest

from harness.cassette.model import Line, ResponsePart, SocketExchange
from harness.origins import Origins
from harness.replay.tape import Tape

VALUES = frozenset({"conv-1", "a b"})


def tape_of(payloads: dict[int, bytes], kind: str = "text") -> Tape:
    """A tape of 100 messages of the server, all of them ordinary but these."""
    lines = tuple(Line("<", 0, kind, payloads.get(k, b'{"event":"appendText","text":"conv"}')) for k in range(100))
    tape = Tape(SocketExchange(target="/chat", response=ResponsePart(status=101), messages=lines))
    tape.mark(VALUES, Origins("https://service.example"))
    return tape


def rendered(tape: Tape) -> list[int]:
    """Numbers of the lines that pass through the function."""
    seen: list[bytes] = []
    tape.pieces(0, len(tape), lambda payload: seen.append(payload) or payload)
    return [k for k in range(len(tape)) if tape.line(k).data in seen]


@pytest.mark.parametrize("number", [0, 31, 32, 63, 99])
@pytest.mark.parametrize(
    ("payload", "held"),
    [
        (b'{"id":"conv-1"}', {"conv-1"}),
        (b'{"id":"\\u0063onv-1"}', {"conv-1"}),
        (b'{"url":"/h?id=a+b"}', {"a b"}),
        (b'{"url":"/h?id=a%20b"}', {"a b"}),
        (b'{"url":"https://service.example/h"}', set()),
    ],
)
def test_line_with_a_value_or_an_origin_is_rendered_wherever_it_is(number, payload, held):
    tape = tape_of({number: payload})
    assert rendered(tape) == [number]
    assert tape.held(number) == held


def test_line_beside_one_that_holds_a_value_is_sent_as_it_is():
    tape = tape_of({40: b'{"id":"conv-1"}', 42: b'{"id":"conv-12"}', 43: b'{"text":"say \\"conv\\""}'})
    assert rendered(tape) == [40]


def test_value_in_the_halves_of_two_lines_is_none():
    assert rendered(tape_of({7: b'{"id":"conv-', 8: b'1"}'})) == []


def test_binary_line_that_is_no_json_is_sent_as_it_is():
    assert rendered(tape_of({5: b'\x01"conv-1"'}, kind="binary")) == []
