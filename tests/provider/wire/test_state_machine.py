"""The one table of states, walked from both sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.wire import commands, events
from provider.wire.errors import UsageError
from provider.wire.state_machine import TRANSITIONS, Side, State, TurnStateMachine

SEND = commands.Send(conversation_id="c", content=(), mode="chat")
# The capture of May 2025 (docs/protocol.md §4.5).
CAPTURE = [
    (events.Received(), State.ACKNOWLEDGED),
    (events.StartMessage(), State.STREAMING),
    (events.AppendText(text="a"), State.STREAMING),
    (events.PartCompleted(), State.STREAMING),
    (events.Done(), State.AFTER),
    (events.TitleUpdate(title="t"), State.AFTER),
    (events.SuggestedFollowupsEvent(suggestions=()), State.AFTER),
]


def test_both_sides_walk_the_captured_turn_alike():
    client, server = TurnStateMachine(Side.CLIENT), TurnStateMachine(Side.SERVER)
    client.sending(SEND)
    assert server.received(SEND)
    for event, state in CAPTURE:
        server.sending(event)
        assert client.received(event)
        assert client.state is server.state is state


def test_second_send_in_a_running_turn_is_the_callers_mistake():
    turn = TurnStateMachine(Side.CLIENT)
    turn.sending(SEND)
    with pytest.raises(UsageError, match="waiting"):
        turn.sending(SEND)


def test_server_does_not_expect_a_second_send_in_a_running_turn():
    turn = TurnStateMachine(Side.SERVER)
    assert turn.received(SEND)
    assert not turn.received(SEND)
    assert turn.state is State.WAITING


def test_next_turn_may_begin_after_done_and_after_failure():
    for last in (events.Done(), events.ErrorEvent(error_code="x")):
        turn = TurnStateMachine(Side.CLIENT)
        turn.sending(SEND)
        turn.received(last)
        turn.sending(SEND)
        assert turn.state is State.WAITING


def test_challenge_holds_the_turn_until_it_is_answered_and_sent_again():
    turn = TurnStateMachine(Side.CLIENT)
    turn.sending(SEND)
    turn.received(events.ChallengeEvent(method="hashcash"))
    assert turn.state is State.HELD
    turn.sending(commands.ChallengeResponse(token="1"))
    turn.sending(SEND)
    assert turn.state is State.WAITING


def test_unknown_events_never_change_the_state():
    turn = TurnStateMachine(Side.CLIENT)
    turn.sending(SEND)
    assert not turn.received(events.UnknownEvent("novel", "{}"))
    assert turn.state is State.WAITING


MESSAGES = [
    SEND,
    commands.Stop(),
    commands.ChallengeResponse(token="t"),
    events.Connected(),
    events.ChallengeEvent(),
    events.ErrorEvent(),
    *[event for event, _ in CAPTURE],
]


@given(st.lists(st.sampled_from(MESSAGES), max_size=30))
def test_random_walks_stay_in_the_table(walk):
    turn = TurnStateMachine(Side.SERVER)
    for message in walk:
        before = turn.state
        expected = TRANSITIONS[before].get(type(message))
        assert turn.received(message) == (expected is not None)
        assert turn.state is (before if expected is None else expected)
