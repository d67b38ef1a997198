"""SockJS's paths: a client makes up the session in them."""

import pytest

from harness.framing.sockjs import session_at
from harness.replay.played import Mismatch, Played
from tests.support.cassettes.builders import call
from tests.support.replay.playbacks import playback


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("/echo/488/durmp02c/websocket", 3),
        ("/a/b/000/durmp02c/xhr_send", 4),
        ("/488/durmp02c/xhr", 2),
        ("/echo/488/durmp02c/items", None),
        ("/echo/48/durmp02c/xhr", None),
        ("/echo/488/Durmp/xhr", None),
        ("/xhr", None),
    ],
)
def test_session_in_a_path(path, index):
    assert session_at(path.split("/")) == index


def test_session_is_the_same_in_all_requests_of_a_client():
    play = playback(call("POST /echo/488/durmp02c/xhr"), call("POST /echo/488/durmp02c/xhr_send"))
    assert isinstance(play.request("POST", "/echo/031/gnyo4zvn/xhr"), Played)
    assert isinstance(play.request("POST", "/echo/031/other000/xhr_send"), Mismatch)
    assert isinstance(play.request("POST", "/echo/777/gnyo4zvn/xhr_send"), Played)
