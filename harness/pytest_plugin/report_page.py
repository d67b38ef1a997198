"""Writes the page of a red test (``--wire-report``): the problems, the recorded session, and what came instead.

Imported only when something failed: the redactor and the page cost time to import.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.cassette.store import load
from harness.errors import HarnessError
from harness.pytest_plugin.wires import Wire
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor
from harness.services.choice import every_service
from harness.view.comparison import comparison_data
from harness.view.document import document
from harness.view.problems import problem_data
from harness.view.session_data import session_data
from harness.whole_files import UnwrittenFileError, write_whole


def write_report_page(wire: Wire, folder: Path, *, has_actual: bool) -> str:
    """Write the page of a wire whose test failed; return where it is, or why it could not be written.

    Args:
        wire: Replays a cassette; its outcome holds the problems.
        folder: Created if it is missing.
        has_actual: Whether the session that took place was saved.
    """
    path = wire.pages.path(folder, wire)
    try:
        page = document(_data(wire, has_actual=has_actual))
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(path, page, private=True)
    except UnwrittenFileError as error:
        return str(error)
    except (HarnessError, OSError) as error:
        return f"could not be written: {error}"
    wire.pages.written(path)
    return wire.plan.shown(path)


def _data(wire: Wire, *, has_actual: bool) -> dict[str, Any]:
    cassette = wire.backend.cassette
    # A cassette that was written by hand or by an older version may hold secrets; the actual session is redacted.
    redactor = Redactor(every_service((wire.redacting_service,)))
    data: dict[str, Any] = {
        "test": wire.pages.test,
        "problems": [problem_data(each) for each in wire.outcome.page_problems],
    }
    title = wire.plan.path.name if wire.plan.path else "the session"
    if cassette is not None:
        cassette = redact_cassette(redactor, cassette)
    actual = redact_cassette(redactor, load(wire.aside)) if has_actual else None
    if cassette is not None and actual is not None:
        return data | comparison_data(cassette, actual, wire.service, (title, "what came"))
    session = cassette or actual
    return data if session is None else data | session_data(session, wire.service, title if cassette else "what came")
