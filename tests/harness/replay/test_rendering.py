"""What a rendered body shares with the cassette."""

from harness.match.bindings import Bindings
from harness.origins import Origins
from harness.replay.rendering import Rendering

PIECES = [b"data: one\n\n", b"data: https://service.test/two\n\n", b"data: three\n\n"]


def rendered(origin):
    return Rendering(Origins("https://service.test"), origin, Bindings(), frozenset(), None).pieces(PIECES)


def test_pieces_without_a_value_are_those_of_the_cassette():
    assert [new is old for new, old in zip(rendered(""), PIECES, strict=True)] == [True, True, True]


def test_only_the_piece_with_a_url_is_made_anew():
    pieces = rendered("http://127.0.0.1:1")
    assert pieces[1] == b"data: http://127.0.0.1:1/two\n\n"
    assert [new is old for new, old in zip(pieces, PIECES, strict=True)] == [True, False, True]
