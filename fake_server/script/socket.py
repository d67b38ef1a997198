"""Holds one connection for a `ChatSocket`: does its acts, hands it the client's messages, keeps its time."""

from __future__ import annotations

from fake_server.service.acts import Act, Close, End, Pause, Send
from fake_server.service.chat import ChatSocket
from fake_server.stage import Remarking, Socket
from provider.websocket import Ended, Message


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
