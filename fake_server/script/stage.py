"""`Script`: a stage that answers as a local Copilot."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from fake_server.service.access import UPGRADE, admit
from fake_server.service.callers import Caller, identify
from fake_server.service.chat_socket import ChatSocket
from fake_server.service.config import Config
from fake_server.service.output import Action, Close, End, Pause, SendMessage
from fake_server.service.refusals import How
from fake_server.service.routes import respond
from fake_server.service.rules import SOURCE_HEADER
from fake_server.service.service import Service
from fake_server.stage import Accept, Answer, Remarking, Request, Response, Socket
from provider.websocket import Ended, Message
from provider.wire.endpoints import CHAT, DEFAULT_BASE_URL


class Script:
    """A local Copilot. It keeps conversations in memory, within bounds, and drops the least recently used.

    Attributes:
        ORIGINS: Origins whose pages may use it, for ``serve(own_origins=..)``.
    """

    ORIGINS: ClassVar[tuple[str, ...]] = (DEFAULT_BASE_URL,)

    def __init__(self, config: Config | None = None) -> None:
        """Make a service without any data.

        Raises:
            UnknownScenarioError: ``config.always`` starts with a command that does not exist.
        """
        self._service = Service(config or Config())

    @property
    def config(self) -> Config:
        """The settings."""
        return self._service.config

    def list_scenarios(self) -> str:
        """The commands for prompts, one on each line."""
        return self._service.scenarios.table()

    def refuse_next(self, at: str, how: How) -> None:
        """Make the next request to an endpoint fail, whichever client sends it. May be called from any thread.

        Args:
            at: One of `fake_server.script.PLACES`, e.g. ``"user"``, ``"upgrade"`` or ``"any"``.
            how: A status, or one of `fake_server.script.FAULT_WORDS`.

        Raises:
            RefusalError: The place or the fault does not exist.
        """
        self._service.refuse_next(at, how)

    def expire(self, token: str | None = None) -> int:
        """Expire a token: the service rejects it with 401 from now on. May be called from any thread.

        Args:
            token: None for all tokens that requests had so far. Open sockets stay open.

        Returns:
            The number of valid tokens that this expired.
        """
        expiry = self._service.expiry
        return expiry.expire_all() if token is None else expiry.expire(token)

    def pass_time(self, seconds: int) -> None:
        """Move the service's clock, which stands still otherwise: tokens, cookies, sessions and uploads expire.

        Raises:
            ValueError: ``seconds`` is negative, or leads beyond the end of the calendar.
        """
        self._service.clock.advance(seconds)

    async def handle(self, request: Request) -> Answer:
        """Answer one request; see `fake_server.stage.Stage.handle`."""
        service = self._service
        caller = identify(request, service.config, service.clock.now, service.expiry)
        if request.path != CHAT:
            return self._with_source(respond(service, request, caller))
        refusal = admit(service, UPGRADE, caller)
        return self._with_source(refusal) if refusal else self._accept(request, caller)

    async def preflight(self, request: Request) -> Answer:
        """The service's own response to a page's preflight."""
        return await self.handle(request)

    async def close(self) -> None:
        """See `fake_server.stage.Stage.close`. A script holds nothing open."""

    def _with_source(self, answer: Answer) -> Answer:
        """A refusal with its rule in a header, unless the settings leave that out."""
        if not isinstance(answer, Response) or not answer.because or not self.config.because:
            return answer
        return replace(answer, headers=(*answer.headers, (SOURCE_HEADER, answer.because)))

    def _accept(self, request: Request, caller: Caller) -> Accept:
        query = request.query()

        async def run(socket: Socket) -> None:
            await run_chat(socket, ChatSocket(self._service, caller, origin=request.origin, query=query))

        return Accept(run=run, linger=True)


async def run_chat(socket: Socket, chat: ChatSocket) -> None:
    """Run a chat on a socket until one side ends the connection."""
    try:
        await _ChatLoop(socket, chat).run()
    finally:
        chat.end_turn()


class _ChatLoop:
    """Carries out the chat's actions, and passes it the client's messages and the time."""

    def __init__(self, socket: Socket, chat: ChatSocket) -> None:
        self._socket = socket
        self._chat = chat
        self._resume_at = 0.0
        self._over = False

    async def run(self) -> None:
        await self._carry_out(self._chat.open())
        while not self._over:
            received = await self._receive()
            if isinstance(received, Ended):
                return
            await self._carry_out(self._react(received))

    async def _receive(self) -> Message | Ended | None:
        """Wait for the client's next message; None when the service has to send, or a challenge has timed out."""
        if self._chat.has_output:
            return await self._socket.poll(max(0.0, self._resume_at - self._socket.now()))
        self._resume_at = 0.0
        timeout = self._chat.challenge_timeout
        return await (self._socket.receive() if timeout is None else self._socket.poll(timeout))

    def _react(self, received: Message | None) -> list[Action]:
        if received is not None:
            return self._chat.receive(received)
        return self._chat.advance() if self._chat.has_output else self._chat.time_out()

    async def _carry_out(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case SendMessage(message, because):
                    if because and isinstance(self._socket, Remarking):
                        self._socket.remark(because)
                    await self._socket.send(message)
                case Pause(seconds):
                    self._resume_at = self._socket.now() + seconds
                case End(how):
                    await self._socket.abort(how)
                    self._over = True
                case Close(code, reason):
                    await self._socket.close(code, reason)
                    self._over = True
