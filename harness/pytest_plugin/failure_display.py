"""How reports look: in colour on terminals, plain in JUnit XML and on their way from xdist's workers."""

from __future__ import annotations

from typing import Any

import pytest
from _pytest._code.code import TerminalRepr
from _pytest._io import TerminalWriter

from harness.pytest_plugin.failure import WireFailure

_TITLE = "wiretape"


class _Shown(TerminalRepr):
    """Something in colour where the terminal has it; else, and in every other respect, what it stands for."""

    def __init__(self, plain: Any, coloured: str, *, instead: bool) -> None:
        self._plain = plain
        self._coloured = coloured
        self._instead = instead

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)

    def __str__(self) -> str:
        return str(self._plain)

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write it."""
        if not tw.hasmarkup:
            self._plain.toterminal(tw)
        elif self._instead:
            tw.line(self._coloured)
        else:
            # The plain one's last section is the same without colour.
            sections = self._plain.sections
            self._plain.sections = sections[:-1]
            try:
                self._plain.toterminal(tw)
            finally:
                self._plain.sections = sections
            tw.sep("-", _TITLE)
            tw.line(self._coloured)


def _head(shown: Any, failure: WireFailure) -> None:
    """Summaries say what was wrong on the wire, before the error that the client made of it."""
    crash: Any = getattr(shown, "reprcrash", None)
    first = failure.text.partition("\n")[0]
    if failure.is_cause and crash is not None and isinstance(crash.message, str):
        kind = crash.message.partition("\n")[0].partition(":")[0].rpartition(".")[2]
        crash.message = f"{first} ({kind})"


def show(report: pytest.TestReport, failure: WireFailure, config: pytest.Config, *, instead: bool) -> None:
    """Put a failure into a test's report.

    Args:
        report: The report, of a test that failed.
        failure: What to say.
        config: Of the running pytest.
        instead: The failure is the test's error, and not said in addition to it.
    """
    shown: Any = report.longrepr
    if shown is None or isinstance(shown, tuple):
        return  # a skip
    if not instead:
        if not hasattr(shown, "addsection"):
            report.sections.append((_TITLE, failure.text))
            return
        shown.addsection(_TITLE, failure.text)
        _head(shown, failure)
    if not hasattr(config, "workerinput") and hasattr(shown, "toterminal"):
        report.longrepr = _Shown(shown, failure.coloured, instead=instead)
