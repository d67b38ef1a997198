"""The player's core, without a server: what a test feeds it, and what may leave."""

from __future__ import annotations

from harness.match.request import ParsedMessage
from harness.replay.playback import Playback
from harness.replay.socket_playback import SocketPlayback
from tests.support.cassettes.builders import PROFILE, cassette


def playback(*exchanges, **options) -> Playback:
    return Playback(cassette(*exchanges, **options), PROFILE)


def opened(play: Playback, target: str = "/chat") -> SocketPlayback:
    found = play.open_socket(target)
    assert isinstance(found, SocketPlayback)
    return found


def leaving(play: SocketPlayback) -> list[str]:
    """The text frames that may leave now (all below 126 bytes)."""
    out: list[str] = []
    while count := play.available():
        rest = b"".join(bytes(piece) for piece in play.take(count))
        while rest:
            out.append(rest[2 : 2 + rest[1]].decode())
            rest = rest[2 + rest[1] :]
    return out


def say(play: SocketPlayback, text: str):
    return play.feed(ParsedMessage("text", text.encode()))
