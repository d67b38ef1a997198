"""``wiretape view``: a cassette as a page for the browser."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from harness.cli import options
from harness.cli.console import say
from harness.cli.help_text import command_help
from harness.cli.outputs import refuse_existing, refuse_input
from harness.cli.profiles import own_profiles, profile_of

HELP: Final = command_help(
    "Look at a cassette in the browser.",
    examples="""
        wiretape view hello.yaml                          prints a URL of this machine; Ctrl-C ends it
        wiretape view hello.yaml --out hello.html
        wiretape view old.yaml new.yaml                   both side by side, at the first difference
        """,
    about="""
        The page has a lane for REST and one for each socket and stream, the messages with filters and search, each
        message in detail, and the answer as it grew. It is one file, loads nothing, and shows recorded content as text.

        Two cassettes stand side by side: each message beside the one that `wiretape diff` finds to correspond to it.
        """,
    exit_codes="0 written, or ended by Ctrl-C; 2 the cassette cannot be read, or the page exists",
)


def view(
    cassette: options.Cassette,
    other: Annotated[Path | None, typer.Argument(help="Another cassette, to compare with.", metavar="[OTHER]")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the page into this file, and end.", metavar="FILE")
    ] = None,
    port: options.Port = 0,
    force: options.Force = False,
) -> None:
    """Look at a cassette in the browser."""
    from harness.view.document import document
    from harness.whole_files import write_whole

    given = [cassette] if other is None else [cassette, other]
    if out is not None:
        for each in given:
            refuse_input(out, each)
        refuse_existing(out, force=force)
    page = document(_data(given))
    if out is None:
        _serve(page, port)
        return
    write_whole(out, page, private=True)
    say(f"wrote {out}: open it in a browser", "green")


def _data(paths: list[Path]) -> dict[str, Any]:
    from harness.cassette.store import load
    from harness.redact.cassettes import redact_cassette
    from harness.redact.engine import Redactor
    from harness.services.choice import every_service
    from harness.view.comparison import comparison_data
    from harness.view.session_data import session_data

    # A cassette that was written by hand or by an older version may hold secrets.
    loaded = [redact_cassette(Redactor(every_service(own_profiles())), load(each)) for each in paths]
    profile = profile_of(loaded[-1].recorded.origin)
    if len(loaded) == 1:
        return session_data(loaded[0], profile, paths[0].name)
    return comparison_data(loaded[0], loaded[1], profile, (paths[0].name, paths[1].name))


def _serve(page: bytes, port: int) -> None:
    from harness.view.serving import showing

    with showing(page, port=port) as url:
        print(f"{url}\n  Ctrl-C ends it", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return
