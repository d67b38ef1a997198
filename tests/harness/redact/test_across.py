import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cassette.model import Call, Cassette, Line, Recorded, ResponsePart, SocketExchange
from harness.record.errors import UnsafeCassetteError
from harness.record.save import write_checked
from harness.redact.cassettes import redact_across, redact_cassette, runs, texts_across
from harness.redact.engine import Redactor
from harness.services.copilot import COPILOT

SECRET = "q7Zk3vX9pLw2RtY8"
FROM = Recorded(at="2026-11-23T05:00:00Z", by="relay")


def delta(text, at=0):
    return Line("<", at, "text", json.dumps({"event": "appendText", "messageId": "m", "text": text}).encode())


def texts(lines):
    return [json.loads(line.data)["text"] for line in lines]


@pytest.fixture
def redactor():
    redactor = Redactor(COPILOT)
    redactor.text(json.dumps({"secret": SECRET}))
    return redactor


def test_secret_that_is_streamed_in_pieces_is_replaced_where_it_begins(redactor):
    lines = (delta("It is q7Zk3"), delta("vX9pLw2"), delta("RtY8, is it not?"))
    assert texts(redact_across(redactor, lines)) == ["It is wiretape-token-1", "", ", is it not?"]


@given(cuts=st.lists(st.integers(4, len(SECRET) + 4), min_size=1, max_size=6).map(sorted))
@settings(max_examples=100, deadline=None)
def test_text_is_redacted_wherever_it_is_cut(cuts):
    redactor = Redactor(COPILOT)
    redactor.text(json.dumps({"secret": SECRET}))
    text = f"see {SECRET} end"
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert "".join(texts(redact_across(redactor, tuple(map(delta, pieces))))) == "see wiretape-token-1 end"


def test_other_events_between_the_pieces_do_not_hide_a_secret(redactor):
    between = Line("<", 0, "text", b'{"event":"ping"}')
    back = Line(">", 0, "text", b'{"event":"pong"}')
    lines = redact_across(redactor, (delta("a q7Zk3vX9p"), between, back, delta("Lw2RtY8 b")))
    assert texts((lines[0], lines[3])) == ["a wiretape-token-1", " b"]
    assert lines[1:3] == (between, back)


def test_address_over_two_pieces_is_known_by_its_look(redactor):
    assert texts(redact_across(redactor, (delta("write to joe@cor"), delta("p.io today"))))[1] == " today"


def test_escaped_secret_over_two_pieces_keeps_both_messages_json(redactor):
    escaped = "".join(f"\\u{ord(one):04x}" for one in SECRET)
    lines = tuple(
        Line("<", 0, "text", b'{"event":"appendText","text":"%s"}' % half.encode())
        for half in (escaped[:42], escaped[42:])
    )
    assert texts(redact_across(redactor, lines)) == ["wiretape-token-1", ""]


def test_document_that_was_cut_into_messages_shows_what_is_secret_in_it(redactor):
    document = json.dumps({"a": 1, "accessToken": "z8Yw3Qk7Lm2Np5Rt"}).encode()
    lines = (Line(">", 0, "binary", document[:25]), Line(">", 1, "binary", document[25:]))
    assert b"z8Yw3" not in b"".join(line.data for line in redact_across(redactor, lines))


def test_frames_follow_what_was_replaced_across_messages(redactor):
    first = delta("tell q7Zk3vX9p")
    first = Line("<", 0, "text", first.data, None, (10, len(first.data) - 10))
    changed = redact_across(redactor, (first, delta("Lw2RtY8")))[0]
    assert sum(changed.frames) == len(changed.data)
    assert len(changed.frames) == 2


def test_messages_without_secrets_are_the_same_objects(redactor):
    lines = (delta("Hello"), delta(" there"), Line("<", 0, "binary", b"\x00"), Line("<", 0, "binary", b"\x01"))
    assert all(new is old for new, old in zip(redact_across(redactor, lines), lines, strict=True))


def sent(*texts):
    return tuple(Line(">", at, "text", text.encode()) for at, text in enumerate(texts))


def test_heartbeats_after_a_secret_are_no_part_of_it(new_redactor):
    lines = sent("TELL password=9f8e7d6c5b4a39281706", "PING", "PING", "SUBSCRIBE topic=chat")
    socket = SocketExchange(target="/", response=ResponsePart(status=101), messages=lines)
    clean = redact_cassette(new_redactor(), Cassette(recorded=FROM, exchanges=(socket,))).exchanges[0]
    assert [line.data.decode() for line in clean.messages] == ["TELL password=wiretape-token-1", *(
        line.data.decode() for line in lines[1:]
    )]  # fmt: skip


def test_heartbeat_between_two_pieces_does_not_hide_a_secret(redactor):
    lines = redact_across(redactor, sent(f"see {SECRET[:8]}", "PING", f"{SECRET[8:]} end"))
    assert [line.data for line in lines] == [b"see wiretape-token-1", b"PING", b" end"]


def test_white_space_that_is_a_message_separates(redactor):
    assert [len(pieces) for pieces in runs(sent("a", "\n", "b"), COPILOT)] == [3]


def test_one_piece_alone_is_no_run():
    assert not list(runs((delta("Hello"), Line("<", 0, "text", b"{}")), COPILOT))


def cassette(*lines):
    socket = SocketExchange(target="/", response=ResponsePart(status=101), messages=(*lines, Line("<", 9, "close")))
    return Cassette(recorded=FROM, exchanges=(socket,))


def test_what_still_lies_across_messages_is_refused(redactor, tmp_path):
    with pytest.raises(UnsafeCassetteError, match="messages of exchange 1 joined") as caught:
        write_checked(cassette(delta("q7Zk3vX9p"), delta("Lw2RtY8", 1)), tmp_path / "a.yaml", redactor)
    assert SECRET not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_redacted_cassette_is_clean_across_its_messages(redactor):
    clean = redact_cassette(redactor, cassette(delta("q7Zk3vX9p"), delta("Lw2RtY8.", 1)))
    assert [redactor.scan(text) for _, text in texts_across(clean, COPILOT)] == [[]]


def test_name_that_was_learnt_across_messages_is_replaced_in_earlier_exchanges(redactor):
    call = Call(method="GET", target="/?q=joe@corp.io", response=ResponsePart(status=200))
    whole = cassette(delta("joe@cor"), delta("p.io.", 1))
    clean = redact_cassette(redactor, Cassette(recorded=FROM, exchanges=(call, *whole.exchanges)))
    assert clean.exchanges[0].target == "/?q=wiretape-email-1@example.com"
