"""The state that all requests and sockets of one fake share."""

from __future__ import annotations

from typing import Final, Protocol

from fake_server.scenarios.library import make_registry
from fake_server.service.callers import Caller
from fake_server.service.config import Config
from fake_server.service.deterministic import Clock
from fake_server.service.dialect import DIALECTS
from fake_server.service.refusals import How, check_fault
from fake_server.service.store import ServiceStore
from fake_server.service.switches import choose_readings
from fake_server.service.tokens import Expiry
from provider.wire.generations import find_generation

_STRICT_DELAY: Final = 0.1
"""Seconds before ``connected``, so that a client that does not wait for it fails."""


class ActiveSocket(Protocol):
    """A socket on which a turn has started."""

    @property
    def caller(self) -> Caller:
        """The client at the other end."""
        ...

    @property
    def in_turn(self) -> bool:
        """Whether the turn is still running."""
        ...


class Service:
    """A service in one generation: its settings, its scenarios, its data.

    Attributes:
        generation: The generation, with the readings that the switches choose.
        dialect: The service's side of it, likewise.
        clock: The service's own time.
        expiry: The tokens that a test expired.
        greeting_delay: Seconds before ``connected``.
        active_sockets: The sockets on which a turn has started.
    """

    def __init__(self, config: Config) -> None:
        """Start without any data.

        Raises:
            UnknownScenarioError: ``config.always`` starts with a command that does not exist.
        """
        self.config = config
        usual = find_generation(config.generation), DIALECTS[config.generation]
        self.generation, self.dialect = choose_readings(*usual, config.switches)
        strict_delay = _STRICT_DELAY if config.strict and self.generation.connected else 0.0
        self.greeting_delay = strict_delay if config.greeting_delay is None else config.greeting_delay
        self.active_sockets: set[ActiveSocket] = set()
        self.scenarios = make_registry(config.scenarios)
        self.clock = Clock(self.dialect.start)
        self.expiry = Expiry()
        self.store = ServiceStore(config, self.dialect, self.clock)
        if config.always is not None and config.always.startswith("/"):
            self.scenarios.find(config.always.split(maxsplit=1)[0])

    def next_fault(self, at: str, caller: Caller) -> How | None:
        """The fault for a caller's request at a place; None if it should not fail. A one-time fault is used up."""
        how = self.store.take_fault(caller.key, at)
        if how is not None:
            return how
        return self.config.faults.get(at, self.config.faults.get("any"))

    def has_active_turn(self, caller: Caller) -> bool:
        """Whether a turn of the caller is running on any socket."""
        return bool(caller.key) and any(each.in_turn and each.caller.key == caller.key for each in self.active_sockets)

    def refuse_next(self, at: str, how: How, caller: str | None = None) -> None:
        """Make one request fail: the next of the caller with that key, or anybody's next (None).

        Raises:
            RefusalError: The place or the fault does not exist.
        """
        check_fault(at, how)
        self.store.add_fault(caller, at, how)
