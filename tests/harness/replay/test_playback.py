"""Which recorded exchange answers a request, in the player's core."""

from __future__ import annotations

from harness.replay.played import Mismatch, Played
from harness.replay.problems import NoMatch, UsedUp
from tests.support.cassettes.builders import call
from tests.support.replay.playbacks import playback


def test_request_gets_the_exchange_that_was_recorded():
    played = playback(call("GET /a"), call("GET /b")).request("GET", "/b")
    assert isinstance(played, Played)
    assert played.entry.index == 1


def test_equal_requests_get_their_answers_in_file_order():
    play = playback(call("GET /a"), call("GET /a"))
    assert [play.request("GET", "/a").entry.index for _ in range(2)] == [0, 1]


def test_exchange_is_played_once_and_then_used_up():
    play = playback(call("GET /a"))
    play.request("GET", "/a")
    again = play.request("GET", "/a")
    assert isinstance(again, Mismatch)
    assert isinstance(again.problem, UsedUp)
    assert again.problem.hint.startswith("exchange 1: GET /a matched the same request before")


def test_request_that_differs_is_shown_against_the_nearest():
    missed = playback(call("POST /a", b'{"x":1,"y":1}'), call("POST /a", b'{"x":2}')).request(
        "POST", "/a", (), b'{"x":2,"z":3}'
    )
    assert isinstance(missed, Mismatch)
    problem = missed.problem
    assert isinstance(problem, NoMatch)
    assert problem.nearest is not None
    assert (problem.nearest.exchange, [str(each) for each in problem.nearest.differences]) == (
        "exchange 2: POST /a",
        ["body.z: recorded (absent), came 3"],
    )
    assert [each.why for each in problem.others] == ["differs in body.x, body.y, body.z"]


def test_miss_never_shows_a_secret():
    missed = playback(call("GET /a?accessToken=wiretape-1")).request(
        "GET", "/b?accessToken=hunter2hunter2", (("authorization", "Bearer abcdefgh"),)
    )
    assert isinstance(missed, Mismatch)
    assert "hunter2" not in str(missed)
    assert "abcdefgh" not in str(missed)


def test_request_to_another_origin_is_told_from_one_to_the_session():
    play = playback(call("GET https://login.example/a"), call("GET /a"))
    found = [
        play.request("GET", "/a", origin=origin).entry.index
        for origin in ("http://127.0.0.1:1", "https://login.example")
    ]
    assert found == [1, 0]


def test_many_requests_are_found_without_comparing_all_with_all():
    count = 3000
    play = playback(*(call("POST /a", b'{"n":%d}' % n) for n in range(count)))
    found = [play.request("POST", "/a", (), b'{"n":%d}' % n).entry.index for n in range(count)]
    assert found == list(range(count))


def test_requests_in_another_order_are_found_as_fast():
    count = 3000
    play = playback(*(call("POST /a", b'{"n":%d,"conversationId":"A"}' % n) for n in range(count)))
    bodies = [b'{"conversationId":"B", "n":%d}' % n for n in reversed(range(count))]
    found = [play.request("POST", "/a", (), body).entry.index for body in bodies]
    assert found == list(reversed(range(count)))


def test_url_of_the_local_server_stands_for_the_services():
    play = playback(call("POST /a", b'{"url":"https://demo.example/x.png"}'))
    body = b'{"url":"http://127.0.0.1:81/x.png"}'
    assert isinstance(play.request("POST", "/a", (), body, origin="http://127.0.0.1:81"), Played)
