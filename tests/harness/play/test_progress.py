"""How far a live service has come, by the names of its events."""

from harness.play.event_blocks import EventBlocks
from harness.play.event_names import call_of, event_name, numbered_calls
from harness.play.progress import ExchangeProgress
from harness.play.script import ExpectedEvent
from harness.replay.call_numbers import CallNumbers
from tests.support.cassettes.builders import PLAIN


def progress(names):
    return ExchangeProgress([ExpectedEvent(name, b"", at) for at, name in enumerate(names.split())])


def receive(tracked, names, limit=99):
    return [tracked.receive(name, limit) for name in names.split()]


def test_events_in_the_recorded_order_are_paired_one_by_one():
    tracked = progress("hello piece piece done")
    assert receive(tracked, "hello piece piece done") == [0, 1, 2, 3]
    assert tracked.has_reached(4)


def test_a_text_in_fewer_pieces_passes_over_the_others():
    tracked = progress("piece piece piece done")
    assert receive(tracked, "piece done") == [0, 3]
    assert tracked.has_reached(4)


def test_a_text_in_more_pieces_does_not_run_ahead():
    tracked = progress("piece done piece done")
    assert receive(tracked, "piece piece piece done", limit=2) == [0, None, None, 1]
    assert not tracked.has_reached(3)
    tracked.sent(99)
    assert receive(tracked, "piece done") == [2, 3]


def test_two_answers_that_change_places_are_both_counted():
    tracked = progress("a b a b")
    receive(tracked, "a a b b")
    assert tracked.has_reached(4)


def test_an_event_after_the_next_message_of_the_client_does_not_count_before_it():
    tracked = progress("hello done")
    assert receive(tracked, "done", limit=1) == [None]
    assert tracked.missing(1) == "hello"


def test_an_event_that_comes_early_stays_counted_when_the_client_sends_its_next_message():
    """Two rooms on one socket: the second room's answer comes before the first room's next message."""
    tracked = progress("shout reply-1 reply-2 shout")
    receive(tracked, "shout", limit=1)
    receive(tracked, "reply-2 shout", limit=2)
    tracked.sent(4)
    receive(tracked, "reply-1", limit=4)
    assert tracked.has_reached(4)


def test_packets_that_come_before_the_acknowledgement_of_earlier_ones_stay_counted():
    """A broker sends all that it has at once, or some of it after the client's acknowledgement: that is chance."""
    tracked = ExchangeProgress([ExpectedEvent("binary", packet, at) for at, packet in enumerate((b"1", b"2", b"3"))])
    for packet in (b"1", b"2", b"3"):
        tracked.receive("binary", 1, packet)
    tracked.sent(3)
    assert tracked.has_reached(3)


def test_a_reply_to_one_call_passes_over_no_reply_to_another_one():
    tracked = ExchangeProgress([ExpectedEvent(name, b"", 0, name[-1]) for name in ("done-3", "done-1", "done-4")])
    assert receive(tracked, "done-1") == [1]
    assert tracked.missing(2) == "done-3"
    assert receive(tracked, "done-3") == [0]
    assert tracked.has_reached(2)
    assert tracked.missing(3) == "done-4"


def test_the_end_of_one_answer_passes_over_the_rest_of_it_and_nothing_of_another_one():
    names = ("word-1", "word-2", "word-1", "word-2", "done-1", "done-2")
    tracked = ExchangeProgress([ExpectedEvent(name, b"", 0, name[-1]) for name in names])
    receive(tracked, "word-1 done-1")
    assert tracked.missing(6) == "word-2"
    receive(tracked, "word-2 done-2")
    assert tracked.has_reached(6)


def test_an_exchange_that_ended_keeps_nobody_waiting():
    tracked = progress("hello done")
    tracked.ended = True
    assert tracked.has_reached(2)
    assert tracked.missing(2) == ""


def test_a_given_up_event_is_not_waited_for_again():
    tracked = progress("hello done")
    tracked.give_up(1)
    assert tracked.has_reached(1)
    assert receive(tracked, "done") == [1]


def test_server_sent_events_are_found_across_pieces():
    blocks = EventBlocks("text/event-stream; charset=utf-8")
    whole = b": keep-alive\n\nevent: word\r\ndata: one\r\ndata: two\r\n\r\ndata: three\n\ndata: cut"
    found = [event for at in range(len(whole)) for event in blocks.feed(whole[at : at + 1])]
    assert [(event.name, event.data) for event in found] == [("word", b"one\ntwo"), ("", b"three")]
    assert [event.data for event in blocks.finish()] == [b"cut"]


def test_a_whole_event_does_not_wait_for_the_next_one():
    assert [event.data for event in EventBlocks("text/event-stream").feed(b"data: one\n\n")] == [b"one"]


def test_lines_are_the_events_of_lines_and_binary_has_none():
    blocks = EventBlocks("application/x-ndjson")
    assert [event.data for event in blocks.feed(b'{"a":1}\n\n{"b"')] == [b'{"a":1}']
    assert [event.data for event in blocks.feed(b":2}\n")] == [b'{"b":2}']
    assert EventBlocks("image/png").feed(b"a\nb\n") == []


def test_an_event_has_a_name_that_an_answer_to_another_call_does_not_have():
    def name(data, kind="text"):
        return event_name(kind, data, PLAIN)

    assert name(b'{"b":1,"a":2}') == "{a, b}"
    assert name(b'{"type":3,"invocationId":"7"}\x1e') == "{invocationId, type=3}"
    assert name(b"{}\x1e") == "{}"
    assert name(b'42["said","tree"]') == "42 said"
    assert name(b'43/oak,17[{"length":4}]') == "43/oak,"
    assert name(b'["3","7","room:oak","phx_reply",{}]') == "room:oak phx_reply 7"
    assert name(b'[null,null,"room:oak","shout",{"body":"a"}]') == "room:oak shout"
    assert name(b'["3","7"]') == "text"
    assert name(b"101.5") == name(b"ready") == "text"
    assert name(b"\x90\x05", "binary") == "binary"
    assert event_name("text", b"x", PLAIN, "word") == "word"


def test_a_message_belongs_to_the_call_with_its_number_or_to_its_channel():
    numbers = CallNumbers({"id": 3})
    assert call_of(b'{"id":3,"type":"result"}', numbers) == "3"
    assert call_of(b'{"type":"result"}', numbers) == ""
    assert call_of(b'["3","7","room:oak","phx_reply",{}]', CallNumbers()) == "room:oak"
    assert call_of(b"[1]", CallNumbers()) == call_of(b"ready", CallNumbers()) == ""


def test_random_numbers_that_ascend_by_chance_are_no_counted_calls():
    calls = [b'{"method":"%s","id":%d}' % each for each in ((b"join", 7656761), (b"took", 8227950), (b"fell", 8268658))]
    assert numbered_calls([(way, each) for way in "><" for each in calls]).largest == {}
    few = [b'{"method":"%s","id":%d}' % each for each in ((b"join", 1), (b"took", 2), (b"fell", 4))]
    assert numbered_calls([(way, each) for way in "><" for each in few]).largest == {"id": 4}


def test_a_reply_has_the_random_number_of_the_clients_call_and_a_call_of_the_service_has_none():
    asks, asked = b'{"method":"join","id":%d}', b'{"ok":true,"id":%d}'
    said = [(">", asks % 2341845), ("<", asks % 6030507), (">", asked % 6030507), ("<", asked % 2341845)]
    names = [event_name("text", data, PLAIN, numbers=numbered_calls(said)) for _, data in said[::3]]
    assert names == ["{id, method} 2341845", "{id, ok} 2341845"]
    assert event_name("text", said[1][1], PLAIN, numbers=numbered_calls(said)) == "{id, method}"


def test_replies_to_random_numbers_that_come_together_are_no_pieces_of_one_text():
    said = [*((">", b'{"id":%d}' % number) for number in (601170, 6583990, 5461077))]
    numbers = numbered_calls(said)
    events = [(event_name("text", data, PLAIN, numbers=numbers), call_of(data, numbers)) for _, data in said]
    tracked = ExchangeProgress([ExpectedEvent(name, b"", 0, own) for name, own in events])
    receive_all = [tracked.receive(events[at][0], limit) for at, limit in ((0, 1), (1, 1))]
    tracked.sent(3)
    assert receive_all == [0, None]
    assert tracked.missing(3) == events[2][0]
