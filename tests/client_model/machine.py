"""A model of an app that uses two clients in any order of calls; it knows what each call may do."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from itertools import count
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import provider.errors
from provider import (
    CloudflareError,
    Conversation,
    CopilotError,
    Credentials,
    FinishReason,
    MissingAuthError,
    RateLimitError,
    RegionError,
    ResponseError,
    ResponseStatusError,
    UsageError,
)
from provider import TimeoutError as CopilotTimeoutError
from tests.client_model.prompts import ARMING, EXPIRING, FAILING, GOOD, WAITING
from tests.client_model.rigs import WAYS, Held, MakeRig, OwnError, Rig
from tests.support.leaks import nothing_left

CLIENTS: Final = 2
TIMEOUT: Final = 20.0
"""Seconds for a turn; one that hangs would need them."""
SHORT: Final = 0.15
"""Seconds for a turn that cannot end."""
PATIENCE: Final = 15.0
"""Seconds within which each call has to come back."""
DOCUMENTED: Final = tuple(getattr(provider.errors, name) for name in provider.errors.__all__)
REFUSALS: Final = (RegionError, CloudflareError, RateLimitError, ResponseStatusError, MissingAuthError)
_numbers = count()

who = st.integers(0, CLIENTS - 1)
soon = st.integers(0, 4)


class ClientModel(RuleBasedStateMachine):
    """Two clients against one fake. Subclasses name the kind of clients, and a fake's URL by generation."""

    urls: Mapping[str, str]
    make_rig: MakeRig

    def __init__(self) -> None:
        super().__init__()
        self._checks = ExitStack()
        self._checks.enter_context(nothing_left())
        self._rig: Rig | None = None
        self._held: list[Held | None] = [None] * CLIENTS
        self._refusals = [0] * CLIENTS
        self._expired = [False] * CLIENTS
        self._known: list[list[Conversation]] = [[] for _ in range(CLIENTS)]
        self._refresh = "none"

    @initialize(
        refresh=st.sampled_from(["none", "works", "fails", "has none"]), generation=st.sampled_from(["2026", "2025-03"])
    )
    def begin(self, refresh: str, generation: str) -> None:
        self._refresh = refresh
        number = next(_numbers)
        made = count()

        def fetch(_: Credentials) -> Credentials | None:
            if refresh == "fails":
                raise OwnError("no new token")
            return Credentials(token=f"new-{number}-{next(made)}") if refresh == "works" else None

        options: dict[str, Any] = {} if refresh == "none" else {"refresh": fetch}
        self._rig = type(self).make_rig(
            [f"token-{number}-{who}" for who in range(CLIENTS)],
            base_url=self.urls[generation],
            generation=generation,
            timeout=TIMEOUT,
            linger=0.05,
            stored_credentials=False,
            **options,
        )

    # -------------------------------------------------------------- what each call may do
    @property
    def rig(self) -> Rig:
        assert self._rig is not None
        return self._rig

    def _busy(self, who: int) -> bool:
        held = self._held[who]
        return held is not None and held.turn.state == "running"

    def _try(self, who: int, call: Any, *expected: type[BaseException], alone: bool = True) -> Any:
        """Make a call that may raise what is expected, or that the service refuses if it has cause to.

        Most are refused while the client's turn runs: those that have to be ``alone``.
        """
        busy = alone and self._busy(who)
        begun = time.monotonic()
        try:
            result = call()
        except Exception as error:
            assert time.monotonic() - begun < PATIENCE
            if busy:
                assert type(error) is UsageError, repr(error)
            elif not isinstance(error, expected):
                self._check_refusal(who, error)
            return None
        assert time.monotonic() - begun < PATIENCE
        assert not busy, "a second turn began while one ran"
        return result

    def _check_refusal(self, who: int, error: Exception) -> None:
        if isinstance(error, OwnError):
            assert self._refresh == "fails"
            return
        assert isinstance(error, DOCUMENTED), repr(error)
        if self._expired[who] and self._refresh == "works" and isinstance(error, ResponseError | ResponseStatusError):
            return  # to the fake another token is another caller, who does not know these conversations
        assert isinstance(error, REFUSALS), repr(error)
        if self._expired[who] and self._refresh != "works" and isinstance(error, MissingAuthError):
            return
        assert self._refusals[who] > 0, repr(error)
        self._refusals[who] -= 1

    # -------------------------------------------------------------- whole turns
    @rule(who=who, prompt=st.sampled_from(GOOD))
    def ask(self, who: int, prompt: str) -> None:
        items = self._try(who, lambda: self.rig.read(who, prompt))
        if items is not None:
            assert FinishReason("stop") in items
            self._known[who] += [item for item in items if isinstance(item, Conversation)]

    @rule(who=who, prompt=st.sampled_from(sorted(FAILING)))
    def fail(self, who: int, prompt: str) -> None:
        assert self._try(who, lambda: self.rig.read(who, prompt), FAILING[prompt]) is None

    @rule(who=who, prompt=st.sampled_from(WAITING))
    def wait(self, who: int, prompt: str) -> None:
        self._try(who, lambda: self.rig.read(who, prompt, timeout=SHORT), CopilotTimeoutError)

    @rule(who=who, prompt=st.sampled_from(ARMING))
    def arm(self, who: int, prompt: str) -> None:
        self._try(who, lambda: self.rig.read(who, prompt))
        self._refusals[who] += 1

    @rule(who=who)
    def expire(self, who: int) -> None:
        if self._try(who, lambda: self.rig.read(who, EXPIRING)) is not None:
            self._expired[who] = True

    @rule(who=who, prompt=st.sampled_from(GOOD))
    def ask_aside(self, who: int, prompt: str) -> None:
        """Another conversation of a client answers, whatever the client's own turn does."""
        items = self._try(who, lambda: self.rig.read_aside(who, prompt), alone=False)
        assert items is None or FinishReason("stop") in items

    # -------------------------------------------------------------- turns that are left
    @rule(who=who, prompt=st.sampled_from([*GOOD, *WAITING]), way=st.sampled_from(WAYS), after=soon)
    def leave(self, who: int, prompt: str, way: Any, after: int) -> None:
        timeout = SHORT if prompt in WAITING else TIMEOUT
        self._try(who, lambda: self.rig.leave(who, prompt, way, after, timeout=timeout), CopilotTimeoutError)

    @rule(who=who, prompt=st.sampled_from([*GOOD, *WAITING]))
    def hold(self, who: int, prompt: str) -> None:
        timeout = SHORT if prompt in WAITING else TIMEOUT
        held = self._try(who, lambda: self.rig.hold(who, prompt, timeout=timeout), CopilotTimeoutError)
        if held is not None:
            self._held[who] = held

    @rule(who=who, number=st.integers(1, 10))
    def advance(self, who: int, number: int) -> None:
        held = self._held[who]
        if held is None:
            return
        begun = time.monotonic()
        try:
            self.rig.advance(held, number)
        except CopilotError as error:
            assert isinstance(error, DOCUMENTED), repr(error)
        except OwnError:
            assert self._refresh == "fails"
        assert time.monotonic() - begun < PATIENCE

    @rule(who=who)
    def close_turn(self, who: int) -> None:
        held = self._held[who]
        if held is not None:
            self.rig.close(held)
            assert held.turn.state == "over"

    @rule(who=who)
    def stop_turn(self, who: int) -> None:
        held = self._held[who]
        if held is not None:
            held.turn.stop()

    @rule(who=who)
    def drop_turn(self, who: int) -> None:
        held, self._held[who] = self._held[who], None
        if held is not None:
            turn = held.turn
            del held
            assert turn.state == "over"

    # -------------------------------------------------------------- between turns
    @rule(who=who, name=st.sampled_from(["user", "limits", "conversations"]))
    def look(self, who: int, name: str) -> None:
        if name != "limits" or self.rig.clients[who].options.generation == "2026":
            self._try(who, lambda: self.rig.account(who, name), alone=name != "conversations")

    @rule(who=who)
    def history(self, who: int) -> None:
        known = self.rig.clients[who].conversation is not None
        self._try(who, lambda: self.rig.account(who, "history"), *(() if known else (UsageError,)))

    @rule(who=who)
    def begin_anew(self, who: int) -> None:
        if not self._busy(who):
            self.rig.clients[who].conversation = None

    @rule(who=who, which=st.integers(0, 3))
    def go_back(self, who: int, which: int) -> None:
        known = self._known[who]
        if known and not self._busy(who):
            self.rig.clients[who].conversation = known[which % len(known)]

    @rule()
    def move(self) -> None:
        self.rig.move()

    # -------------------------------------------------------------- the end
    def teardown(self) -> None:
        with self._checks:
            if self._rig is not None:
                self._rig.finish()
                for client in self._rig.clients:
                    assert client.conversation is None or isinstance(client.conversation, Conversation)
            self._held = [None] * CLIENTS
            self._rig = None
