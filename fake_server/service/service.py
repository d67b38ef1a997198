"""What all requests and sockets of one service share."""

from __future__ import annotations

from typing import Final, Protocol

from fake_server.scenarios.library import make_registry
from fake_server.service.callers import Caller
from fake_server.service.config import Config
from fake_server.service.deterministic import Clock
from fake_server.service.dialect import DIALECTS
from fake_server.service.refusals import How, check_refusal
from fake_server.service.store import Memory
from fake_server.service.switches import choose_readings
from fake_server.service.tokens import Expiry
from provider.wire.generations import find_generation

_STRICT_DELAY: Final = 0.1
"""Seconds before ``connected``: who does not wait for it is found out."""


class Talking(Protocol):
    """A socket whose message is being answered."""

    @property
    def caller(self) -> Caller:
        """Who is at the other end."""
        ...

    @property
    def in_turn(self) -> bool:
        """Whether a message is being answered."""
        ...


class Service:
    """A service in one generation: its settings, its scenarios, its memory.

    Attributes:
        generation: As the switches read it.
        dialect: As the switches read it.
        clock: The service's own time.
        expiry: Which tokens were made to expire.
        greeting_delay: Seconds before ``connected``.
        talking: The sockets that have begun to answer a message.
    """

    def __init__(self, config: Config) -> None:
        """See `Config` for the settings.

        Raises:
            UnknownScenarioError: ``config.always`` begins with a command that there is not.
        """
        self.config = config
        usual = find_generation(config.generation), DIALECTS[config.generation]
        self.generation, self.dialect = choose_readings(*usual, config.switches)
        strict_delay = _STRICT_DELAY if config.strict and self.generation.connected else 0.0
        self.greeting_delay = strict_delay if config.greeting_delay is None else config.greeting_delay
        self.talking: set[Talking] = set()
        self.scenarios = make_registry(config.scenarios)
        self.clock = Clock(self.dialect.start)
        self.expiry = Expiry()
        self.memory = Memory(config, self.dialect, self.clock)
        if config.always is not None and config.always.startswith("/"):
            self.scenarios.find(config.always.split(maxsplit=1)[0])

    def failure(self, at: str, caller: Caller) -> How | None:
        """How a request of that kind is to fail, or None."""
        how = self.memory.take_refusal(caller.key, at)
        if how is not None:
            return how
        return self.config.faults.get(at, self.config.faults.get("any"))

    def is_talking(self, caller: Caller) -> bool:
        """Whether a message of that caller is being answered on any socket."""
        return bool(caller.key) and any(each.in_turn and each.caller.key == caller.key for each in self.talking)

    def refuse_next(self, at: str, how: How, caller: str | None = None) -> None:
        """Let one request fail; of the caller with that key, or of whoever comes first.

        Raises:
            RefusalError: There is no such request, or no such way to fail.
        """
        check_refusal(at, how)
        self.memory.refuse_next(caller, at, how)
