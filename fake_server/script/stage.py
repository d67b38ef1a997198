"""`Script`, the stage: every request of a client that talks to Copilot is answered, and every socket is played."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from fake_server.service import routes
from fake_server.service.access import refuse_upgrade
from fake_server.service.callers import Caller, identify
from fake_server.service.chat_socket import ChatSocket
from fake_server.service.config import Config
from fake_server.service.output import Act, Close, End, Pause, Send
from fake_server.service.refusals import BECAUSE, How, refusal
from fake_server.service.service import Service
from fake_server.stage import Accept, Answer, Remarking, Request, Response, Socket
from provider.websocket import Ended, Message
from provider.wire.endpoints import CHAT, DEFAULT_BASE_URL, query_values


class Script:
    """A local Copilot. It keeps what was said in memory, and forgets the oldest when there is too much of it.

    Attributes:
        ORIGINS: Pages that may use it, for ``serve(own_origins=..)``.
    """

    ORIGINS: ClassVar[tuple[str, ...]] = (DEFAULT_BASE_URL,)

    def __init__(self, config: Config | None = None) -> None:
        """Make a service with nobody in it.

        Raises:
            UnknownScenarioError: ``config.always`` begins with a command that there is not.
        """
        self._service = Service(config or Config())

    @property
    def config(self) -> Config:
        """Its settings."""
        return self._service.config

    def list_scenarios(self) -> str:
        """The commands that prompts may hold, a line each."""
        return self._service.scenarios.table()

    def refuse_next(self, at: str, how: How) -> None:
        """Let the next request of a kind fail once, whoever sends it. May be called from any thread.

        Args:
            at: One of `fake_server.script.PLACES`, e.g. ``"user"``, ``"upgrade"`` or ``"any"``.
            how: A status, or a word of `fake_server.script.REFUSALS`.

        Raises:
            RefusalError: There is no such request, or no such way to fail.
        """
        self._service.refuse_next(at, how)

    def expire(self, token: str | None = None) -> int:
        """Let a token expire: it is refused with 401 from now on. May be called from any thread.

        Args:
            token: None for all that came so far. Sockets that are open stay so.

        Returns:
            How many have expired by this.
        """
        expiry = self._service.expiry
        return expiry.end_all() if token is None else expiry.end(token)

    def pass_time(self, seconds: int) -> None:
        """Let the service's time go on, which stands still otherwise: tokens, cookies, sessions and uploads expire.

        Raises:
            ValueError: It would go back, or beyond the calendar's end.
        """
        self._service.clock.let_pass(seconds)

    async def handle(self, request: Request) -> Answer:
        """See `fake_server.stage.Stage.handle`."""
        service = self._service
        caller = identify(request, service.config, service.clock.now, service.expiry)
        if request.path != CHAT:
            return self._explained(routes.answer(service, request, caller))
        refused = self._refusal(caller)
        return self._explained(refused) if refused else self._accept(request, caller)

    async def preflight(self, request: Request) -> Answer:
        """The service's own answer to a page's preflight."""
        return await self.handle(request)

    async def close(self) -> None:
        """See `fake_server.stage.Stage.close`; there is nothing to let go of."""

    def _explained(self, answer: Answer) -> Answer:
        """A refusal, with what it rests on, if that is wanted."""
        if not isinstance(answer, Response) or not answer.because or not self.config.because:
            return answer
        return replace(answer, headers=(*answer.headers, (BECAUSE, answer.because)))

    def _refusal(self, caller: Caller) -> Answer | None:
        service = self._service
        how = service.failure("upgrade", caller)
        if how is not None:
            return refusal(how)
        return refuse_upgrade(service, caller)

    def _accept(self, request: Request, caller: Caller) -> Accept:
        query = query_values(request.target)

        async def run(socket: Socket) -> None:
            await converse(socket, ChatSocket(self._service, caller, origin=request.origin, query=query))

        return Accept(run=run, linger=True)


async def converse(socket: Socket, chat: ChatSocket) -> None:
    """Talk until one side ends the connection."""
    try:
        await _Conversing(socket, chat).run()
    finally:
        chat.leave()


class _Conversing:
    def __init__(self, socket: Socket, chat: ChatSocket) -> None:
        self._socket = socket
        self._chat = chat
        self._resume_at = 0.0
        self._over = False

    async def run(self) -> None:
        await self._do(self._chat.open())
        while not self._over:
            heard = await self._listen()
            if isinstance(heard, Ended):
                return
            await self._do(self._react(heard))

    async def _listen(self) -> Message | Ended | None:
        """What the client says; None when it is this side's turn."""
        if self._chat.busy:
            return await self._socket.poll(max(0.0, self._resume_at - self._socket.now()))
        self._resume_at = 0.0
        patience = self._chat.patience
        return await (self._socket.receive() if patience is None else self._socket.poll(patience))

    def _react(self, heard: Message | None) -> list[Act]:
        if heard is not None:
            return self._chat.hear(heard)
        return self._chat.go_on() if self._chat.busy else self._chat.lose_patience()

    async def _do(self, acts: list[Act]) -> None:
        for act in acts:
            match act:
                case Send(message, because):
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
