"""``wiretape view``: a cassette as a page for the browser."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated, Final

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
        """,
    about="""
        The page has a lane for REST and one for each socket and stream, the messages with filters and search, each
        message in detail, and the answer as it grew. It is one file, loads nothing, and shows recorded content as text.
        """,
    exit_codes="0 written, or ended by Ctrl-C; 2 the cassette cannot be read, or the page exists",
)


def view(
    cassette: options.Cassette,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the page into this file, and end.", metavar="FILE")
    ] = None,
    port: options.Port = 0,
    force: options.Force = False,
) -> None:
    """Look at a cassette in the browser."""
    from harness.cassette.store import load
    from harness.redact.cassettes import redact_cassette
    from harness.redact.engine import Redactor
    from harness.services.choice import every_service
    from harness.view.document import document
    from harness.view.files import write_page
    from harness.view.session_data import session_data

    if out is not None:
        refuse_input(out, cassette)
        refuse_existing(out, force=force)
    # A cassette that was written by hand or by an older version may hold secrets.
    loaded = redact_cassette(Redactor(every_service(own_profiles())), load(cassette))
    page = document(session_data(loaded, profile_of(loaded.recorded.origin), cassette.name))
    if out is None:
        _serve(page, port)
        return
    write_page(out, page)
    say(f"wrote {out}: open it in a browser", "green")


def _serve(page: bytes, port: int) -> None:
    from harness.view.serving import showing

    with showing(page, port=port) as url:
        print(f"{url}\n  Ctrl-C ends it", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return
