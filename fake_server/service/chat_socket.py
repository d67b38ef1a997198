"""The service's end of one chat socket, without I/O: client messages in, actions out (docs/protocol.md §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fake_server.service.callers import Caller
from fake_server.service.challenges import CLARITY, is_passed, make_challenge
from fake_server.service.dialect import HeldSend
from fake_server.service.output import (
    Action,
    Close,
    End,
    EventEncoder,
    GoSilent,
    Output,
    Pause,
    SendChallenge,
    SendEvent,
    SendNamed,
    SendRaw,
)
from fake_server.service.refusals import reject_message
from fake_server.service.rules import MESSAGE_RULES
from fake_server.service.service import Service
from fake_server.service.turn import ScenarioRun, first_violation, start_turn
from provider.websocket import Message, Opcode
from provider.wire import commands, events
from provider.wire.commands import decode_command
from provider.wire.errors import MalformedEventError
from provider.wire.state_machine import Side, TurnStateMachine

IGNORED_COMMANDS: Final = frozenset({"messagePreview", "sendContext", "sendTypingStatus", "setCallType"})
"""Commands of the page that the service does not answer (§4.3)."""
_SESSION_ID: Final = "clientSessionId"


class ChatSocket:
    """The state of one chat socket.

    The owner of the connection calls `open` first, then `receive` with each message of the client. While the socket
    `has_output` and the client sends nothing, it calls `advance`; after `challenge_timeout` seconds without a message,
    `time_out`. Each call returns the actions to carry out, in order.
    """

    def __init__(self, service: Service, caller: Caller, *, origin: str, query: Mapping[str, str]) -> None:
        self._service = service
        self._caller = caller
        self._origin = origin
        self._has_session_id = _SESSION_ID in query
        self._turn = TurnStateMachine(Side.SERVER)
        self._ids = service.store.ids("socket", caller.key)
        self._encoder = EventEncoder(challenges_apart=service.dialect.challenges_apart)
        self._run: ScenarioRun | None = None
        self._is_silent = False
        self._is_connected = False
        # The challenge that the client has to pass before its first message is answered.
        self._opening_challenge = service.config.challenge
        self._challenge: SendChallenge | None = None
        self._is_passed = False
        # The message that waits for the challenge, and the one that was answered without a second copy of it.
        self._held: commands.Send | None = None
        self._answered_copy: commands.Send | None = None

    @property
    def caller(self) -> Caller:
        """The client at the other end."""
        return self._caller

    @property
    def has_output(self) -> bool:
        """Whether `advance` has something to send."""
        return not self._is_connected or (self.in_turn and not self._is_silent and self._challenge is None)

    @property
    def in_turn(self) -> bool:
        """Whether the service is answering a message."""
        return self._run is not None and self._run.has_more

    @property
    def challenge_timeout(self) -> float | None:
        """Seconds that the client may take to answer a challenge; None while no challenge is open."""
        is_open = self._challenge is not None and not self._is_passed
        return self._service.config.challenge_timeout if is_open else None

    def open(self) -> list[Action]:
        """Start the socket: with ``connected``, or with a pause before it."""
        delay = self._service.greeting_delay
        return [Pause(delay)] if delay else self._connect()

    def receive(self, message: Message) -> list[Action]:
        """Handle a message of the client.

        Raises:
            ScenarioError: The scenario that the message asks for is broken; the text has its name.
        """
        if message.opcode not in (Opcode.TEXT, Opcode.BINARY):
            return []
        try:
            command = decode_command(message.data)
        except (MalformedEventError, UnicodeDecodeError):
            return self._reject("malformed")
        if self._is_connected:
            return self._obey(command)
        if isinstance(command, commands.Send) and self._service.config.enforces(MESSAGE_RULES["too-early"]):
            return self._reject("too-early")
        return [*self._connect(), *self._obey(command)]

    def advance(self) -> list[Action]:
        """Continue: send ``connected``, or the next outputs of the turn.

        Raises:
            ScenarioError: The scenario is broken; the text has its name.
        """
        if not self._is_connected:
            return self._connect()
        assert self._run is not None, "only while the socket has output"
        return self._perform(self._run.next())

    def time_out(self) -> list[Action]:
        """Close a socket whose challenge was not answered (§4.7: silence for about a minute, then the end)."""
        return [Close(1000, "")]

    def end_turn(self) -> None:
        """End the running turn, if any: the connection is over, or another turn begins."""
        self._service.active_sockets.discard(self)
        if self._run is not None:
            self._run.stop()
            self._run = None

    # ---------------------------------------------------------------- commands
    def _connect(self) -> list[Action]:
        self._is_connected = True
        request_id = self._ids.hex()
        times = self._service.generation.connected
        greeting = self._perform(SendEvent(events.Connected(request_id=request_id)) for _ in range(times))
        # §4.7: the challenge follows `connected`. Without `connected` it answers the first message.
        if self._opening_challenge is not None and times:
            return [*greeting, *self._send_challenge(self._opening_challenge)]
        return greeting

    def _obey(self, command: commands.ClientCommand) -> list[Action]:
        match command:
            case commands.Send():
                return self._on_send(command)
            case commands.ChallengeResponse():
                return self._on_challenge_response(command)
            case commands.Stop():
                return self._on_stop(command)
            case commands.PingCommand():
                return self._perform([SendEvent(events.PongEvent())])
            case commands.UnknownCommand(name):
                return [] if name in IGNORED_COMMANDS else self._reject("unknown-event")
            case commands.SetOptions() | commands.ReportLocalConsents() | commands.PongCommand():
                return []

    def _on_send(self, command: commands.Send) -> list[Action]:
        if self._answered_copy is not None and command == self._answered_copy:
            self._answered_copy = None
            return []  # the service answered the copy that it held
        if self._opening_challenge is not None:
            return self._hold(command, self._opening_challenge)
        if not self._turn.received(command):
            return self._reject("out-of-turn")
        if self._challenge is not None and command == self._held:
            return self._on_held_send(self._challenge)
        return self._start(command)

    def _start(self, command: commands.Send) -> list[Action]:
        self.end_turn()
        self._challenge = None
        self._is_silent = False
        service = self._service
        needs_session_id = service.generation.client_session_id and service.config.enforces(
            MESSAGE_RULES["no-session-id"]
        )
        if needs_session_id and not self._has_session_id:
            return self._reject("no-session-id")
        violation = first_violation(service, self._caller, command)
        if violation is not None:
            return self._reject(violation)
        self._held = command
        self._run = start_turn(service, self._caller, self._origin, command)
        service.active_sockets.add(self)
        return []

    def _on_stop(self, command: commands.Stop) -> list[Action]:
        if not self._turn.received(command):
            return []  # the answer ended while the command was on its way
        assert self._run is not None, "a turn is running"
        message_id = self._run.answer.message_id
        self.end_turn()
        return self._perform([SendEvent(events.Done(message_id=message_id))])

    def _reject(self, rule: str) -> list[Action]:
        """Refuse a message by a rule; that ends the running turn, too (§4.5)."""
        self.end_turn()
        self._challenge = None
        return self._perform([reject_message(rule)])

    # ---------------------------------------------------------------- challenges
    def _send_challenge(self, method: str) -> list[Action]:
        return self._perform([make_challenge(method, self._ids, self._service.dialect)])

    def _hold(self, command: commands.Send, method: str) -> list[Action]:
        """Hold a message until the client passes the challenge; send the challenge unless it was sent before (§4.7)."""
        self._held = command
        return [] if self._challenge is not None else self._send_challenge(method)

    def _on_held_send(self, challenge: SendChallenge) -> list[Action]:
        """Handle a second copy of the held message: go on if the client passed the challenge, else send it again."""
        if not self._is_passed:
            return self._send_challenge(challenge.method)
        self._challenge = None
        return []

    def _on_challenge_response(self, command: commands.ChallengeResponse) -> list[Action]:
        if self._challenge is None and command.method == CLARITY:
            known = self._service.store.knows_clarity_token(command.token)
            return [] if known else self._reject("failed-challenge")
        if not self._turn.received(command) or self._challenge is None:
            return self._reject("no-challenge")
        self._is_passed = is_passed(self._challenge, command, self._service.dialect)
        if not self._is_passed:
            return self._reject("failed-challenge")
        if self._opening_challenge is not None:
            return self._pass_opening()
        if self._service.dialect.held_send is HeldSend.KEPT:
            self._answer_held()
        return []

    def _pass_opening(self) -> list[Action]:
        self._opening_challenge = self._challenge = None
        held = self._held
        if held is None or self._service.dialect.held_send is HeldSend.REPEATED:
            return []
        self._answer_held()
        return self._start(held)

    def _answer_held(self) -> None:
        """Go on with the held message; a second copy of it starts no turn."""
        self._challenge = None
        self._answered_copy = self._held
        if self._held is not None:
            self._turn.received(self._held)

    # ---------------------------------------------------------------- out
    def _perform(self, outputs: Iterable[Output]) -> list[Action]:
        return [action for output in outputs for action in self._actions(output)]

    def _actions(self, output: Output) -> list[Action]:
        match output:
            case SendEvent():
                self._turn.sending(output.event)
                return [self._encoder.event(output)]
            case SendNamed():
                return [self._encoder.named(output)]
            case SendRaw():
                return [self._encoder.raw(output.text)]
            case SendChallenge():
                self._challenge, self._is_passed = output, False
                self._turn.sending(events.ChallengeEvent())
                return [self._encoder.challenge(output)]
            case GoSilent():
                self._is_silent = True
                return []
            case Pause() | End() | Close():
                return [output]
