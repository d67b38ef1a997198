"""A socket whose every message holds a secret, as a recorder observes it."""

from harness.cassette.model import Recorded
from harness.record.journal_format import JournalHead

SECRET = "q7Zk3vX9pLw2RtY8"


def talk(recording, *, messages=3):
    track = recording.begin("GET", f"/chat?access_token={SECRET}", (("cookie", "a=b"),), at=1.0, upgrade=True)
    track.respond(101, (), at=1.1)
    for number in range(messages):
        track.message("<", "text", b'{"n":%d,"secret":"%s"}' % (number, SECRET.encode()), at=1.2 + number / 10)
    track.socket_end("<", "close", at=3.0, code=1000, reason="bye")


def texts(cassette):
    return [line.data for each in cassette.exchanges for line in each.messages if line.kind == "text"]


def load_head(tmp_path, client=""):
    """The head of a journal of the cassette in that folder."""
    recorded = Recorded(at="2026-11-23T05:00:00Z", by="relay", client=client)
    return JournalHead(cassette=str(tmp_path / "session.yaml"), profile="test", recorded=recorded)
