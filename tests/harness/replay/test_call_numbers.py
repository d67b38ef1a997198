"""Numbers that clients give their calls on a socket: by the framing, and at random where the reply repeats them."""

from __future__ import annotations

import json

import pytest

from harness.match.request import ParsedMessage
from harness.replay.call_numbers import find_call_numbers
from harness.replay.socket_playback import SocketPlayback
from tests.harness.replay.test_auto_bind import playback
from tests.harness.replay.test_made_up_values import answered, opened_with
from tests.support.cassettes.builders import socket

LARGE, OTHER = 705127042, 94225164


def reply(recorded, answer, came):
    """What the client gets for `came` where `recorded` was answered by `answer`; None if the message differs."""
    frame = answered(opened_with(recorded, answer), came)
    return None if frame is None else json.loads(frame[2:])


@pytest.mark.parametrize(
    ("recorded", "answer", "came", "told"),
    [
        (
            {"method": "SUBSCRIBE", "params": ["btc"], "id": 688}, {"result": None, "id": 688},
            {"method": "SUBSCRIBE", "params": ["btc"], "id": 7}, {"result": None, "id": 7},
        ),
        (
            {"id": "vqot@3", "method": "click", "params": {}}, {"id": "vqot@3"},
            {"id": "knbi@5", "method": "click", "params": {}}, {"id": "knbi@5"},
        ),
        (
            {"event": "subscribe", "pair": "XBT", "reqid": 42}, {"event": "subscribed", "reqid": 42},
            {"event": "subscribe", "pair": "XBT", "reqid": 9}, {"event": "subscribed", "reqid": 9},
        ),
        (
            {"topic": "room", "event": "phx_join", "payload": {}, "ref": "3"},
            {"topic": "room", "event": "phx_reply", "payload": {"ref": "3"}, "ref": "3"},
            {"topic": "room", "event": "phx_join", "payload": {}, "ref": "5"},
            {"topic": "room", "event": "phx_reply", "payload": {"ref": "3"}, "ref": "5"},
        ),
        (
            ["3", "4", "room", "shout", {"n": "4"}], ["3", "4", "room", "phx_reply", {"n": "4"}],
            ["8", "9", "room", "shout", {"n": "4"}], ["8", "9", "room", "phx_reply", {"n": "4"}],
        ),
        ({"do": "x", "ref": LARGE}, {"job": 1, "ref": LARGE}, {"do": "x", "ref": OTHER}, {"job": 1, "ref": OTHER}),
        ([48, LARGE, {}, "a.b"], [50, LARGE, {}, [1]], [48, OTHER, {}, "a.b"], [50, OTHER, {}, [1]]),
    ],
    ids=["JSON-RPC 1", "with letters", "reqid", "Phoenix", "Phoenix array", "random ref", "WAMP"],
)  # fmt: skip
def test_reply_bears_the_number_of_this_call(recorded, answer, came, told):
    assert reply(recorded, answer, came) == told


@pytest.mark.parametrize(
    ("recorded", "answer", "came"),
    [
        ({"method": "get", "id": 17}, {"id": 17, "name": "a"}, {"method": "get", "id": 18}),
        ({"method": "get", "params": {"id": 17}, "id": 1}, {"id": 1}, {"method": "get", "params": {"id": 18}, "id": 1}),
        ({"method": "get", "params": ["btc"], "id": 1}, {"id": 1}, {"method": "get", "params": ["eth"], "id": 2}),
        ({"ref": 17}, {"ref": 17}, {"ref": 18}),
        ({"userId": LARGE}, {"userId": LARGE}, {"userId": OTHER}),
        ({"ref": LARGE}, {"ok": 1}, {"ref": OTHER}),
        (["1", "2", "room", "shout"], ["1"], ["8", "9", "room", "shout"]),
    ],
    ids=["id of a thing", "in the parameters", "another parameter", "small ref", "id of a user", "no reply", "no Phoenix"],
)  # fmt: skip
def test_number_that_may_mean_something_is_compared(recorded, answer, came):
    assert reply(recorded, answer, came) is None


def test_only_heartbeat_of_a_recording_has_its_reply_by_the_number():
    opened = opened_with([None, "4", "phoenix", "heartbeat", {}], [None, "4", "phoenix", "phx_reply", {}])
    for number in ("6", "7"):
        beat = json.dumps([None, number, "phoenix", "heartbeat", {}]).encode()
        assert opened.feed(ParsedMessage("text", beat)) is None
        assert [json.loads(frame[2:])[1] for frame in opened.take_replies()] == [number]


def opened_series(*sent, name="id", wraps=None):
    """A socket on which the client numbers these messages, each of which the service answers at once."""

    def numbered(number, rest):
        inner = {name: number, **rest}
        return json.dumps(inner if wraps is None else {"op": rest["do"], wraps: inner})

    lines = [numbered(number, rest) for number, rest in enumerate(sent, 1)]
    answers = [numbered(number, {"do": "told", "of": rest["do"]}) for number, rest in enumerate(sent, 1)]
    text = "\n".join([*(f"> {line}" for line in lines), *(f"< {line}" for line in answers), "< close 1000"])
    opened = playback(socket("/chat", text)).open_socket("/chat")
    assert isinstance(opened, SocketPlayback)
    return opened


LIGHT, LAMP, STATES = {"do": "on", "of": "light"}, {"do": "on", "of": "lamp"}, {"do": "states"}


COUNTED = [("id", "id"), ("cid", "rid"), ("seq", "request_seq"), ("callId", "callId"), ("msg_id", "msg_id")]


@pytest.mark.parametrize("as_sent", [int, str], ids=["number", "text"])
@pytest.mark.parametrize(("name", "reply_name"), COUNTED)
def test_messages_that_a_client_numbers_may_be_numbered_in_another_order(as_sent, name, reply_name):
    """Home Assistant's clients count up an ``id`` that no framing names, SocketCluster's a ``cid``."""
    text = [
        *(f"> {json.dumps({name: as_sent(number), **rest})}" for number, rest in enumerate((LIGHT, LAMP, STATES), 1)),
        *(f"< {json.dumps({reply_name: as_sent(number), 'of': number})}" for number in (1, 2, 3)),
        "< close 1000",
    ]
    opened = playback(socket("/chat", "\n".join(text))).open_socket("/chat")
    assert isinstance(opened, SocketPlayback)
    told = [answered(opened, {name: as_sent(number), **rest}) for number, rest in enumerate((LAMP, LIGHT, STATES), 1)]
    assert [json.loads((each or b"")[2:]) for each in told] == [
        {reply_name: as_sent(number), "of": of} for number, of in ((1, 2), (2, 1), (3, 3))
    ]


def test_number_may_stand_in_what_a_message_wraps():
    """OBS numbers its requests in ``d.requestId``."""
    opened = opened_series(LIGHT, LAMP, STATES, name="requestId", wraps="d")
    for number, rest in enumerate((LAMP, LIGHT), 1):
        assert answered(opened, {"op": rest["do"], "d": {"requestId": number, **rest}}) is not None


@pytest.mark.parametrize(
    ("sent", "came"),
    [
        (({"do": "get"}, {"do": "get"}, {"do": "get"}), {"id": 7, "do": "get"}),
        ((LIGHT, LAMP, STATES), {"id": 4, **LAMP}),
        ((LIGHT, LAMP), {"id": 1, **LAMP}),
    ],
    ids=["all that the messages say", "larger than all", "too few"],
)
def test_number_that_may_name_a_thing_counts_nothing(sent, came):
    assert answered(opened_series(*sent), came) is None


def test_numbers_that_the_service_does_not_repeat_count_nothing():
    sent = [json.dumps({"id": number, "of": number}).encode() for number in (1, 2, 3)]
    assert not find_call_numbers(sent, [b'{"ok":1}']).largest
    assert find_call_numbers(sent, sent).largest == {"id": 3}


def test_heartbeats_with_numbers_leave_open_how_far_they_go():
    sent = [json.dumps({"id": number, "of": number}).encode() for number in (1, 2, 4)]
    assert find_call_numbers(sent, sent, [b'{"type":"ping","id":3}']).count("id", 9)


def test_number_that_the_service_repeats_under_another_name_of_its_own_counts_nothing():
    sent = [json.dumps({"seq": number, "do": f"{number}"}).encode() for number in (1, 2, 3)]
    assert not find_call_numbers(sent, [b'{"seq":1}', b'{"seq":2}', b'{"seq":3}']).largest


def test_field_of_that_name_in_what_a_reply_holds_stays():
    text = """
    > {"cid":1,"do":"a"}
    > {"cid":2,"do":"b"}
    > {"cid":3,"do":"c"}
    < {"rid":1,"data":{"rid":1}}
    < {"rid":2,"data":{"rid":2}}
    < {"rid":3,"data":{"rid":3}}
    """
    opened = playback(socket("/chat", text)).open_socket("/chat")
    assert isinstance(opened, SocketPlayback)
    answered(opened, {"cid": 1, "do": "b"})
    told = answered(opened, {"cid": 2, "do": "a"}) or b""
    assert b'{"rid":2,"data":{"rid":1}}' in told
