"""What all requests and sockets of one service share."""

from __future__ import annotations

from fake_server.scenarios.library import make_registry
from fake_server.service.callers import Caller
from fake_server.service.config import Config
from fake_server.service.dialect import DIALECTS
from fake_server.service.memory import Memory
from fake_server.service.refusals import How, check_refusal
from provider.wire.generations import find_generation


class Service:
    """A service in one generation: its settings, its scenarios, its memory."""

    def __init__(self, config: Config) -> None:
        """See `Config` for the settings.

        Raises:
            UnknownScenarioError: ``config.always`` begins with a command that there is not.
        """
        self.config = config
        self.generation = find_generation(config.generation)
        self.dialect = DIALECTS[config.generation]
        self.scenarios = make_registry(config.scenarios)
        self.memory = Memory(config, self.dialect)
        if config.always is not None and config.always.startswith("/"):
            self.scenarios.find(config.always.split(maxsplit=1)[0])

    def failure(self, at: str, caller: Caller) -> How | None:
        """How a request of that kind is to fail, or None."""
        how = self.memory.take_refusal(caller.key, at)
        if how is not None:
            return how
        return self.config.faults.get(at, self.config.faults.get("any"))

    def refuse_next(self, at: str, how: How, caller: str | None = None) -> None:
        """Let one request fail; of the caller with that key, or of whoever comes first.

        Raises:
            RefusalError: There is no such request, or no such way to fail.
        """
        check_refusal(at, how)
        self.memory.refuse_next(caller, at, how)
