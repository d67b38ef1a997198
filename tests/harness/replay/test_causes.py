"""What a service pushes on one exchange because of what clients do on others waits for that, and for nothing else."""

from __future__ import annotations

import json
import uuid

import pytest

from fake_server import serve
from harness.cassette.model import Line
from harness.match.request import ParsedMessage
from harness.replay.causes import RESPONSE
from harness.replay.playback import Playback
from harness.replay.played import Played
from harness.replay.player import Player
from harness.replay.socket_playback import SocketPlayback
from harness.replay.telling_strings import telling_strings
from tests.harness.replay.test_rules_on_the_wire import fetch
from tests.support.cassettes.builders import PLAIN, call, cassette, socket

SESSION = str(uuid.UUID(int=3 << 120, version=4))
OTHER = str(uuid.UUID(int=5 << 120, version=4))
EVENTS = (("content-type", "text/event-stream"),)


def events(session: str, *pushed: tuple[int, str], at: int = 0):
    """A stream of server-sent events; each by its time in milliseconds."""
    rows = tuple(Line("<", time * 1000, "text", f"data: {text}\n\n".encode()) for time, text in pushed)
    return call(f"GET /events?session={session}", answer=b"", at=at * 1000, response_headers=EVENTS, stream=rows)


def post(session: str, at: int, **body: str):
    return call(f"POST /messages?session={session}", json.dumps(body).encode(), at=at * 1000, after=1000)


def playback(*exchanges) -> Playback:
    return Playback(cassette(*exchanges, origin="https://plain.example"), PLAIN)


def may_leave(play: Playback, index: int, position: int) -> bool:
    return play.order.may_send_piece(play.catalogue.entries[index], position)


def ask(play: Playback, number: int) -> Played:
    """The client makes the recorded request of that number."""
    asked = play.catalogue.entries[number].request
    played = play.request(asked.method, asked.target, asked.headers, asked.body)
    assert isinstance(played, Played), played
    return played


def opened(play: Playback, target: str) -> SocketPlayback:
    found = play.open_socket(target)
    assert isinstance(found, SocketPlayback)
    return found


# ---------------------------------------------------------------- events and posts
def test_event_waits_for_the_post_that_was_recorded_before_it():
    play = playback(
        events(SESSION, (1, "hello"), (50, "answer"), (90, "more")),
        post(SESSION, 20, say="a"),
        post(SESSION, 70, say="b"),
    )
    ask(play, 0)
    assert [may_leave(play, 0, at) for at in range(3)] == [True, False, False]
    ask(play, 1)
    assert [may_leave(play, 0, at) for at in range(3)] == [True, True, False]
    ask(play, 2)
    assert [may_leave(play, 0, at) for at in range(3)] == [True, True, True]


def test_session_that_the_stream_itself_names_ties_the_post_to_it():
    stream = (
        Line("<", 1000, "text", f"data: /messages?session={SESSION}\n\n".encode()),
        Line("<", 50_000, "text", b"data: x\n\n"),
    )
    first = call("GET /sse", answer=b"", response_headers=EVENTS, stream=stream)
    play = playback(first, post(SESSION, 20, say="a"))
    ask(play, 0)
    assert [may_leave(play, 0, at) for at in range(2)] == [True, False]


def test_stream_goes_on_until_all_of_its_session_was_asked():
    play = playback(events(SESSION, (1, "hello"), (30, "x")), post(OTHER, 5, say="x"), post(SESSION, 50, say="a"))
    ask(play, 0)
    assert [may_leave(play, 0, at) for at in (1, 2)] == [True, False]
    ask(play, 2)
    assert may_leave(play, 0, 2)


@pytest.mark.parametrize("what", ["POST", "GET"])
def test_answer_that_only_comes_in_pieces_ends_before_the_client_goes_on(what):
    # Another session at the same time is no reason to hold it open.
    rows = (Line("<", 1000, "text", b"one "), Line("<", 9000, "text", b"two"))
    answer = call(
        f"{what} /chats/{SESSION}/turns", answer=b"", response_headers=(("content-type", "text/plain"),), stream=rows
    )
    again = call(f"POST /chats/{SESSION}/turns", b"more", at=20_000)
    play = playback(answer, again, post(OTHER, 5, say="x"))
    ask(play, 0)
    assert [may_leave(play, 0, at) for at in range(3)] == [True, True, True]


# ---------------------------------------------------------------- long polls
def poll(at: int, after: int, answer: str):
    return call(f"GET /poll?sid={SESSION}", answer=answer.encode(), at=at * 1000, after=after * 1000)


def test_long_poll_waits_for_the_post_that_came_meanwhile():
    play = playback(poll(0, 50, "pushed"), call(f"POST /poll?sid={SESSION}", b"say", at=20_000, after=1000))
    waiting = ask(play, 0)
    assert not play.order.may_respond(waiting.entry)
    ask(play, 1)
    assert play.order.may_respond(waiting.entry)


def test_poll_that_was_answered_before_waits_for_nothing():
    play = playback(
        poll(0, 5, "empty"), call(f"POST /poll?sid={SESSION}", b"say", at=20_000, after=1000), poll(30, 5, "x")
    )
    assert play.order.may_respond(ask(play, 0).entry)


# ---------------------------------------------------------------- two clients of a broker
ROOM = (
    socket(
        "/room?as=robin", '> {"say":"meet at the oak"}\n< {"said":"ok"}\n> {"say":"bye now"}\n< {"said":"bye"}', at=0
    ),
    socket("/room?as=marian", '> {"join":"room"}\n< {"heard":"meet at the oak"}', at=0),
)


def test_what_one_client_said_is_pushed_to_another_only_after_it_was_said():
    play = playback(*ROOM)
    robin, marian = opened(play, "/room?as=robin"), opened(play, "/room?as=marian")
    assert marian.feed(ParsedMessage("text", b'{"join":"room"}')) is None
    assert marian.available() == 0
    assert marian.awaited() == "session"
    assert robin.feed(ParsedMessage("text", b'{"say":"meet at the oak"}')) is None
    assert marian.available() == 1


def test_short_word_is_known_again_by_the_name_of_its_field():
    """Feathers' service tells ``created`` of what a client called ``create``: only the short text is the same."""
    heard = '< 42["created",{"id":7,"text":"oak"}]\n< 42["created",{"id":7,"note":"oak"}]\n< close 1000'
    said = '> 420["create",{"text":"oak"},{}]\n< 430[{"id":7}]\n< close 1000'
    play = playback(socket("/chat?name=a", heard, at=500), socket("/chat?name=b", said))
    assert [may_leave(play, 0, position) for position in (0, 1)] == [False, True]


# ---------------------------------------------------------------- no causes
def test_sessions_that_only_run_side_by_side_do_not_wait_for_each_other():
    play = playback(
        events(SESSION, (1, "hello"), (50, "answer")),
        post(OTHER, 20, say="a"),
        events(OTHER, (1, "hello"), (60, "answer"), at=10),
    )
    ask(play, 0)
    assert [may_leave(play, 0, at) for at in range(2)] == [True, True]


def test_word_that_many_say_is_no_cause():
    rows = '> {"say":"hello there"}\n< {"heard":"hello there"}'
    play = playback(*(socket(f"/room?as={number}", rows, at=number * 500) for number in range(4)))
    last = opened(play, "/room?as=3")
    assert last.feed(ParsedMessage("text", b'{"say":"hello there"}')) is None
    assert last.available() == 1


def test_session_of_one_exchange_after_the_other_has_no_causes():
    play = playback(events(SESSION, (1, "hello"), (5, "x")), post(SESSION, 20, say="a"))
    assert not play.order.has_causes(play.catalogue.entries[0])


# ---------------------------------------------------------------- in vain
def test_who_waited_in_vain_goes_on_and_the_report_says_for_what():
    play = playback(events(SESSION, (1, "hello"), (50, "answer")), post(SESSION, 20, say="a"))
    ask(play, 0)
    assert play.release(play.catalogue.entries[0])
    assert may_leave(play, 0, 1)
    assert play.notes == [
        f"exchange 1: GET /events?session={SESSION}: waited in vain for exchange 2: POST /messages?session={SESSION}, "
        "and went on"
    ]


@pytest.mark.slow
def test_client_that_never_posts_gets_its_events_after_half_of_the_deadline():
    stage = Player(
        cassette(
            events(SESSION, (1, "hello"), (50, "answer")), post(SESSION, 20, say="a"), origin="https://plain.example"
        ),
        PLAIN,
        deadline=0.4,
    )
    with serve(stage) as server:
        status, body = fetch(server, f"/events?session={SESSION}")
    assert (status, body) == (200, b"data: hello\n\ndata: answer\n\n")
    assert "waited in vain for exchange 2" in stage.report().text()


def test_poll_of_sockjs_waits_for_what_its_session_sends_meanwhile():
    poll = call("POST /echo/334/diiliqgs/xhr", answer=b'a["oak"]', at=0, after=9000)
    play = playback(poll, call("POST /echo/334/diiliqgs/xhr_send", b'["oak"]', at=5000))
    held = play.request("POST", "/echo/777/ucq2aeff/xhr")
    assert isinstance(held, Played)
    assert not play.order.may_send_piece(held.entry, RESPONSE)
    assert isinstance(play.request("POST", "/echo/777/ucq2aeff/xhr_send", (), b'["oak"]'), Played)
    assert play.order.may_send_piece(held.entry, RESPONSE)


def test_value_within_json_in_a_string_is_a_value():
    assert telling_strings(b'["{\\"id\\": \\"4f1c0a7e\\"}", "{no json"]') == {"4f1c0a7e", "{no json"}


# ---------------------------------------------------------------- the same again, and values that are no strings
EDITS = [f'{{"op":[{{"at":["n"],"add":{number}}}],"v":{number}}}' for number in (1, 1, 2)]
WORDS = ['{"say":"meet at the oak"}'] * 3


@pytest.mark.parametrize("said", [EDITS, WORDS], ids=["edits of a document", "words"])
def test_each_push_waits_for_its_own_message_where_one_says_the_same_again(said):
    play = playback(
        socket("/doc?as=robin", "\n".join(f"> {each}\n< {{}}" for each in said)),
        socket("/doc?as=marian", "> {}\n" + "\n".join(f"< {each}" for each in said), at=5500),
    )
    robin, marian = opened(play, "/doc?as=robin"), opened(play, "/doc?as=marian")
    assert marian.feed(ParsedMessage("text", b"{}")) is None
    counts = [marian.available()]
    for each in said:
        assert robin.feed(ParsedMessage("text", each.encode())) is None
        robin.take(robin.available())
        counts.append(marian.available())
    assert counts == [0, 1, 2, 3]


def test_what_a_client_sent_itself_is_no_push_of_another_client():
    play = playback(
        socket("/doc?as=robin", f"> {EDITS[0]}\n< {{}}"),
        socket("/doc?as=marian", f"> {EDITS[0]}\n< {EDITS[0]}", at=5500),
    )
    marian = opened(play, "/doc?as=marian")
    assert marian.feed(ParsedMessage("text", EDITS[0].encode())) is None
    assert marian.available() == 1
