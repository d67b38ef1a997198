"""``wiretape faults``: the faults there are; and what commands with ``--fault`` share."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from harness.cli import options
from harness.cli.console import say
from harness.cli.help_text import command_help
from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.faults.kinds import FaultKind
    from harness.faults.plan import ArmedRules

HELP: Final = command_help(
    "List the faults that a rule can name.",
    examples="""
        wiretape faults
        wiretape faults close
        wiretape replay chat.yaml --fault 'close 1012 after 3 messages' -- python app.py
        """,
    about="""
        A rule is one line: FAULT [VALUE ..] [NAME=VALUE ..] [WHERE] [of [METHOD] PATH] [HOW OFTEN].

        WHERE: at request 2; from request 3; at every upgrade; at message 4; after 3 events; at message where
        event=done; after 2s of the socket. Events are those of a streamed response, messages those of a socket. Without
        WHERE, faults of requests strike the first one.

        HOW OFTEN: once, 3 times, always, in 5% seed 7.
        """,
)
_WIDTH: Final = 100


class UnknownFaultError(HarnessError):
    """No fault has that name."""


Name: TypeAlias = Annotated[str | None, typer.Argument(help="A fault: show its values.", metavar="FAULT")]


def faults(name: Name = None, as_json: options.AsJson = False) -> None:
    """List the faults that a rule can name.

    Raises:
        UnknownFaultError: There is no such fault.
    """
    from harness.faults.table import FAULTS, GROUPS, unknown_fault

    if name is not None and name not in FAULTS:
        raise UnknownFaultError(unknown_fault(name))
    chosen = list(FAULTS.values()) if name is None else [FAULTS[name]]
    if as_json:
        import json

        print(json.dumps([_as_data(each) for each in chosen], indent=2))
    elif name is not None:
        print("\n".join(_details(chosen[0])))
    else:
        for group, members in GROUPS.items():
            print(group)
            for each in members:
                print("\n".join(_row(each)))


def _as_data(fault: FaultKind) -> dict[str, object]:
    return {
        "name": fault.name,
        "strikes": list(fault.units),
        "effect": fault.effect,
        "real": fault.real,
        "values": {each.name: {"about": each.about, "default": each.default} for each in fault.parameters},
    }


def _row(fault: FaultKind) -> list[str]:
    text = f"{fault.effect} ({fault.real})"
    return textwrap.wrap(
        text, _WIDTH, initial_indent=f"  {fault.name:<14} ", subsequent_indent=" " * 17, break_on_hyphens=False
    )


def _details(fault: FaultKind) -> list[str]:
    lines = [
        f"{fault.name}: {fault.effect}",
        f"  in real life: {fault.real}",
        f"  strikes at: {', '.join(fault.units)}",
    ]
    for each in fault.parameters:
        default = "" if each.default in (None, "") else f"; {each.default} by default"
        lines.append(f"  {each.name}: {each.about}{default}")
    return lines


# ---------------------------------------------------------------- for record, replay and serve
@dataclass(frozen=True, slots=True)
class FaultOutcome:
    """The fault rules of a session after its end, to report how often each struck."""

    plan: ArmedRules

    def report(self, code: int) -> int:
        """Print how often each fault rule struck; returns ``code``, or 1 if that is 0 and a rule never struck."""
        for armed in self.plan.armed:
            if armed.struck:
                times = "once" if armed.struck == 1 else f"{armed.struck} times"
                say(f"fault struck {times}: {armed.rule}", "yellow")
            else:
                say(f"fault never struck: {armed.rule}", "red")
        return code or int(bool(self.plan.unstruck))


def fault_plan(rules: list[str] | None) -> ArmedRules:
    """The rules of ``--fault``, checked before COMMAND runs.

    Raises:
        FaultRuleError: A value is not a fault rule.
    """
    from harness.faults.plan import ArmedRules

    return ArmedRules(rules or ())
