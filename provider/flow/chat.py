"""The flow of one turn, which both drivers run."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from functools import partial
from typing import Any, Final

from provider.challenges import ChallengeAsked
from provider.effects import (
    CLOSE_SOCKET,
    RECEIVE,
    RECEIVE_AFTER_PING,
    RECEIVE_FIRST,
    RECEIVE_FIRST_STILL,
    AnswerChallenge,
    Effect,
    Flow,
    Receive,
    SendText,
    StopRequestedError,
)
from provider.errors import CopilotError, MalformedEventError, MissingAuthError, ResponseError
from provider.flow.connect import absolute, open_conversation, open_socket, upload, verify_credentials
from provider.flow.error_mapping import from_transport
from provider.flow.handlers import AFTERWARDS, EXPECTED_AFTERWARDS, HANDLERS, AnswerState, end_halves
from provider.flow.not_utf8 import CLOSE_NOT_UTF8, reject_message
from provider.flow.reauthenticate import refresh_if_expiring, with_refresh
from provider.flow.state import ChatState, ServiceAccess, UserMessage, watched
from provider.items import Conversation, FinishReason, Item, RequestLogin, Sources, SuggestedFollowups
from provider.transport.errors import DeadlineError, SocketEndedError, TransportError
from provider.websocket import is_utf8
from provider.wire import commands, events
from provider.wire.commands import ContentPart, encode_command
from provider.wire.events import decode_event
from provider.wire.state_machine import ENDED, State

_MAX_CHALLENGES: Final = 3
_ON_SOCKET: Final = ("send", "receive")
"""The steps that fail by the chat socket."""
_UNANSWERED: Final = frozenset({State.WAITING, State.ACKNOWLEDGED})
_PINGS: Final = (events.PingEvent, events.PongEvent)


def chat(service: ServiceAccess, state: ChatState, message: UserMessage) -> Flow:
    """Send a message, and yield effects for the driver and items for the app.

    The items are: the conversation (if wanted), text and everything else as it comes, `FinishReason` when the answer is
    complete, then title and suggestions. Before the error for rejected credentials there is a `RequestLogin`.

    Raises:
        CopilotError: Any failure, with the text so far in ``partial``; a transport error is its cause.
    """
    return watched(service, state, _chat(service, state, message), message)


def _chat(service: ServiceAccess, state: ChatState, message: UserMessage) -> Flow:
    answer = AnswerState(partial(absolute, service))
    finished = False
    state.sent = None
    try:
        try:
            yield from _prepare(service, state, message)
            yield from _answer(service, state, answer)
        except StopRequestedError:
            yield from _stop(state)
        else:
            yield from _complete(service, state, answer)
        finished = True
    except TransportError as error:
        mapped = from_transport(error, state.step)
        yield from _annotate_error(service, state, mapped, answer)
        raise mapped from error
    except CopilotError as error:
        yield from _annotate_error(service, state, error, answer)
        raise
    finally:
        # A turn that is cut short, also by the app's `break`, leaves the socket in an unknown state.
        if not finished:
            state.socket_open = False


def _annotate_error(service: ServiceAccess, state: ChatState, error: CopilotError, answer: AnswerState) -> Flow:
    """Redact an error and add the text so far; before a `MissingAuthError`, yield the `RequestLogin` for callers."""
    if error.response is None and state.step in _ON_SOCKET:
        error.request_id = state.request_id
    error.redact(state.redactor(service))
    error.partial = answer.text
    if isinstance(error, MissingAuthError):
        error.source = state.current_credentials(service).source
        yield RequestLogin("Microsoft Copilot", service.base_url)


def _prepare(service: ServiceAccess, state: ChatState, message: UserMessage) -> Flow:
    yield from refresh_if_expiring(service, state)
    yield from with_refresh(service, state, partial(verify_credentials, service, state))
    yield from with_refresh(service, state, partial(open_conversation, service, state))
    assert state.conversation_id is not None
    if message.announce_conversation:
        yield Conversation(state.conversation_id)
    content: tuple[ContentPart, ...] = yield from upload(service, state, message)
    yield from with_refresh(service, state, partial(open_socket, service, state))
    generation = service.generation
    state.sent = commands.Send(
        conversation_id=state.conversation_id,
        content=content,
        mode=message.mode,
        **({"context": commands.Context()} if generation.sends_context else {}),
    )
    yield from _send_command(state, state.sent)


def _send_command(state: ChatState, command: commands.Send | commands.ChallengeResponse) -> Flow:
    state.turn.sending(command)
    state.step = "send"
    yield SendText(encode_command(command))
    state.step = "receive"


def _stop(state: ChatState) -> Flow:
    """End a turn that the app stops: send the service a ``stop`` if it has the message, and close the socket.

    A transport error is ignored: on a broken socket the turn has ended anyway.
    """
    with suppress(TransportError):
        if state.sent is not None:
            yield SendText(encode_command(commands.Stop(conversation_id=state.conversation_id)))
        if state.socket_open:
            yield CLOSE_SOCKET
    state.socket_open = False
    state.pending.clear()
    yield FinishReason("stopped")


def _complete(service: ServiceAccess, state: ChatState, answer: AnswerState) -> Flow:
    if not answer.visible:
        hint = "Try again. If it happens again, please report it with a recording."
        raise ResponseError("The service ended the turn without an answer", step="receive", hint=hint)
    if answer.links:
        yield Sources(tuple(answer.links))
    yield FinishReason("stop")
    yield from _afterwards(service, state, answer)
    state.first_turn = False


def _answer(service: ServiceAccess, state: ChatState, answer: AnswerState) -> Flow:
    turn = state.turn
    pending = state.pending
    append_text = events.AppendText
    append, halves = answer.append, answer.halves.waiting
    receive = RECEIVE_FIRST
    while True:
        if pending:
            event = pending.pop(0)
        else:
            raw = yield receive
            if not (raw.isascii() or is_utf8(raw)):
                yield from reject_message()
            event = decode_event(raw)
        if type(event) is append_text:  # by far the most frequent event
            if turn.state is not State.STREAMING:  # else it stays so
                turn.received(event)
            receive = RECEIVE
            text = event.text
            if halves or not text.isascii():
                yield from HANDLERS[append_text](answer, event)
            elif text:
                append(event.part_id, text)
                yield text
            continue
        receive = yield from _other_event(service, state, answer, event)
        if turn.state in ENDED:
            yield from end_halves(answer)
            return


def _other_event(
    service: ServiceAccess, state: ChatState, answer: AnswerState, event: events.ServerEvent
) -> Generator[Effect | Item, Any, Receive]:
    """Handle any event but text. Returns the effect that waits for the next message."""
    state.turn.received(event)
    if isinstance(event, events.ChallengeEvent) and service.answers_challenges:
        yield from _answer_challenge(state, answer, event)
        return RECEIVE_FIRST
    handle = HANDLERS.get(type(event))
    if handle is not None:
        yield from handle(answer, event)
    return _next_wait(state.turn.state, event)


def _next_wait(state: State, event: events.ServerEvent) -> Receive:
    """The effect that waits for the next message; it continues the last wait if the event is no part of the answer."""
    if state in _UNANSWERED:
        return RECEIVE_FIRST_STILL
    return RECEIVE_AFTER_PING if isinstance(event, _PINGS) else RECEIVE


def _answer_challenge(state: ChatState, answer: AnswerState, challenge: events.ChallengeEvent) -> Flow:
    """Answer a challenge, and send the held message again (docs/protocol.md §4.7).

    Raises:
        ChallengeRequiredError: There is no answer, or there are too many challenges in a turn.
    """
    answer.challenges += 1
    token: str | None = None
    if answer.challenges <= _MAX_CHALLENGES:
        token = yield AnswerChallenge(ChallengeAsked(challenge.method, challenge.parameter))
    if token is None:
        yield from HANDLERS[events.ChallengeEvent](answer, challenge)
        return
    assert state.sent is not None, "a challenge comes after a message"
    yield from _send_command(state, commands.ChallengeResponse(token=token, method=challenge.method, id=challenge.id))
    yield from _send_command(state, state.sent)


def _afterwards(service: ServiceAccess, state: ChatState, answer: AnswerState) -> Flow:
    """Yield title and suggestions, which come after ``done``, until all have come or the service is silent."""
    try:
        yield from _await_rest(service, state, answer)
    except SocketEndedError:
        state.socket_open = False
    except (StopRequestedError, DeadlineError):
        return
    if answer.streamed_suggestions:
        yield SuggestedFollowups(answer.streamed_suggestions)


def _await_rest(service: ServiceAccess, state: ChatState, answer: AnswerState) -> Flow:
    expected: set[type] = {events.SuggestedFollowupsEvent}
    if state.first_turn:
        expected.add(events.TitleUpdate)
    wait = Receive(service.linger)
    wait_on = Receive(service.linger, resumes=True)
    receive = wait
    while not expected <= answer.afterwards:
        raw = yield receive
        if raw is None:
            return
        if not is_utf8(raw):
            state.socket_open = False
            yield CLOSE_NOT_UTF8
            return
        receive = wait_on
        with suppress(MalformedEventError):  # the app has the whole answer: a later event cannot make it fail
            event = decode_event(raw)
            state.turn.received(event)
            if type(event) in AFTERWARDS:
                yield from HANDLERS[type(event)](answer, event)
            receive = wait if type(event) in EXPECTED_AFTERWARDS else wait_on
