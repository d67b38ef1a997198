"""``wiretape serve``: the fake service; the same as ``python -m fake_server``."""

from __future__ import annotations

import typer


def serve_scripts(context: typer.Context) -> None:
    """Run the fake service (`wiretape serve --help` shows its options)."""
    from fake_server.__main__ import main

    raise typer.Exit(main(context.args, prog="wiretape serve"))
