"""A message that is not UTF-8 closes the socket with 1007 (RFC 6455 §8.1), wherever in a turn it comes."""

import pytest

from provider.effects import RECEIVE, CloseSocket, Receive
from provider.errors import MalformedEventError
from provider.flow.state import CallerState, ChatState
from provider.items import FinishReason, SuggestedFollowups
from provider.transport.errors import ProtocolError, TooLargeError
from tests.support.clients.copilot_dialogue import (
    BEFORE,
    DONE,
    HELLO,
    OPTIONS,
    SILENT_END,
    SOCKET,
    SUGGESTIONS,
    TITLE,
    afterwards,
    asks,
    run,
    service,
)
from tests.support.clients.written_dialogue import Raises

CLOSE = (CloseSocket(1007), None)
BAD = [
    b'{"event":"appendText","partId":"0","text":"caf\xe9"}',
    b'{"event":"appendText","partId":"0","text":"\xed\xa0\xbd"}',  # half of an emoji, written as CESU-8 does
    b'{"event":"podcast","title":"\xff"}',
    b'{"event":"done","novelty":"\xc0\xaf"}',  # an overlong slash, in a field that nobody decodes
    b"\xf0\x9f",
]


@pytest.mark.parametrize("raw", BAD)
def test_message_that_is_not_utf8_closes_the_socket_and_keeps_the_text_so_far(raw):
    with pytest.raises(MalformedEventError, match="not UTF-8") as caught:
        run([*BEFORE, *HELLO, (RECEIVE, raw), CLOSE])
    assert (caught.value.partial, caught.value.step) == ("Hel", "receive")


def test_first_message_of_a_socket_is_checked_too():
    opened = [SOCKET, (Receive(3.0), b'{"event":"connected","requestId":"\xff"}'), CLOSE]
    known = {"conversation_id": "c", "caller": CallerState(verified=True, session_key="k")}
    with pytest.raises(MalformedEventError, match="not UTF-8"):
        run(
            [(lambda effect: "temporarySessionKey=k" in effect.url, ()), *opened[1:]],
            mode="smart",
            where=service("2026"),
            state=ChatState(**known),
        )


def test_message_after_the_answer_closes_the_socket_and_fails_nothing():
    state = ChatState()
    late = [*afterwards(SUGGESTIONS), (Receive(1.0), b'{"event":"titleUpdate","title":"\xff"}'), CLOSE]
    assert run([*BEFORE, *HELLO, *DONE, *late], state=state)[-1] == SuggestedFollowups(("A?", "B?"))
    assert not state.socket_open


@pytest.mark.parametrize(
    "between",
    [
        [(Receive(0.0), b"\xff"), CLOSE],
        [(Receive(0.0), Raises(ProtocolError("a bad frame")))],
        [(Receive(0.0), Raises(TooLargeError("a message is too large")))],
    ],
    ids=["not UTF-8", "bad frame", "too large"],
)
def test_message_between_turns_that_breaks_the_socket_costs_a_new_socket_and_no_turn(between):
    state = ChatState()
    run([*BEFORE, *HELLO, *DONE, *afterwards(TITLE, SUGGESTIONS)], state=state)
    more = [*between, SOCKET, OPTIONS, asks("more"), *HELLO, *DONE, *SILENT_END]
    assert run(more, text="more", state=state) == ["Hel", FinishReason("stop")]
