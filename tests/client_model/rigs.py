"""One way to drive either client: the model's rules know no difference between them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from provider import AsyncCopilotClient, CopilotClient
from tests.support.leaks import lasting_tasks

Way: TypeAlias = Literal["break", "raise", "interrupt", "close", "stop"]
"""How an app leaves a turn: out of its loop, by an exception of its own, by Ctrl-C or a cancelled task, or by a call."""
WAYS: tuple[Way, ...] = ("break", "raise", "interrupt", "close", "stop")


class OwnError(Exception):
    """What the app raises itself."""


@dataclass
class Held:
    """A turn whose iterator the app keeps."""

    turn: Any
    iterator: Any


class SyncRig:
    """Drives blocking clients."""

    def __init__(self, tokens: Sequence[str], **options: Any) -> None:
        self.clients = [CopilotClient(token, **options) for token in tokens]

    def read(self, who: int, prompt: str, **options: Any) -> list[Any]:
        return self.clients[who].chat(prompt, **options).read().items

    def hold(self, who: int, prompt: str, **options: Any) -> Held:
        turn = self.clients[who].chat(prompt, **options)
        held = Held(turn, iter(turn))
        self.advance(held, 1)
        return held

    def advance(self, held: Held, count: int) -> bool:
        """Take items of a turn; whether it has more."""
        for _ in range(count):
            try:
                next(held.iterator)
            except StopIteration:
                return False
        return True

    def close(self, held: Held) -> None:
        held.turn.close()

    def leave(self, who: int, prompt: str, way: Way, after: int, **options: Any) -> None:
        turn = self.clients[who].chat(prompt, **options)
        with contextlib.suppress(OwnError, KeyboardInterrupt):
            for number, _ in enumerate(turn):
                if number >= after:
                    if way == "break":
                        break
                    self._leave(turn, way)

    @staticmethod
    def _leave(turn: Any, way: Way) -> None:
        if way == "raise":
            raise OwnError
        if way == "interrupt":
            raise KeyboardInterrupt
        if way == "close":
            turn.close()
        else:
            turn.stop()

    def read_aside(self, who: int, prompt: str) -> list[Any]:
        """Ask in another conversation of the client, and drop that."""
        return self.clients[who].conversations.create().chat(prompt).read().items

    def account(self, who: int, name: str) -> Any:
        return getattr(self.clients[who], name)()

    def move(self) -> None:
        """Blocking clients have no event loop to change."""

    def finish(self) -> None:
        for client in self.clients:
            client.close()


class AsyncRig:
    """Drives asyncio clients, in two event loops."""

    def __init__(self, tokens: Sequence[str], **options: Any) -> None:
        self.clients = [AsyncCopilotClient(token, **options) for token in tokens]
        self._runners = [asyncio.Runner(), asyncio.Runner()]

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runners[0].run(work)

    def read(self, who: int, prompt: str, **options: Any) -> list[Any]:
        async def read() -> list[Any]:
            return (await self.clients[who].chat(prompt, **options).read()).items

        return self._run(read())

    def hold(self, who: int, prompt: str, **options: Any) -> Held:
        turn = self.clients[who].chat(prompt, **options)
        held = Held(turn, aiter(turn))
        self.advance(held, 1)
        return held

    def advance(self, held: Held, count: int) -> bool:
        async def advance() -> bool:
            for _ in range(count):
                try:
                    await anext(held.iterator)
                except StopAsyncIteration:
                    return False
            return True

        return self._run(advance())

    def close(self, held: Held) -> None:
        self._run(held.turn.close())

    def leave(self, who: int, prompt: str, way: Way, after: int, **options: Any) -> None:
        turn = self.clients[who].chat(prompt, **options)

        async def leave() -> None:
            number = 0
            async for _ in turn:
                if number >= after:
                    if way == "break":
                        break
                    await self._leave(turn, way)
                number += 1

        async def watched() -> None:
            task = asyncio.create_task(leave())
            await asyncio.wait([task])
            if not task.cancelled():
                await task

        with contextlib.suppress(OwnError):
            self._run(watched())

    @staticmethod
    async def _leave(turn: Any, way: Way) -> None:
        if way == "raise":
            raise OwnError
        if way == "interrupt":
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        elif way == "close":
            await turn.close()
        else:
            turn.stop()

    def read_aside(self, who: int, prompt: str) -> list[Any]:
        """Ask in another conversation of the client, and drop that."""

        async def read() -> list[Any]:
            return (await self.clients[who].conversations.create().chat(prompt).read()).items

        return self._run(read())

    def account(self, who: int, name: str) -> Any:
        return self._run(getattr(self.clients[who], name)())

    def move(self) -> None:
        """Go on in the other event loop."""
        self._runners.reverse()

    def finish(self) -> None:
        """Close the clients and the loops. No task may be left in either."""
        for client in self.clients:
            self._run(client.close())
        for runner in self._runners:
            assert runner.run(lasting_tasks()) == set()
            runner.close()


Rig: TypeAlias = SyncRig | AsyncRig
MakeRig: TypeAlias = Callable[..., Rig]
