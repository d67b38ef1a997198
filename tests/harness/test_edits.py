from harness.edits import Edit, apply


def test_overlapping_edits_become_one_with_the_replacement_of_the_longest():
    edits = [Edit(2, 4, b"short"), Edit(3, 8, b"LONG"), Edit(8, 9, b"x")]
    assert apply(b"0123456789", edits).data == b"01LONGx9"


def test_offsets_follow_what_grew_and_shrank():
    replaced = apply(b"0123456789", [Edit(2, 4, b"abcdef"), Edit(6, 9, b"")])
    assert replaced.data == b"01abcdef459"
    assert [replaced.offset(old) for old in range(11)] == [0, 1, 2, 8, 8, 9, 10, 10, 10, 10, 11]


def test_cut_gives_as_many_pieces_as_there_were():
    assert apply(b"aabbcc", [Edit(1, 5, b"-")]).cut([2, 2, 2]) == [b"a-", b"", b"c"]
