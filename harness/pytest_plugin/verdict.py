"""What is said about a wire on which something went wrong."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from harness.cassette.model import Call, Exchange
from harness.errors import HarnessError
from harness.pytest_plugin.failure import WireFailure, WiretapeWarning
from harness.replay.report import Report
from harness.services.copilot import COPILOT

if TYPE_CHECKING:
    from harness.pytest_plugin.state import PluginState
    from harness.pytest_plugin.wires import Wire

_LEFT_OVER: Final = frozenset({"unplayed", "trailing"})
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


def current_failure(wire: Wire) -> WireFailure | None:
    """What went wrong since this was last asked; what is not played yet does not count.

    Clients have been told already what is wrong; what they sent last, without waiting for an answer, is looked at in
    the end.
    """
    report = wire.report_now()
    problems = tuple(each for each in report.problems if each.kind not in _LEFT_OVER)
    new, wire.told = problems[wire.told :], len(problems)
    if not new:
        return None
    return failure(wire, replace(report, problems=new))


def final_failure(wire: Wire, state: PluginState, report: Report) -> WireFailure | None:
    """What is wrong with a wire that has stopped, if its test went well.

    Args:
        wire: The wire.
        state: Where it is noted what of a shared cassette was played.
        report: The backing's last word.
    """
    if wire.server.errors and not wire.told:
        raised = [f"{type(error).__name__}: {error}" for error in wire.server.errors]
        return plain_failure(wire, "\n    ".join(["tool-failure: the server behind the wire failed", *raised]))
    for why, count in wire.server.unread.items():
        warnings.warn(f"{wire}: a request was refused ({count} times): {why}", WiretapeWarning, stacklevel=1)
    if not wire.watch.seen:
        silent = _nothing_asked(wire, report, alone=not (wire.plan.is_named and state.is_part))
        if silent is not None:
            return silent
    if wire.told:
        return None  # a test has failed for it
    if not wire.backing.reached_service:
        return plain_failure(wire, unreached(wire))
    if report.total and not wire.backing.records:
        _note_played(wire, state, report)
    late = replace(report, problems=tuple(each for each in report.failures if each.kind != "unplayed"))
    if late.problems:
        return failure(wire, late)
    return _left_over(wire, state, report)


def _left_over(wire: Wire, state: PluginState, report: Report) -> WireFailure | None:
    """What to say of exchanges that were not played, as the configuration has it."""
    path, policy = wire.plan.path, wire.plan.config.unplayed
    may_be_others = wire.may_be_shared or (wire.plan.is_named and state.is_part)
    if not report.failures or may_be_others or policy == "ignore":
        return None
    if policy == "warn":
        warnings.warn(f"{wire.plan.shown(path) if path else wire}: {report.text()}", WiretapeWarning, stacklevel=1)
        return None
    return failure(wire, report)


def failure(wire: Wire, report: Report) -> WireFailure:
    """A failure with everything a person needs."""
    saved = _save_actual(wire)

    def text(*, color: bool) -> str:
        # How much was played stands first there; here what is wrong does.
        played, _, wrong = report.text(color=color).rstrip("\n").partition("\n")
        facts = [f"{_DIM}{fact}{_PLAIN}" if color else fact for fact in _facts(wire, saved, played)]
        return "\n".join([wrong, *facts])

    return WireFailure(text(color=False), text(color=True))


def plain_failure(wire: Wire, text: str) -> WireFailure:
    """A failure of what is wrong with the session as a whole."""
    return WireFailure("\n".join([text.rstrip("\n"), *_facts(wire)]))


def _nothing_asked(wire: Wire, report: Report, *, alone: bool) -> WireFailure | None:
    path = wire.plan.path
    if path is None:
        return failure(wire, report) if report.failures else None
    shown = wire.plan.shown(path)
    where = f"Nothing came to {wire.url}. Does the client go there (wire.url, wire.env, the fixture copilot)?"
    where += wire.doubt and f"\nNor by wire_proxy: {wire.doubt}"
    if wire.backing.records:
        return plain_failure(wire, f"nothing-asked: nothing was recorded for {shown}\n{where}")
    if wire.backing.cassette is None:
        return plain_failure(wire, f"no-cassette: {shown} does not exist\n{where}")
    if not wire.backing.cassette.exchanges:
        warnings.warn(f"{shown} has 0 exchanges, and {wire.plan.test} made none", WiretapeWarning, stacklevel=1)
        return None
    if wire.plan.config.unplayed == "error" and alone and not wire.may_be_shared:
        total = len(wire.backing.cassette.exchanges)
        head = f"unplayed: the test asked for nothing, and {shown} has {total} exchange{'s'[: total > 1]}"
        return plain_failure(wire, f"{head}\n{where}")
    return None


def _note_played(wire: Wire, state: PluginState, report: Report) -> None:
    path, cassette = wire.plan.path, wire.backing.cassette
    if path is None or cassette is None:
        return
    use = state.usage.play(path, _tests(wire), report.played_indices, wire.plan.config.unplayed)
    if wire.may_be_shared and not use.exchanges:
        from harness.record.merge import alike  # noqa: PLC0415  # once for each shared cassette

        use.exchanges = tuple(f"{index}: {_name(each)}" for index, each in enumerate(cassette.exchanges, 1))
        use.alike = alike(cassette, COPILOT)


def note_head(wire: Wire, state: PluginState) -> None:
    """A cassette is played whose head lets something differ: the session says so in the end."""
    path, cassette = wire.plan.path, wire.backing.cassette
    if path is None or cassette is None or wire.mode == "verify" or not wire.watch.seen:
        return
    from harness.replay.prepare import relaxed_by  # noqa: PLC0415  # only where something is played
    from harness.replay.rules import DEFAULT_MATCH_ON, PlayRules  # noqa: PLC0415  # as above

    relaxed = relaxed_by(cassette, PlayRules(match_on=wire.plan.config.match_on or DEFAULT_MATCH_ON))
    if relaxed:
        state.usage.lenience(path).relaxed = relaxed


def note_lenience(wire: Wire, state: PluginState, report: Report) -> None:
    """A replay went well: what it let differ nevertheless."""
    path = wire.plan.path
    if path is not None and not wire.told and (report.bound or report.notes):
        state.usage.lenience(path).take(report, _tests(wire))


def _tests(wire: Wire) -> set[str]:
    # A wire that a test opens by itself ends before the test does.
    own = {wire.plan.test} if isinstance(wire.plan.node, pytest.Item) else set[str]()
    return wire.passed | own


def _name(exchange: Exchange) -> str:
    return f"{exchange.method if isinstance(exchange, Call) else 'socket'} {exchange.target.partition('?')[0]}"


def _facts(wire: Wire, saved: str = "", played: str = "") -> Iterator[str]:
    plan = wire.plan
    if played and wire.backing.cassette is not None:
        yield f"played:    {played.partition(' played')[0]}"
    yield f"test:      {plan.test}"
    if plan.path is not None:
        yield f"cassette:  {plan.shown(plan.path)}"
        yield f"mode:      {wire.mode}"
    if saved:
        yield f"actual:    {saved}"
    if plan.path is None:
        return
    if plan.path.exists():
        yield f"record it again:  {plan.again(wire.recorded_from, shared=wire.is_shared)}"
        return
    command, remark = plan.first()
    yield f"record it:  {command}"
    if remark:
        yield f"            {remark}"


def _save_actual(wire: Wire) -> str:
    """Where the session was kept; or why not."""
    if not wire.watch.seen or wire.backing.records:
        return ""
    from harness.pytest_plugin.actual_session import save_session  # noqa: PLC0415  # only when something failed

    try:
        save_session(wire.watch, wire.aside)
    except (HarnessError, OSError) as error:
        return f"it could not be kept: {error}"
    return wire.plan.shown(wire.aside)


def unreached(wire: Wire) -> str:
    """That the service could not be reached, and why; empty if it was."""
    problem = wire.backing.unreached
    if not problem:
        return ""
    kept = "" if wire.backing.reached_service or not wire.backing.records else "; nothing is recorded"
    return f"unreachable: {problem}{kept}"


def kept_aside(wire: Wire) -> str:
    """A remark for a failed test that was recording."""
    path = wire.plan.path
    if not wire.backing.records or path is None or not wire.watch.seen or not wire.backing.reached_service:
        return ""
    what = f"{wire.plan.shown(path)} stays as it was" if path.exists() else f"{wire.plan.shown(path)} is not written"
    return f"{what}, because the test failed; what was recorded is kept in {wire.plan.shown(wire.aside)}"


@contextlib.contextmanager
def harness_errors() -> Generator[None]:
    """Errors of the harness as failures of the test.

    Raises:
        WireFailure: In the place of any `HarnessError`.
    """
    try:
        yield
    except HarnessError as error:
        raise WireFailure(f"{type(error).__name__}: {error}") from error
