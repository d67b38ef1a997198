"""A wire's verdict: whether something went wrong on it, and the failure to report."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Final

import pytest

from harness.cassette.model import Call, Exchange
from harness.errors import HarnessError
from harness.pytest_plugin.failure import WireFailure, WiretapeWarning
from harness.pytest_plugin.state import PluginState
from harness.pytest_plugin.wires import Wire
from harness.replay.problems import Problem
from harness.replay.report import Report

_LEFTOVERS: Final = frozenset({"unplayed", "trailing"})
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


# ---------------------------------------------------------------- while the wire is open
def current_failure(wire: Wire) -> WireFailure | None:
    """Return the problems since the last call, as a failure, or None. Leftovers do not count yet.

    This does not wait for the clients' last messages: a client that waited for an answer has received its error, and
    messages after that are judged when the wire closes.
    """
    if not wire.may_have_problems:
        return None
    report = wire.report_now()
    problems = tuple(each for each in report.problems if each.kind not in _LEFTOVERS)
    new, wire.outcome.reported = problems[wire.outcome.reported :], len(problems)
    if not new:
        return None
    return failure(wire, replace(report, problems=new))


# ---------------------------------------------------------------- when the wire has closed
def final_failure(wire: Wire, state: PluginState, report: Report) -> WireFailure | None:
    """Return what is wrong with a closed wire whose tests all passed, or None.

    Args:
        wire: The wire.
        state: Notes which exchanges of a shared cassette were played.
        report: The backend's last report.
    """
    is_reported = bool(wire.outcome.reported)
    if wire.server.errors and not is_reported:
        raised = [f"{type(error).__name__}: {error}" for error in wire.server.errors]
        return plain_failure(wire, "\n    ".join(["tool-failure: the server behind the wire failed", *raised]))
    for why, count in wire.server.unread.items():
        warnings.warn(f"{wire}: the server refused {count} requests: {why}", WiretapeWarning, stacklevel=1)
    unused = None if wire.tap.seen else _unused(wire, state, report)
    if unused is not None or is_reported:
        return unused
    if wire.unstruck:
        rules = "\n    ".join(map(str, wire.unstruck))
        return plain_failure(wire, f"fault-unstruck: the session never came to the point of\n    {rules}")
    if not wire.backend.reached_service:
        return plain_failure(wire, unreached(wire))
    if report.total and not wire.backend.records:
        _note_played(wire, state, report)
    late = replace(report, problems=tuple(each for each in report.failures if each.kind != "unplayed"))
    return failure(wire, late) if late.problems else _leftovers(wire, state, report)


def _leftovers(wire: Wire, state: PluginState, report: Report) -> WireFailure | None:
    """Treat unplayed exchanges as the setting ``unplayed`` says: return a failure, warn, or ignore them."""
    path, policy = wire.plan.path, wire.plan.config.unplayed
    may_be_others = wire.may_be_shared or _may_belong_to_other_tests(wire, state)
    if not report.failures or may_be_others or policy == "ignore":
        return None
    if policy == "warn":
        warnings.warn(f"{wire.plan.shown(path) if path else wire}: {report.text()}", WiretapeWarning, stacklevel=1)
        return None
    return failure(wire, report)


def _unused(wire: Wire, state: PluginState, report: Report) -> WireFailure | None:
    """Return the failure of a wire that received no request, if it should have received one."""
    path = wire.plan.path
    if path is None:
        return failure(wire, report) if report.failures else None
    shown = wire.plan.shown(path)
    hint = f"No request reached {wire.url}. Does the client use wire.url, wire.env or the fixture copilot?"
    hint += wire.outcome.proxy_hint and f"\nNor through wire_proxy: {wire.outcome.proxy_hint}"
    if wire.backend.records:
        return plain_failure(wire, f"nothing-asked: nothing was recorded for {shown}\n{hint}")
    if wire.backend.cassette is None:
        return plain_failure(wire, f"no-cassette: {shown} does not exist\n{hint}")
    total = len(wire.backend.cassette.exchanges)
    if not total:
        warnings.warn(f"{shown} has no exchanges, and {wire.plan.test} made none", WiretapeWarning, stacklevel=1)
        return None
    may_be_others = wire.may_be_shared or _may_belong_to_other_tests(wire, state)
    if wire.plan.config.unplayed != "error" or may_be_others:
        return None
    exchanges = f"{total} exchange{'s'[: total > 1]}"
    return plain_failure(wire, f"unplayed: the test made no request, and {shown} has {exchanges}\n{hint}")


def _may_belong_to_other_tests(wire: Wire, state: PluginState) -> bool:
    """Whether a test that was not collected may use the same cassette."""
    return wire.plan.is_named and state.is_part


def _note_played(wire: Wire, state: PluginState, report: Report) -> None:
    path, cassette = wire.plan.path, wire.backend.cassette
    if path is None or cassette is None:
        return
    use = state.usage.play(path, _passed_tests(wire), report.played_indices, wire.plan.config.unplayed)
    if wire.may_be_shared and not use.exchanges:
        from harness.record.merge import alike  # noqa: PLC0415  # once for each shared cassette

        use.exchanges = tuple(f"{index}: {_name(each)}" for index, each in enumerate(cassette.exchanges, 1))
        use.alike = alike(cassette, wire.service)


def note_relaxed_head(wire: Wire, state: PluginState) -> None:
    """Note the differences that a replayed cassette's own head allows, for the end of the session."""
    path, cassette = wire.plan.path, wire.backend.cassette
    if path is None or cassette is None or wire.mode == "verify" or not wire.tap.seen:
        return
    from harness.replay.prepare import relaxed_by  # noqa: PLC0415  # only where something is played
    from harness.replay.rules import DEFAULT_MATCH_ON, PlayRules  # noqa: PLC0415  # as above

    relaxed = relaxed_by(cassette, PlayRules(match_on=wire.plan.config.match_on or DEFAULT_MATCH_ON))
    if relaxed:
        state.usage.lenience(path).relaxed = relaxed


def note_lenience(wire: Wire, state: PluginState, report: Report) -> None:
    """Note the differences that a successful replay accepted."""
    path = wire.plan.path
    if path is not None and not wire.outcome.reported and (report.bound or report.notes):
        state.usage.lenience(path).take(report, _passed_tests(wire))


def _passed_tests(wire: Wire) -> set[str]:
    # A test that opens a wire by itself is still running when the wire closes.
    own = {wire.plan.test} if isinstance(wire.plan.node, pytest.Item) else set[str]()
    return wire.outcome.passed_tests | own


def _name(exchange: Exchange) -> str:
    return f"{exchange.method if isinstance(exchange, Call) else 'socket'} {exchange.target.partition('?')[0]}"


# ---------------------------------------------------------------- texts
def failure(wire: Wire, report: Report) -> WireFailure:
    """Return a failure with the report's problems, and the command that records again."""
    saved = _save_actual(wire)
    page = _page(wire, report.problems, saved)

    def text(*, color: bool) -> str:
        # The report begins with the number of played exchanges; a failure begins with the problem.
        played, _, wrong = report.text(color=color).rstrip("\n").partition("\n")
        facts = [f"{_DIM}{fact}{_PLAIN}" if color else fact for fact in _facts(wire, saved, played, page)]
        return "\n".join([wrong, *facts])

    return WireFailure(text(color=False), text(color=True))


def plain_failure(wire: Wire, text: str) -> WireFailure:
    """Return a failure with a text about the whole session, then test, cassette, mode and command to record."""
    page = _page(wire, (text.rstrip("\n"),))
    return WireFailure("\n".join([text.rstrip("\n"), *_facts(wire, page=page)]))


def _facts(wire: Wire, saved: str = "", played: str = "", page: str = "") -> Iterator[str]:
    """Yield the lines below a problem: test, cassette, mode, and the command that records."""
    plan = wire.plan
    if played and wire.backend.cassette is not None:
        yield f"played:    {played.partition(' played')[0]}"
    yield f"test:      {plan.test}"
    if plan.path is not None:
        yield f"cassette:  {plan.shown(plan.path)}"
        yield f"mode:      {wire.mode}"
    if saved:
        yield f"actual:    {saved}"
    if page:
        yield f"page:      {page}"
    if plan.path is None:
        return
    if plan.path.exists():
        yield f"record it again:  {plan.command_to_record_again(wire.recorded_from, shared=wire.is_shared)}"
        return
    command, remark = plan.command_to_record()
    yield f"record it:  {command}"
    if remark:
        yield f"            {remark}"


def _save_actual(wire: Wire) -> str:
    """Save the session that the client ran against the replay; return its path, or why it could not be saved."""
    if not wire.tap.seen or wire.backend.records:
        return ""
    from harness.tap.session import save_session  # noqa: PLC0415  # only when something failed

    try:
        save_session(wire.tap, wire.aside, wire.redacting_service)
    except (HarnessError, OSError) as error:
        return f"could not be saved: {error}"
    return wire.plan.shown(wire.aside)


def _page(wire: Wire, problems: Sequence[Problem | str], saved: str = "") -> str:
    """Write the page of a red replay; return its path, why it could not be written, or "" if none is wanted."""
    folder, outcome = wire.plan.config.report, wire.outcome
    if folder is None or wire.backend.cassette is None or wire.backend.records:
        return ""
    from harness.pytest_plugin.report_page import write_report_page  # noqa: PLC0415  # only when something failed

    if outcome.page_of != wire.pages.test:
        outcome.page_of, outcome.page_problems = wire.pages.test, []
    outcome.page_problems += problems
    has_actual = (saved or _save_actual(wire)) == wire.plan.shown(wire.aside)
    return write_report_page(wire, wire.plan.node.config.invocation_params.dir / folder, has_actual=has_actual)


def page_of_failed_test(wire: Wire) -> str:
    """Write the page of a test that failed by itself; return a remark on it, or "" if there is nothing new."""
    page = "" if wire.outcome.page_of == wire.pages.test else _page(wire, ())
    return page and f"page:      {page}"


def unreached(wire: Wire) -> str:
    """Return a sentence on why the relay could not reach the service; empty if it could."""
    problem = wire.backend.unreached
    if not problem:
        return ""
    kept = "" if wire.backend.reached_service or not wire.backend.records else "; nothing is recorded"
    return f"unreachable: {problem}; check that the service runs, and its URL{kept}"


def kept_aside(wire: Wire) -> str:
    """Return a remark on where the recording of a failed test is kept; empty if there is none."""
    path = wire.plan.path
    if not wire.backend.records or path is None or not wire.tap.seen or not wire.backend.reached_service:
        return ""
    what = f"{wire.plan.shown(path)} stays as it was" if path.exists() else f"{wire.plan.shown(path)} is not written"
    return f"{what}, because the test failed; the recording is kept in {wire.plan.shown(wire.aside)}"


@contextlib.contextmanager
def harness_errors() -> Generator[None]:
    """Turn errors of the harness into the test's failure.

    Raises:
        WireFailure: In place of any `HarnessError`.
    """
    try:
        yield
    except HarnessError as error:
        raise WireFailure(f"{type(error).__name__}: {error}") from error
