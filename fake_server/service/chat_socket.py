"""One chat socket, without the socket: the client's messages in, acts out (docs/protocol.md §4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fake_server.service.callers import Caller
from fake_server.service.challenges import CLARITY, ask, is_passed
from fake_server.service.dialect import HeldSend
from fake_server.service.output import Act, Ask, Close, End, FallSilent, Pause, Speech, Tell, TellNamed, TellRaw, Wish
from fake_server.service.rules import holds_for_message, object_to
from fake_server.service.service import Service
from fake_server.service.turn import Performance, begin, find_objection
from provider.websocket import Message, Opcode
from provider.wire import commands, events
from provider.wire.commands import decode_command
from provider.wire.errors import MalformedEventError
from provider.wire.state_machine import Side, TurnStateMachine

_PASSED_OVER: Final = frozenset({"messagePreview", "sendContext", "sendTypingStatus", "setCallType"})
"""Commands of the page that want no answer (§4.3)."""
_SESSION_ID: Final = "clientSessionId"


class ChatSocket:
    """The service's end of one socket.

    Whoever holds the connection performs `open`, then hands each message to `hear`, and calls `go_on` as long as the
    socket is `busy` and the client is silent; if the client is silent for `patience` seconds, `lose_patience`. Each
    answers with acts to be done in order.
    """

    def __init__(self, service: Service, caller: Caller, *, origin: str, query: Mapping[str, str]) -> None:
        self._service = service
        self._caller = caller
        self._origin = origin
        self._has_session_id = _SESSION_ID in query
        self._turn = TurnStateMachine(Side.SERVER)
        self._names = service.memory.names("socket", caller.key)
        self._speech = Speech(challenges_apart=service.dialect.challenges_apart)
        self._performance: Performance | None = None
        self._silent = False
        self._greeted = False
        self._owed = service.config.challenge
        self._asked: Ask | None = None
        self._held: commands.Send | None = None
        self._kept: commands.Send | None = None
        self._is_passed = False

    @property
    def caller(self) -> Caller:
        """Who is at the other end."""
        return self._caller

    @property
    def busy(self) -> bool:
        """Whether there is something to say."""
        return not self._greeted or (self.in_turn and not self._silent and self._asked is None)

    @property
    def in_turn(self) -> bool:
        """Whether a message is being answered."""
        return self._performance is not None and self._performance.has_more

    @property
    def patience(self) -> float | None:
        """Seconds that the client may be silent; None for as long as it likes."""
        is_awaited = self._asked is not None and not self._is_passed
        return self._service.config.challenge_timeout if is_awaited else None

    def open(self) -> list[Act]:
        """Greet the client, or wait a little before that."""
        delay = self._service.greeting_delay
        return [Pause(delay)] if delay else self._greet()

    def _greet(self) -> list[Act]:
        self._greeted = True
        request_id = self._names.hex()
        times = self._service.generation.connected
        greeting = self._tell(Tell(events.Connected(request_id=request_id)) for _ in range(times))
        # §4.7: it comes behind `connected`; where there is none, it answers the first message.
        return [*greeting, *self._demand()] if self._owed is not None and times else greeting

    def hear(self, message: Message) -> list[Act]:
        """Take a message of the client.

        Raises:
            ScenarioError: The scenario that it asks for is broken; names it.
        """
        if message.opcode not in (Opcode.TEXT, Opcode.BINARY):
            return []
        try:
            command = decode_command(message.data)
        except (MalformedEventError, UnicodeDecodeError):
            return self._fail("malformed")
        if self._greeted:
            return self._obey(command)
        if isinstance(command, commands.Send) and holds_for_message("too-early", self._service.config):
            return self._fail("too-early")
        return [*self._greet(), *self._obey(command)]

    def go_on(self) -> list[Act]:
        """The next of the running turn.

        Raises:
            ScenarioError: The scenario is broken; names it.
        """
        if not self._greeted:
            return self._greet()
        assert self._performance is not None, "only while the socket is busy"
        return self._tell(self._performance.next())

    def lose_patience(self) -> list[Act]:
        """Nobody has answered the challenge (§4.7: a silence of about a minute, then the end)."""
        return [Close(1000, "")]

    def leave(self) -> None:
        """The connection is over, or its turn."""
        self._service.talking.discard(self)
        if self._performance is not None:
            self._performance.stop()
            self._performance = None

    # ---------------------------------------------------------------- commands
    def _obey(self, command: commands.ClientCommand) -> list[Act]:
        match command:
            case commands.Send():
                return self._on_send(command)
            case commands.ChallengeResponse():
                return self._on_challenge_response(command)
            case commands.Stop():
                return self._on_stop(command)
            case commands.PingCommand():
                return self._tell([Tell(events.PongEvent())])
            case commands.UnknownCommand(name):
                return [] if name in _PASSED_OVER else self._fail("unknown-event")
            case commands.SetOptions() | commands.ReportLocalConsents() | commands.PongCommand():
                return []

    def _on_send(self, command: commands.Send) -> list[Act]:
        if self._kept is not None and command == self._kept:
            self._kept = None
            return []  # it was answered, or is being answered, without coming again
        if self._owed is not None:
            return self._hold(command)
        if not self._turn.received(command):
            return self._fail("out-of-turn")
        if self._asked is not None and command == self._held:
            return self._on_held_send(self._asked)
        return self._take(command)

    def _take(self, command: commands.Send) -> list[Act]:
        self.leave()
        self._asked = None
        self._silent = False
        service = self._service
        if (
            service.generation.client_session_id
            and not self._has_session_id
            and holds_for_message("no-session-id", service.config)
        ):
            return self._fail("no-session-id")
        objection = find_objection(service, self._caller, command)
        if objection is not None:
            return self._fail(objection)
        self._held = command
        self._performance = begin(service, self._caller, self._origin, command)
        service.talking.add(self)
        return []

    # ---------------------------------------------------------------- challenges
    def _demand(self) -> list[Act]:
        assert self._owed is not None, "there is something to prove"
        return self._tell([ask(self._owed, self._names, self._service.dialect)])

    def _hold(self, command: commands.Send) -> list[Act]:
        """Nothing is answered before the proof is given: silence, if it was asked for (§4.7)."""
        self._held = command
        return [] if self._asked is not None else self._demand()

    def _on_held_send(self, asked: Ask) -> list[Act]:
        """The message that was held comes again: the turn goes on, if the challenge was passed."""
        if not self._is_passed:
            return self._tell([ask(asked.method, self._names, self._service.dialect)])
        self._asked = None
        return []

    def _on_challenge_response(self, command: commands.ChallengeResponse) -> list[Act]:
        if self._asked is None and command.method == CLARITY:
            known = self._service.memory.knows_clarity_token(command.token)
            return [] if known else self._fail("failed-challenge")
        if not self._turn.received(command) or self._asked is None:
            return self._fail("no-challenge")
        self._is_passed = is_passed(self._asked, command, self._service.dialect)
        if not self._is_passed:
            return self._fail("failed-challenge")
        if self._owed is not None:
            return self._let_in()
        if self._service.dialect.held_send is HeldSend.KEPT:
            self._keep()
        return []

    def _let_in(self) -> list[Act]:
        self._owed = self._asked = None
        held = self._held
        if held is None or self._service.dialect.held_send is HeldSend.REPEATED:
            return []
        self._keep()
        return self._take(held)

    def _keep(self) -> None:
        """Go on with the message that was held, whether it comes again or not."""
        self._asked = None
        self._kept = self._held
        if self._held is not None:
            self._turn.received(self._held)

    def _on_stop(self, command: commands.Stop) -> list[Act]:
        if not self._turn.received(command):
            return []  # it has crossed with the end of the answer
        assert self._performance is not None, "a turn is running"
        message_id = self._performance.answer.message_id
        self.leave()
        return self._tell([Tell(events.Done(message_id=message_id))])

    def _fail(self, objection: str) -> list[Act]:
        """Refuse what the client sent; the running turn is over with that (§4.5)."""
        self.leave()
        self._asked = None
        return self._tell([object_to(objection)])

    # ---------------------------------------------------------------- out
    def _tell(self, wishes: Iterable[Wish]) -> list[Act]:
        return [act for wish in wishes for act in self._acts(wish)]

    def _acts(self, wish: Wish) -> list[Act]:
        match wish:
            case Tell():
                self._turn.sending(wish.event)
                return [self._speech.event(wish)]
            case TellNamed():
                return [self._speech.named(wish)]
            case TellRaw():
                return [self._speech.raw(wish.text)]
            case Ask():
                self._asked, self._is_passed = wish, False
                self._turn.sending(events.Challenge())
                return [self._speech.challenge(wish)]
            case FallSilent():
                self._silent = True
                return []
            case Pause() | End() | Close():
                return [wish]
