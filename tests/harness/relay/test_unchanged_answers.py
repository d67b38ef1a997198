"""An answer's fields, trailers and interim answers reach the client as the service sent them."""

from tests.support.relay.three_ways import answer


async def test_fields_of_an_answer_keep_order_repeats_and_latin_1(trip):
    done = await trip(
        answer(
            "X-A: 1",
            "X-B: gr\xfc\xdfe",
            "X-C: \xa0\x85",
            "X-D: Gro\xc3\xa0",
            "Link: </a>",
            "X-A: 2",
            "Link: </b>",
            "Vary: a, b",
            body=b"x",
        )
    )
    assert done.is_the_same, done


async def test_trailers_pass_and_are_replayed(trip):
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\nX-More: a\r\n\r\n"
    done = await trip(raw)
    assert done.recorded.trailers == done.replayed.trailers == [("x-sum", "7"), ("x-more", "a")]
    assert done.exchange.response.trailers == (("x-sum", "7"), ("x-more", "a"))
    assert not done.recorded.get("x-sum")


async def test_interim_answers_pass_at_once_are_counted_and_not_kept(trip):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    done = await trip(b"HTTP/1.1 102 Processing\r\n\r\n" + hints + hints + answer(body=b"x"))
    assert done.recorded.interim == ["HTTP/1.1 102 Processing", "HTTP/1.1 103 Early Hints", "HTTP/1.1 103 Early Hints"]
    assert done.notes == (
        "an interim answer (102) was passed on, and not recorded",
        "an interim answer (103) was passed on, and not recorded (2 times)",
    )
    assert (done.exchange.response.status, done.replayed.interim) == (200, [])
