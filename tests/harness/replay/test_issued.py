"""What the service issued to clients that could not be told apart changes places, as what they say later tells."""

from __future__ import annotations

import json
import uuid

import pytest

from harness.match.request import ParsedMessage
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PLAIN, call, cassette, socket

ONE, TWO, THREE = "conv-oak-1", "conv-elm-2", "conv-ash-3"


def playback(*exchanges) -> Playback:
    return Playback(cassette(*exchanges, origin="https://plain.example"), PLAIN)


def begin(issued: str, at: int):
    return call("POST /chats", b"{}", answer=json.dumps({"id": issued}).encode(), at=at * 1000, after=100)


def turn(issued: str, text: str, at: int, answer: str = ""):
    body = json.dumps({"chat": issued, "say": text}).encode()
    said = json.dumps({"chat": issued, "heard": answer or text.upper()}).encode()
    return call("POST /turns", body, answer=said, at=at * 1000, after=100)


def ask(play: Playback, what: str, **body: str) -> dict[str, str]:
    method, _, target = what.partition(" ")
    played = play.request(method, target, (), json.dumps(body).encode() if method == "POST" else b"")
    assert isinstance(played, Played), played
    return json.loads(played.rendering.payload(played.exchange.response.body.data))


def new_chat(play: Playback) -> str:
    return ask(play, "POST /chats")["id"]


def say(play: Playback, chat: str, text: str) -> str:
    answer = ask(play, "POST /turns", chat=chat, say=text)
    assert answer["chat"] == chat
    return answer["heard"]


TWO_CHATS = (begin(ONE, 0), begin(TWO, 1), turn(ONE, "a", 10), turn(TWO, "b", 11))


# ---------------------------------------------------------------- roles that change
@pytest.mark.parametrize("texts", [("a", "b"), ("b", "a")], ids=["as recorded", "in the other roles"])
def test_whichever_id_a_client_got_it_goes_on_with_it(texts):
    play = playback(*TWO_CHATS)
    chats = new_chat(play), new_chat(play)
    assert set(chats) == {ONE, TWO}
    assert [say(play, chat, text) for chat, text in zip(chats, texts, strict=True)] == [text.upper() for text in texts]
    assert play.unplayed() == []


def test_id_stands_for_its_new_role_in_all_that_follows():
    play = playback(*TWO_CHATS, turn(ONE, "more", 20, "of a"), turn(TWO, "more", 21, "of b"))
    first, second = new_chat(play), new_chat(play)
    assert say(play, first, "b") == "B"
    assert say(play, second, "a") == "A"
    assert say(play, first, "more") == "of b"
    assert say(play, second, "more") == "of a"


def test_role_that_was_taken_stays():
    play = playback(*TWO_CHATS)
    first = new_chat(play)
    assert say(play, first, "b") == "B"
    missed = play.request("POST", "/turns", (), json.dumps({"chat": first, "say": "a"}).encode())
    assert isinstance(missed, Mismatch)


def test_first_asker_may_have_the_role_of_an_exchange_that_is_not_played_yet():
    play = playback(*TWO_CHATS)
    first = new_chat(play)
    assert say(play, first, "b") == "B"
    second = new_chat(play)
    assert second != first
    assert say(play, second, "a") == "A"


def test_client_that_does_something_more_between_may_still_change_its_role():
    """The second one says goodbye like the one whose role it had; only then the first says what that one had to say."""
    said = [(ONE, "hi"), (TWO, "hi"), (TWO, "more"), (ONE, "bye"), (TWO, "bye")]
    play = playback(begin(ONE, 0), begin(TWO, 1), *(turn(*each, at) for at, each in enumerate(said, 10)))
    first, second = new_chat(play), new_chat(play)
    for chat, text in ((first, "hi"), (second, "hi"), (second, "bye"), (first, "more"), (first, "bye")):
        assert say(play, chat, text) == text.upper()
    assert play.unplayed() == []


def test_three_go_round():
    play = playback(
        *(begin(issued, at) for at, issued in enumerate((ONE, TWO, THREE))),
        *(turn(issued, text, at) for at, (issued, text) in enumerate(((ONE, "a"), (TWO, "b"), (THREE, "c")), 10)),
    )
    chats = [new_chat(play) for _ in range(3)]
    assert [say(play, chat, text) for chat, text in zip(chats, "cab", strict=True)] == ["C", "A", "B"]


def test_id_in_a_path_changes_its_role_too():
    play = playback(
        begin(ONE, 0),
        begin(TWO, 1),
        call(f"GET /chats/{ONE}/notes?of=a", answer=b'{"notes":"A"}', at=10_000),
        call(f"GET /chats/{TWO}/notes?of=b", answer=b'{"notes":"B"}', at=11_000),
    )
    first, second = new_chat(play), new_chat(play)
    assert ask(play, f"GET /chats/{first}/notes?of=b") == {"notes": "B"}
    assert ask(play, f"GET /chats/{second}/notes?of=a") == {"notes": "A"}


_MULTIPART = '--b\r\ncontent-disposition: form-data; name="chat"\r\n\r\n{chat}\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("content_type", "recorded", "said"),
    [
        ("text/plain", "of {chat}", "of {chat}"),
        ("text/plain", "of {chat} by wiretape-token-1", "of {chat} by f4Kx02mmAq81"),
        ("application/json", '{{"note":"of {chat} by wiretape-token-1"}}', '{{"note":"of {chat} by f4Kx02mmAq81"}}'),
        ("multipart/form-data; boundary=b", _MULTIPART, _MULTIPART),
    ],
    ids=["text", "text with a secret", "JSON with a secret", "multipart"],
)
def test_text_that_was_recorded_word_for_word_is_that_of_the_other_role(content_type: str, recorded: str, said: str):
    headers = (("content-type", content_type),)
    notes = [
        call("POST /notes", recorded.format(chat=chat).encode(), headers=headers, answer=answer, at=20_000)
        for chat, answer in ((ONE, b"of a"), (TWO, b"of b"))
    ]
    play = playback(*TWO_CHATS, *notes)
    first, second = new_chat(play), new_chat(play)
    assert (say(play, first, "b"), say(play, second, "a")) == ("B", "A")
    for chat, answer in ((first, b"of b"), (second, b"of a")):
        played = play.request("POST", "/notes", headers, said.format(chat=chat).encode())
        assert isinstance(played, Played), played
        assert played.exchange.response.body.data == answer


# ---------------------------------------------------------------- chains
def test_what_was_issued_by_the_way_changes_its_role_as_well():
    def chain(issued: str, run: str, at: int):
        return call(
            "POST /runs",
            json.dumps({"chat": issued}).encode(),
            answer=json.dumps({"run": run}).encode(),
            at=at * 1000,
            after=100,
        )

    def use(run: str, text: str, at: int):
        return call(
            "POST /steps",
            json.dumps({"run": run, "say": text}).encode(),
            answer=json.dumps({"did": text}).encode(),
            at=at * 1000,
        )

    play = playback(
        begin(ONE, 0), begin(TWO, 1), chain(ONE, "run-oak-8", 10), chain(TWO, "run-elm-9", 11),
        use("run-oak-8", "a", 20), use("run-elm-9", "b", 21),
    )  # fmt: skip
    runs = [ask(play, "POST /runs", chat=new_chat(play))["run"] for _ in range(2)]
    assert ask(play, "POST /steps", run=runs[0], say="b") == {"did": "b"}
    assert ask(play, "POST /steps", run=runs[1], say="a") == {"did": "a"}


def test_request_that_is_worded_like_one_of_the_former_role_is_found_among_many():
    """From 16 exchanges of one path on, an index finds them by their text: that of the other chat was played."""
    chats = [(f"conv-{number}-{number * 7919}", word) for number, word in enumerate("abacdefghijklmnopq")]
    notes = [
        call(f"GET /notes?chat={chat}&of={word}", answer=json.dumps({"at": at}).encode(), at=20_000 + at)
        for at, (chat, word) in enumerate(chats)
    ]
    play = playback(*(begin(chat, at) for at, (chat, _) in enumerate(chats)), *notes)
    first, second, third = (new_chat(play) for _ in range(3))
    assert ask(play, f"GET /notes?chat={second}&of=a") == {"at": 0}
    assert ask(play, f"GET /notes?chat={first}&of=a") == {"at": 2}
    assert ask(play, f"GET /notes?chat={third}&of=b") == {"at": 1}


# ---------------------------------------------------------------- sockets
@pytest.mark.parametrize(
    ("one", "two"), [(ONE, TWO), (str(uuid.uuid4()), str(uuid.uuid4()))], ids=["ids of the service's own", "uuids"]
)
def test_id_of_a_greeting_goes_with_what_the_client_says(one, two):
    def chat(issued: str, text: str):
        return socket(
            "/chat",
            f'< {{"hello":"{issued}"}}\n> {{"chat":"{issued}","say":"{text}"}}\n< {{"re":"{text.upper()}"}}\n< close 1000',
        )

    play = playback(chat(one, "a"), chat(two, "b"))
    sockets = [play.open_socket("/chat") for _ in range(2)]
    greetings: list[str] = []
    for each in sockets:
        assert isinstance(each, SocketPlayback)
        assert each.available() or each.guess()
        frame = b"".join(bytes(piece) for piece in each.take(each.available()))
        greetings.append(json.loads(frame[2:])["hello"])
    assert set(greetings) == {one, two}
    for each, greeting, text in zip(sockets, greetings, "ba", strict=True):
        assert isinstance(each, SocketPlayback)
        assert each.feed(ParsedMessage("text", f'{{"chat":"{greeting}","say":"{text}"}}'.encode())) is None
        assert f'{{"re":"{text.upper()}"}}'.encode() in b"".join(bytes(piece) for piece in each.take(each.available()))


# ---------------------------------------------------------------- what never changes places
def test_ids_of_different_requests_stay_what_they_are():
    play = playback(
        call("POST /chats", b'{"for":"robin"}', answer=json.dumps({"id": ONE}).encode(), after=100),
        call("POST /chats", b'{"for":"marian"}', answer=json.dumps({"id": TWO}).encode(), at=1000, after=100),
        turn(ONE, "a", 10),
        turn(TWO, "b", 11),
    )
    robin = ask(play, "POST /chats", **{"for": "robin"})["id"]
    missed = play.request("POST", "/turns", (), json.dumps({"chat": robin, "say": "b"}).encode())
    assert isinstance(missed, Mismatch)


def test_word_that_nothing_issued_never_changes_places():
    play = playback(*TWO_CHATS)
    new_chat(play)
    missed = play.request("POST", "/turns", (), json.dumps({"chat": "conv-yew-4", "say": "a"}).encode())
    assert isinstance(missed, Mismatch)


def test_one_chat_is_never_two():
    play = playback(*TWO_CHATS)
    first = new_chat(play)
    new_chat(play)
    assert say(play, first, "a") == "A"
    missed = play.request("POST", "/turns", (), json.dumps({"chat": first, "say": "b"}).encode())
    assert isinstance(missed, Mismatch)


def test_undecided_socket_gets_the_role_that_another_one_gives_up():
    """The second client is taken for the one of `two`, then sends what that of `one` sent: so the first is that of `two`."""
    one, two, three = (each.replace("-", ".") for each in (ONE, TWO, THREE))
    chats = list(zip((one, two, three), "abc", strict=True))
    play = playback(
        *(begin(issued, at) for at, (issued, _) in enumerate(chats)),
        *(socket(f"/c/{issued}", f'> hi\n< in {issued}\n> {{"bye":"{issued}"}}', at=10_000) for issued, _ in chats),
        *(turn(issued, text, 20) for issued, text in chats),
    )
    for issued, _ in chats:
        assert new_chat(play) == issued
    first, second = _greeted(play, one), _greeted(play, two)
    assert second.guess()
    assert second.is_decided
    second.take(1)
    assert say(play, two, "a") == "A"
    assert first.guess()
    assert _next(first) == f"in {one}".encode()
    assert say(play, one, "b") == "B"
    for client, issued in ((first, one), (second, two)):
        assert client.feed(ParsedMessage("text", f'{{"bye":"{issued}"}}'.encode())) is None


def _greeted(play: Playback, issued: str) -> SocketPlayback:
    client = play.open_socket(f"/c/{issued}")
    assert isinstance(client, SocketPlayback)
    assert client.feed(ParsedMessage("text", b"hi")) is None
    return client


def _next(client: SocketPlayback) -> bytes:
    return b"".join(bytes(piece) for piece in client.take(1))[2:]


# ---------------------------------------------------------------- ids that a response's header issues
def upload(location: str, at: int):
    found = (("location", location),)
    return call("POST /files", answer=b"", status=201, at=at * 1000, after=100, response_headers=found)


def part(issued: str, text: str, at: int):
    return call(f"PATCH /files/{issued}", text.encode(), answer=text.upper().encode(), at=at * 1000, after=100)


def body(play: Playback, method: str, target: str, text: str = "") -> bytes:
    played = play.request(method, target, (), text.encode())
    assert isinstance(played, Played), played
    return played.exchange.response.body.data


@pytest.mark.parametrize("texts", [("a", "b"), ("b", "a")], ids=["as recorded", "in the other roles"])
def test_id_in_a_location_changes_places(texts):
    urls = (f"https://plain.example/files/{each}?part=1" for each in (ONE, TWO))
    play = playback(upload(next(urls), 0), upload(next(urls), 1), part(ONE, "a", 10), part(TWO, "b", 11))
    assert [body(play, "POST", "/files") for _ in texts] == [b"", b""]
    heard = [body(play, "PATCH", f"/files/{one}", text) for one, text in zip((ONE, TWO), texts, strict=True)]
    assert heard == [text.upper().encode() for text in texts]


def test_malformed_location_issues_nothing():
    play = playback(upload("http://[malformed/x", 0), part(ONE, "a", 10), part(TWO, "b", 11))
    assert [body(play, "PATCH", f"/files/{ONE}", "a"), body(play, "PATCH", f"/files/{TWO}", "b")] == [b"A", b"B"]
