"""One turn from beginning to end: the flow that both drivers run."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any, Final

from provider.challenges import ChallengeAsked
from provider.effects import CLOSE_SOCKET, RECEIVE, Effect, Flow, Receive, Send, Solve, StopRequestedError
from provider.errors import CopilotError, MalformedEventError, MissingAuthError, ResponseError
from provider.flow.connect import absolute, greet, open_conversation, open_socket, upload
from provider.flow.error_mapping import from_transport
from provider.flow.handlers import AFTERWARDS, HANDLERS, Answer, end_halves
from provider.flow.reauthenticate import renew_if_due, renewing
from provider.flow.state import ChatState, Message, Service
from provider.items import Conversation, FinishReason, Item, RequestLogin, Sources, SuggestedFollowups
from provider.transport.errors import DeadlineError, SocketEndedError, TransportError
from provider.wire import commands, events
from provider.wire.commands import ContentPart, encode_command
from provider.wire.events import decode_event
from provider.wire.state_machine import ENDED

Steps = Generator[Effect | Item, Any, None]
_MOST_PROOFS: Final = 3


def chat(service: Service, state: ChatState, message: Message) -> Flow:
    """Ask one thing and yield the answer.

    Yields effects for the driver, and items for the caller as they come: the conversation (if asked for), text and
    everything else, `FinishReason` when the answer is whole, then title and suggestions.

    Where the credentials are refused, `RequestLogin` is the last item before the error.

    Raises:
        CopilotError: Whatever went wrong, with the text so far in ``partial``; transport errors are its cause.
    """
    answer = Answer(partial(absolute, service))
    finished = False
    try:
        yield from _prepare(service, state, message)
        yield from _turn(service, state, answer)
        finished = True
    except TransportError as error:
        ours = from_transport(error, state.step)
        yield from _last_words(service, state, ours, answer)
        raise ours from error
    except CopilotError as error:
        yield from _last_words(service, state, error, answer)
        raise
    finally:
        # Whatever cut the turn short (the caller's break included) leaves the socket in an unknown place.
        if not finished:
            state.socket_open = False


def _last_words(service: Service, state: ChatState, error: CopilotError, answer: Answer) -> Steps:
    """What an error is told of the turn, and what comes before it."""
    error.conceal(state.hide(service))
    error.partial = answer.text
    if isinstance(error, MissingAuthError):
        error.source = state.caller(service).source
        yield RequestLogin("Microsoft Copilot", service.base_url)


def _prepare(service: Service, state: ChatState, message: Message) -> Steps:
    yield from renew_if_due(service, state)
    yield from renewing(service, state, partial(greet, service, state))
    yield from renewing(service, state, partial(open_conversation, service, state))
    assert state.conversation_id is not None
    if message.announce_conversation:
        yield Conversation(state.conversation_id)
    content: tuple[ContentPart, ...] = yield from upload(service, state, message)
    yield from renewing(service, state, partial(open_socket, service, state))
    generation = service.generation
    state.sent = commands.Send(
        conversation_id=state.conversation_id,
        content=content,
        mode=message.mode,
        **({"context": commands.Context()} if generation.sends_context else {}),
    )
    yield from _say(state, state.sent)


def _say(state: ChatState, command: commands.Send | commands.ChallengeResponse) -> Steps:
    state.turn.sending(command)
    state.step = "send"
    yield Send(encode_command(command))
    state.step = "receive"


def _turn(service: Service, state: ChatState, answer: Answer) -> Steps:
    try:
        yield from _answer(service, state, answer)
    except StopRequestedError:
        yield Send(encode_command(commands.Stop(conversation_id=state.conversation_id)))
        yield CLOSE_SOCKET
        state.socket_open = False
        yield FinishReason("stopped")
        return
    if not answer.visible:
        hint = "Ask again; if it stays so, please report it with a recording."
        raise ResponseError("The turn ended without an answer", step="receive", hint=hint)
    if answer.links:
        yield Sources(tuple(answer.links))
    yield FinishReason("stop")
    yield from _afterwards(service, state, answer)
    state.first_turn = False


def _answer(service: Service, state: ChatState, answer: Answer) -> Steps:
    turn = state.turn
    pending = state.pending
    append_text = events.AppendText
    while True:
        event = pending.pop(0) if pending else decode_event((yield RECEIVE))
        turn.received(event)
        if type(event) is append_text:  # the one that comes by the thousand
            text = event.text
            if answer.halves or not text.isascii():
                yield from HANDLERS[append_text](answer, event)
            elif text:
                answer.append(event.part_id, text)
                yield text
            continue
        if isinstance(event, events.Challenge) and service.answers_challenges:
            yield from _prove(state, answer, event)
            continue
        handle = HANDLERS.get(type(event))
        if handle is not None:
            yield from handle(answer, event)
        if turn.state in ENDED:
            yield from end_halves(answer)
            return


def _prove(state: ChatState, answer: Answer, challenge: events.Challenge) -> Steps:
    """Answer a challenge, and send the message that it held again (docs/protocol.md §4.7).

    Raises:
        ChallengeRequiredError: Nobody has an answer, or one challenge follows another.
    """
    answer.proofs += 1
    token: str | None = None
    if answer.proofs <= _MOST_PROOFS:
        token = yield Solve(ChallengeAsked(challenge.method, challenge.parameter))
    if token is None:
        yield from HANDLERS[events.Challenge](answer, challenge)
        return
    assert state.sent is not None, "a challenge holds a message"
    yield from _say(state, commands.ChallengeResponse(token=token, method=challenge.method, id=challenge.id))
    yield from _say(state, state.sent)


def _afterwards(service: Service, state: ChatState, answer: Answer) -> Steps:
    """Title and suggestions, which come after ``done``: as long as they may be expected, and no longer."""
    try:
        yield from _await_rest(service, state, answer)
    except SocketEndedError:
        state.socket_open = False
    except (StopRequestedError, DeadlineError):
        return
    if answer.streamed_suggestions:
        yield SuggestedFollowups(answer.streamed_suggestions)


def _await_rest(service: Service, state: ChatState, answer: Answer) -> Steps:
    expected: set[type] = {events.SuggestedFollowups}
    if state.first_turn:
        expected.add(events.TitleUpdate)
    while not expected <= answer.afterwards:
        raw = yield Receive(service.linger)
        if raw is None:
            return
        yield from _late(state, answer, raw)


def _late(state: ChatState, answer: Answer, raw: bytes) -> Steps:
    try:
        event = decode_event(raw)
    except MalformedEventError:
        return  # the answer is whole and delivered: what comes after it cannot make it fail
    state.turn.received(event)
    if type(event) in AFTERWARDS:
        yield from HANDLERS[type(event)](answer, event)
