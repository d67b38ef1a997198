"""Ten and more changes of a service, each named; and nothing said where nothing changed."""

import pytest
from msgspec import structs

from harness.cassette.model import SocketExchange
from harness.cassette.store import load, save
from harness.copilot.reads import copilot_reads
from harness.drift.drift import drift_from_recordings
from harness.services.copilot import COPILOT
from tests.harness.drift.changed import Change, answered, called, held, renamed, with_field, without

CHAT = "socket /c/api/chat"


def named(found):
    return [(each.grade, each.kind, each.where, each.what, each.field) for each in found.findings]


def drift(fresh, known):
    return drift_from_recordings([fresh], [known], profile=COPILOT, reads=copilot_reads())


def test_unchanged_service_raises_no_alarm(record, known):
    for number in range(10):
        found = drift(record(f"again-{number}"), known)
        assert found.findings == (), number


CHANGES = {
    "field renamed": (
        Change(event=renamed("appendText", "text", "delta")),
        [
            ("breaking", "field-gone", CHAT, "< appendText", "text"),
            ("new", "field-new", CHAT, "< appendText", "delta"),
        ],
    ),
    "field that nobody reads is gone": (
        Change(answer=answered("/c/api/user", body=lambda user: {k: v for k, v in user.items() if k != "ageGroup"})),
        [("harmless", "field-gone", "GET /c/api/user", "answer 200", "ageGroup")],
    ),
    "field more": (
        Change(event=with_field("done", usage={"tokens": 5})),
        [("new", "field-new", CHAT, "< done", "usage")],
    ),
    "type changed": (
        Change(event=with_field("titleUpdate", title=["A", "title"])),
        [("breaking", "type-changed", CHAT, "< titleUpdate", "title")],
    ),
    "type that we can read": (
        Change(event=with_field("received", createdAt=None)),
        [("harmless", "type-changed", CHAT, "< received", "createdAt")],
    ),
    "event gone": (
        Change(event=without("partCompleted")),
        [("breaking", "event-gone", CHAT, "< partCompleted", "")],
    ),
    "event of one kind of turn gone": (
        Change(event=without("citation")),
        [("breaking", "event-gone", CHAT, "< citation", "")],
    ),
    "event renamed": (
        Change(event=called("suggestedFollowups", "followups")),
        [
            ("breaking", "event-gone", CHAT, "< suggestedFollowups", ""),
            ("new", "event-new", CHAT, "< followups", ""),
        ],
    ),
    "end renamed": (
        Change(event=called("done", "finished")),
        [
            ("breaking", "event-gone", CHAT, "< done", ""),
            ("new", "event-new", CHAT, "< finished", ""),
        ],
    ),
    "order": (
        Change(event=held("startMessage", until="partCompleted")),
        [("breaking", "event-moved", CHAT, "< startMessage", "")],
    ),
    "event twice": (
        Change(event=lambda event: [event, event] if event["event"] == "received" else [event]),
        [("harmless", "event-repeated", CHAT, "< received", "")],
    ),
    "status": (
        Change(answer=answered("/c/api/start", status=410)),
        [("breaking", "status-changed", "POST /c/api/start", "answer 410", "")],
    ),
    "status that we know": (
        Change(answer=answered("/c/api/start", status=429)),
        [("new", "status-changed", "POST /c/api/start", "answer 429", "")],
    ),
    "content type": (
        Change(answer=answered("/c/api/user", headers=(("content-type", "text/plain"),))),
        [("breaking", "content-type-changed", "GET /c/api/user", "answer 200", "")],
    ),
    "field of an answer gone": (
        Change(answer=answered("/c/api/start", body=lambda start: {"conversation": start["currentConversationId"]})),
        [("breaking", "field-gone", "POST /c/api/start", "answer 200", "currentConversationId")],
    ),
    "binary messages": (
        Change(event=with_field("done", **{"as binary": True})),
        [("new", "message-kind-changed", CHAT, "< done", "")],
    ),
    "new word in a closed set": (
        Change(event=with_field("chatMessageError", errorCode="newer")),
        [("new", "value-new", CHAT, "< chatMessageError", "errorCode")],
    ),
}
MAY_BE_SAID = [("field renamed", ("breaking", "event-gone", CHAT, "< done", ""))]
"""The client breaks off at the first text: whether the end has come by then is a matter of speed."""


@pytest.mark.parametrize("change", CHANGES)
def test_change_is_named(record, known, change):
    what, expected = CHANGES[change]
    found = named(drift(record("fresh", what), known))
    assert [each for each in expected if each not in found] == []
    # Nothing worse is said than what the change is.
    breaking = [each for each in found if each[0] == "breaking" and (change, each) not in MAY_BE_SAID]
    assert breaking == [each for each in expected if each[0] == "breaking"]


def test_text_says_what_took_the_place_of_what_is_gone(record, known):
    found = drift(record("fresh", CHANGES["field renamed"][0]), known)
    [gone] = [each for each in found.findings if each.kind == "field-gone"]
    assert "is it delta now?" in gone.text
    found = drift(record("renamed", CHANGES["end renamed"][0]), known)
    [gone] = [each for each in found.findings if each.kind == "event-gone"]
    assert "is it finished now?" in gone.text


def test_what_is_not_touched_is_not_missed(record, known):
    assert drift(record("short", prompts=("Hello",)), known).findings == ()


def test_client_that_leaves_at_once_misses_nothing(record, known):
    """Title and suggestions come after the end: they are missing only where there was time for them."""
    path = record("left", prompts=("Hello",))
    made = load(path)
    [socket] = [each for each in made.exchanges if isinstance(each, SocketExchange)]
    done = next(number for number, line in enumerate(socket.messages) if b'"done"' in line.data)
    close = next(line for line in socket.messages if line.kind == "close")
    lines = (*socket.messages[: done + 1], structs.replace(close, time=socket.messages[done].time + 1))
    exchanges = tuple(structs.replace(each, messages=lines) if each is socket else each for each in made.exchanges)
    save(structs.replace(made, exchanges=exchanges), path)
    assert drift(path, known).findings == ()
