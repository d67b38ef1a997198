"""``wiretape lint``: are there secrets in cassettes and HAR files?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from harness.cli.console import fail, say, stdout
from harness.cli.inspected import MAX_HAR_BYTES, Inspected, inspected
from harness.cli.known_secrets import Known, Learn, Redact, RedactPersonal, new_redactor
from harness.errors import HarnessError
from harness.printable import one_line

if TYPE_CHECKING:
    from harness.redact.engine import Redactor
    from harness.redact.scan import Finding

_LARGE = 8 * 1024 * 1024


def lint(
    paths: Annotated[list[Path], typer.Argument(help="Cassettes, HAR files, and folders of them.", metavar="PATH...")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
    learn: Learn = None,
    places: Redact = None,
    personal: RedactPersonal = False,
) -> None:
    r"""Look for secrets in cassettes and HAR files; says where and of which kind, never what.

    Found are tokens, cookies, keys, JWTs, e-mail addresses and account names in the places of the service and by their
    look, and what --learn adds, in any encoding. Stand-ins are none. Other files are passed over; of a cassette the
    side files are looked at, too.

    Exit codes: 0 nothing found; 1 something was; 2 a file cannot be read.

    \b
    Examples:
      wiretape lint cassettes/
      wiretape lint --json session.har
      wiretape lint --learn ~/my-secrets.txt tests/
    """
    known = Known(learn, places or (), personal)
    found: list[tuple[str, Finding]] = []
    looked_at = unreadable = 0
    for file in inspected(paths):
        if file.what is None:
            continue
        looked_at += 1
        if file.path.stat().st_size > _LARGE:
            say(f"looking through {file.path}", "dim")
        try:
            found += [(name, finding) for name, finding in _findings(file, new_redactor(known))]
        except (HarnessError, OSError) as error:
            unreadable += 1
            text = str(error)
            fail(text if str(file.path) in text else f"{file.path}: {text}")
    _print(found, looked_at, as_json=as_json)
    raise typer.Exit(2 if unreadable else 1 if found else 0)


def _findings(file: Inspected, redactor: Redactor) -> Iterator[tuple[str, Finding]]:
    from harness.cassette.folder import read_file
    from harness.cassette.limits import LIMITS
    from harness.cassette.store import load, side_folder
    from harness.redact.lint import lint_cassette, lint_har

    path = file.path
    if file.what == "har":
        yield from ((str(path), each) for each in lint_har(redactor, read_file(path, MAX_HAR_BYTES)))
    elif file.what == "side file":
        yield from ((str(path), each) for each in redactor.scan(read_file(path, LIMITS.side_file_bytes)))
    else:
        cassette = load(path)
        beside = side_folder(path)
        files = [path, *(sorted(beside.iterdir()) if beside.is_dir() else ())]
        contents = ((str(each), read_file(each, LIMITS.file_bytes)) for each in files)
        for name, finding in lint_cassette(redactor, cassette, contents):
            yield name if name.startswith(str(path)) else f"{path}: {name}", finding


def _print(found: list[tuple[str, Finding]], looked_at: int, *, as_json: bool) -> None:
    if as_json:
        listed = [
            {"file": name, "line": each.line, "column": each.column, "label": each.label, "form": each.form}
            for name, each in found
        ]
        typer.echo(json.dumps({"files": looked_at, "findings": listed}, indent=1))
        return
    console = stdout()
    for name, each in found:
        console.print(one_line(f"{name}:{each.line}:{each.column}: {each.label} ({each.form})", 1000))
    files = f"{looked_at} file{'' if looked_at == 1 else 's'}"
    if found:
        say(f"{len(found)} possible secrets in {files}; `wiretape redact` puts stand-ins in their place", "red")
    else:
        say(f"nothing secret found in {files}", "green")
