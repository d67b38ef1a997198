"""`WireFailure`: a problem on the wire as a test's failure, and how reports display it.

The terminal shows it in colour; JUnit XML and reports of xdist's workers hold plain text.
"""

from __future__ import annotations

from typing import Any

import pytest
from _pytest._code.code import TerminalRepr
from _pytest._io import TerminalWriter

_TITLE = "wiretape"


class WireFailure(pytest.fail.Exception):
    """A test failure with a complete report; pytest shows no traceback of ours with it.

    Attributes:
        text: The report, redacted, without colour.
        coloured: The same report with ANSI colours.
        is_cause: Whether the client's own error follows from this failure; else it is a remark.
    """

    # pytest's own failures do the same, so that summaries show the bare class name.
    __module__ = "builtins"

    def __init__(self, text: str, coloured: str | None = None, *, is_cause: bool = True) -> None:
        super().__init__(f"wiretape: {text}", pytrace=False)
        self.text = text
        self.is_cause = is_cause
        self.coloured = f"wiretape: {text if coloured is None else coloured}"


class WiretapeWarning(pytest.PytestWarning):
    """A remark about a cassette that does not fail the test."""


def show(report: pytest.TestReport, failure: WireFailure, config: pytest.Config, *, instead: bool) -> None:
    """Put a failure into the report of a failed test.

    Args:
        report: The report.
        failure: The failure to show.
        config: The running pytest's.
        instead: Whether the failure is the test's own error; else it is an additional section.
    """
    shown: Any = report.longrepr
    if shown is None or isinstance(shown, tuple):
        return  # a skip
    if not instead:
        if not hasattr(shown, "addsection"):
            report.sections.append((_TITLE, failure.text))
            return
        shown.addsection(_TITLE, failure.text)
        _prefix_summary(shown, failure)
    # A worker of xdist sends its report as plain values, which cannot hold our class.
    if not hasattr(config, "workerinput") and hasattr(shown, "toterminal"):
        report.longrepr = _ColouredRepr(shown, failure.coloured, instead=instead)


def _prefix_summary(shown: Any, failure: WireFailure) -> None:
    """Show the problem, if it is the cause, before the error's type in pytest's one-line summary."""
    crash: Any = getattr(shown, "reprcrash", None)
    first = failure.text.partition("\n")[0]
    if failure.is_cause and crash is not None and isinstance(crash.message, str):
        kind = crash.message.partition("\n")[0].partition(":")[0].rpartition(".")[2]
        crash.message = f"{first} ({kind})"


class _ColouredRepr(TerminalRepr):
    """A report that writes colour to terminals that have it, and otherwise behaves like the plain one it wraps."""

    def __init__(self, plain: Any, coloured: str, *, instead: bool) -> None:
        self._plain = plain
        self._coloured = coloured
        self._instead = instead

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def __str__(self) -> str:
        return str(self._plain)

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the report."""
        if not tw.hasmarkup:
            self._plain.toterminal(tw)
        elif self._instead:
            tw.line(self._coloured)
        else:
            # The plain report's last section is this failure without colour.
            sections = self._plain.sections
            self._plain.sections = sections[:-1]
            try:
                self._plain.toterminal(tw)
            finally:
                self._plain.sections = sections
            tw.sep("-", _TITLE)
            tw.line(self._coloured)
