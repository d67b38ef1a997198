"""Two cassettes as rows side by side: which event stands beside which, and what differs."""

from harness.cassette.model import Body, Call, Cassette, Line, Recorded, RequestPart, ResponsePart, SocketExchange
from harness.services.copilot import COPILOT
from harness.view.comparison import comparison_data


def cassette(*exchanges):
    return Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), exchanges=exchanges)


def socket(*texts, at=0):
    lines = tuple(Line(text[0], 1000 * n, "text", text[2:].encode()) for n, text in enumerate(texts, 1))
    return SocketExchange(target="/chat", at=at, response=ResponsePart(status=101, after=1), messages=lines)


def call(target="/a", at=0, body=b"", stream=None):
    return Call(
        method="GET",
        target=target,
        at=at,
        request=RequestPart(),
        response=ResponsePart(status=200, after=1, body=Body(data=body), stream=stream),
    )


def rows_of(one, other):
    """The rows as texts: what the events are, the state, and the fields that differ."""
    data = comparison_data(one, other, COPILOT, ("a", "b"))
    sides = [data["events"], data["other"]["events"]]

    def text(side, number):
        return "" if number < 0 else sides[side][number].get("text", sides[side][number]["name"])

    return [(text(0, i), text(1, j), state, [each[1] for each in changes]) for i, j, state, changes in data["rows"]]


def test_a_changed_field_and_a_missing_message_stand_at_their_rows():
    one = cassette(socket('> {"event":"send","n":1}', '< {"event":"a","v":1}', '< {"event":"done"}'))
    other = cassette(socket('> {"event":"send","n":2}', '< {"event":"done"}', '< {"event":"late"}'))
    assert rows_of(one, other)[2:] == [
        ('{"event":"send","n":1}', '{"event":"send","n":2}', "changed", ["n"]),
        ('{"event":"a","v":1}', "", "removed", [""]),
        ('{"event":"done"}', '{"event":"done"}', "same", []),
        ("", '{"event":"late"}', "added", [""]),
    ]


def test_other_pieces_of_one_text_are_the_same():
    one = cassette(socket('< {"event":"appendText","text":"Hel"}', '< {"event":"appendText","text":"lo"}'))
    other = cassette(socket('< {"event":"appendText","text":"Hello"}'))
    assert [row[2] for row in rows_of(one, other)] == ["same"] * 4


def test_an_exchange_of_one_side_stands_after_what_it_follows():
    one = cassette(call("/a"), call("/c", at=9000))
    other = cassette(call("/a"), call("/b", at=5000), call("/c", at=9000))
    assert [row[:3] for row in rows_of(one, other)] == [
        ("GET /a", "GET /a", "same"),
        ("200", "200", "same"),
        ("", "GET /b", "added"),
        ("", "200", "added"),
        ("GET /c", "GET /c", "same"),
        ("200", "200", "same"),
    ]


def test_pieces_of_a_streamed_body_are_aligned_where_the_body_differs():
    def streamed(*texts):
        return call(stream=tuple(Line("<", 10 * n, "text", text.encode()) for n, text in enumerate(texts, 1)))

    rows = rows_of(cassette(streamed("a", "b", "c")), cassette(streamed("a", "x", "c", "d")))
    assert [row[:3] for row in rows[2:]] == [
        ("a", "a", "same"),
        ("b", "x", "changed"),
        ("c", "c", "same"),
        ("", "d", "added"),
    ]
    assert rows[1][2] == "changed"
    assert {row[2] for row in rows_of(cassette(streamed("ab", "c")), cassette(streamed("a", "bc")))} == {"same"}


def test_exchanges_that_overlap_keep_the_order_of_the_first_recording():
    one = cassette(socket('> {"event":"send"}', '< {"event":"done"}'), call("/a", at=1500))
    assert [row[0] for row in rows_of(one, one)] == [
        "upgrade /chat",
        "101",
        '{"event":"send"}',
        "GET /a",
        "200",
        '{"event":"done"}',
    ]


def test_nothing_beside_something():
    assert rows_of(cassette(), cassette(call())) == [("", "GET /a", "added", [""]), ("", "200", "added", [])]
    assert rows_of(cassette(call()), cassette())[0] == ("GET /a", "", "removed", [""])
    assert rows_of(cassette(), cassette()) == []
