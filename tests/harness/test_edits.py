import random
import time

from harness.edits import Edit, Spans, apply


def test_overlapping_edits_become_one_with_the_replacement_of_the_longest():
    edits = [Edit(2, 4, b"short"), Edit(3, 8, b"LONG"), Edit(8, 9, b"x")]
    assert apply(b"0123456789", edits).data == b"01LONGx9"


def test_offsets_follow_what_grew_and_shrank():
    replaced = apply(b"0123456789", [Edit(2, 4, b"abcdef"), Edit(6, 9, b"")])
    assert replaced.data == b"01abcdef459"
    assert [replaced.offset(old) for old in range(11)] == [0, 1, 2, 8, 8, 9, 10, 10, 10, 10, 11]


def test_cut_gives_as_many_pieces_as_there_were():
    assert apply(b"aabbcc", [Edit(1, 5, b"-")]).cut([2, 2, 2]) == [b"a-", b"", b"c"]


def test_spans_hold_what_was_added_in_whatever_order():
    chance = random.Random(1)
    for _ in range(200):
        spans, covered = Spans(), set()
        for _ in range(8):
            start = chance.randrange(40)
            end = start + chance.randrange(1, 9)
            spans.add([(start, end)])
            covered.update(range(start, end))
        assert {byte for byte in range(50) if spans.hold(byte, byte + 1)} == covered


def test_spans_added_one_by_one_cost_no_more_than_all_at_once():
    spans = Spans()
    began = time.process_time()
    for start in range(0, 200_000, 10):
        spans.add([(start, start + 9)])
    assert time.process_time() - began < 2
    assert spans.hold(199_990, 199_999)
    assert not spans.hold(0, 10)
