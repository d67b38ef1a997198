"""The pages behind a sweep's heat map: the recorded session beside what passed in a run that went badly."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from harness.sweep.running import Program
    from harness.sweep.sweep import Judged


def write_session_pages(judged: Iterable[Judged], program: Program, heat_map: Path) -> dict[str, str]:
    """Write a page for each run that kept its session, into a folder beside the heat map.

    Args:
        judged: The runs to show.
        program: What ran, and its cassette.
        heat_map: The heat map's file.

    Returns:
        Rule, as a line -> URL of its page, relative to the heat map.

    Raises:
        UnwrittenFileError: A page cannot be written.
        OSError: The folder cannot be created.
    """
    from harness.cli.profiles import own_profiles
    from harness.redact.cassettes import redact_cassette
    from harness.redact.engine import Redactor
    from harness.services.choice import every_service
    from harness.view.comparison import comparison_data
    from harness.view.document import document
    from harness.whole_files import write_whole

    folder = heat_map.with_name(f"{heat_map.stem}.sessions")
    # A cassette that was written by hand or by an older version may hold secrets.
    recorded = redact_cassette(Redactor(every_service(own_profiles())), program.cassette)
    pages: dict[str, str] = {}
    for number, each in enumerate(judged, 1):
        if each.run.session is None:
            continue
        session = each.run.session.cassette()
        folder.mkdir(exist_ok=True)
        path = folder / f"{number:03}.html"
        data = comparison_data(recorded, session, program.profile, ("recorded", "with the fault"))
        page = document({**data, "test": str(each.rule), "problems": [_verdict(each)]})
        write_whole(path, page, private=True)
        pages[str(each.rule)] = quote(f"{folder.name}/{path.name}")
    return pages


def _verdict(judged: Judged) -> dict[str, Any]:
    run = judged.run
    code = "did not end in time" if run.code is None else f"ended with {run.code}"
    return {
        "title": judged.verdict,
        "lines": [f"the program {code}, {run.seconds:.1f} s after its start", f"requests: {len(run.arrivals)}"],
    }
