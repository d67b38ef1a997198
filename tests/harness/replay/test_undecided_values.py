"""What a client says on a socket that may be one of several recorded ones is not taken for what the others said."""

from __future__ import annotations

import json
from datetime import datetime

from harness.replay.playback import Playback
from harness.replay.played import Played
from tests.support.cassettes.builders import PLAIN, call, cassette, socket
from tests.support.replay.playbacks import leaving, opened, playback, say

ONE, TWO = "conv-oak-1", "conv-elm-2"
THEN = ("2026-11-23T05:00:01.001Z", "2026-11-23T05:00:01.002Z")
NOW = ("2026-12-01T05:00:01.417Z", "2026-12-01T05:00:01.529Z")


def test_late_reply_has_the_number_of_its_own_call():
    """The second recorded socket counts from 2, the first has a call of this number, too: but another one."""

    def numbered(first: int, word: str) -> str:
        calls = [json.dumps({"jsonrpc": "2.0", "id": first + n, "method": m}) for n, m in enumerate(("begin", word))]
        replies = [json.dumps({"jsonrpc": "2.0", "id": first + n, "result": word}) for n in range(2)]
        return "\n".join([*(f"> {each}" for each in calls), *(f"< {each}" for each in replies)])

    for word in "ab":
        play = playback(socket("/chat", numbered(1, "a")), socket("/chat", numbered(2, "b")))
        client = opened(play)
        for number, method in ((7, "begin"), (8, word)):
            assert say(client, json.dumps({"jsonrpc": "2.0", "id": number, "method": method})) is None
        assert [json.loads(reply)["id"] for reply in leaving(client)] == [7, 8]


def test_time_that_a_client_sent_comes_back_to_it():
    """Their ids may change places, and with them the times that they sent on other exchanges."""
    chats = list(zip((ONE, TWO), THEN, "ab", strict=True))
    take = cassette(
        *(
            call("POST /chats", answer=json.dumps({"id": chat}).encode(), at=at)
            for at, (chat, _, _) in enumerate(chats)
        ),
        *(
            call("POST /notes", json.dumps({"chat": chat, "at": time}).encode(), at=1_000_000 + at)
            for at, (chat, time, _) in enumerate(chats)
        ),
        *(
            socket("/chat", f"> of {chat} at={time}\n< heard at={time}\n> {word}", at=1_100_000 + at)
            for at, (chat, time, word) in enumerate(chats)
        ),
        origin=PLAIN.upstream,
    )
    play = Playback(take, PLAIN, now=datetime.fromisoformat(NOW[0]).timestamp)
    for _ in chats:
        assert isinstance(play.request("POST", "/chats"), Played)
    for (chat, _, _), time in zip(chats, NOW, strict=True):
        noted = play.request("POST", "/notes", (), json.dumps({"chat": chat, "at": time}).encode())
        assert isinstance(noted, Played)
    for (chat, _, word), time in zip(chats, NOW, strict=True):
        client = opened(play)
        assert say(client, f"of {chat} at={time}") is None
        assert leaving(client) == [f"heard at={time}"]
        assert say(client, word) is None
