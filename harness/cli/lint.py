"""``wiretape lint``: a search for secrets in cassettes and HAR files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final

import typer

from harness.cli import options
from harness.cli.ages import Ages
from harness.cli.console import fail, say, stdout
from harness.cli.help_text import command_help
from harness.cli.inputs import (
    MAX_HAR_BYTES,
    Inspected,
    KnownSecrets,
    NoFileError,
    inspected,
    new_redactor,
)
from harness.cli.left_out import lines
from harness.errors import HarnessError
from harness.printable import one_line

if TYPE_CHECKING:
    from harness.redact.scan import SecretFinding

_LARGE = 8 * 1024 * 1024


HELP: Final = command_help(
    "Look for secrets in cassettes and HAR files; print where and of which kind, never the value.",
    examples="""
        wiretape lint cassettes/
        wiretape lint --json session.har
        wiretape lint --learn ~/my-secrets.txt tests/
        wiretape lint --max-age 90d cassettes/
        """,
    about="""
        lint finds tokens, cookies, keys, JWTs, e-mail addresses and account names, by their place in the service's
        messages and by their look, in any encoding, and the secrets of --learn. Placeholders are not secrets.

        lint skips files that are neither cassettes nor HARs. It searches a cassette's side files, too, and names the
        exchanges that are missing from a cassette.
        """,
    exit_codes="0 nothing found; 1 it found a secret, or a cassette is too old; 2 a file cannot be read, or the paths "
    "hold neither a cassette nor a HAR",
)


def lint(
    paths: options.Paths,
    as_json: options.AsJson = False,
    learn: options.Learn = None,
    places: options.Redact = None,
    personal: options.RedactPersonal = False,
    max_age: options.MaxAge = None,
    warn_age: options.WarnAge = None,
    may_be_none: Annotated[
        bool, typer.Option("--may-be-none", help="Accept paths that hold neither a cassette nor a HAR.")
    ] = False,
) -> None:
    """Look for secrets in cassettes and HAR files."""
    known = KnownSecrets(learn, places or (), personal)
    new_redactor(known)  # an unusable file of secrets is one error, not one for each file
    looked = _Looked(ages=Ages.parse(max_age, warn_age))
    for file in inspected(paths):
        if file.what is not None or file.problem:
            _look(file, known, looked)
    if not looked.files and not looked.unreadable and not may_be_none:
        shown = ", ".join(map(str, paths))
        raise NoFileError(f"neither a cassette nor a HAR file in {shown}: is the path right?")
    _print(looked, as_json=as_json)
    raise typer.Exit(2 if looked.unreadable else 1 if looked.found or looked.too_old else 0)


@dataclass(slots=True, kw_only=True)
class _Looked:
    """The results so far.

    Attributes:
        ages: How old cassettes may be.
        found: File and finding.
        files: How many files were read.
        unreadable: How many could not be read.
        too_old: How many cassettes are too old.
    """

    ages: Ages
    found: list[tuple[str, SecretFinding]] = field(default_factory=list[tuple[str, "SecretFinding"]])
    files: int = 0
    unreadable: int = 0
    too_old: int = 0


def _look(file: Inspected, known: KnownSecrets, looked: _Looked) -> None:
    try:
        if file.problem:
            raise NoFileError(f"{file.path}: {file.problem}")
        if file.path.stat().st_size > _LARGE:
            say(f"looking through {file.path}", "dim")
        looked.found += list(_findings(file, known, looked))
        looked.files += 1
    except (HarnessError, OSError) as error:
        looked.unreadable += 1
        text = str(error)
        fail(text if str(file.path) in text else f"{file.path}: {text}")
        looked.found += _by_look(file, known)


def _by_look(file: Inspected, known: KnownSecrets) -> list[tuple[str, SecretFinding]]:
    """Search a file that cannot be parsed for texts that look like secrets."""
    from harness.cassette.files import read_file

    try:
        content = read_file(file.path, MAX_HAR_BYTES)
    except (HarnessError, OSError):
        return []
    return [(str(file.path), each) for each in new_redactor(known).scan(content)]


def _findings(file: Inspected, known: KnownSecrets, looked: _Looked) -> Iterator[tuple[str, SecretFinding]]:
    from harness.cassette.files import read_content, read_file
    from harness.cassette.model import LIMITS
    from harness.cassette.store import load, side_folder
    from harness.redact.contents import content_findings
    from harness.redact.lint import lint_cassette, lint_har

    path = file.path
    if file.what == "har":
        yield from ((str(path), each) for each in lint_har(new_redactor(known), read_file(path, MAX_HAR_BYTES)))
    elif file.what == "side file":
        content = read_content(path, LIMITS.side_file_bytes)
        yield from ((str(path), each) for each in content_findings(new_redactor(known), content))
    else:
        cassette = load(path)
        for line in lines(cassette.left_out):
            say(f"{path}: {line}", "yellow")
        looked.too_old += looked.ages.refuse(path, cassette)
        beside = side_folder(path)
        files = [path, *(sorted(one for one in beside.iterdir() if one.is_file()) if beside.is_dir() else ())]
        contents = ((str(each), read_content(each, LIMITS.file_bytes)) for each in files)
        redactor = new_redactor(known, origin=cassette.recorded.origin)
        for name, finding in lint_cassette(redactor, cassette, contents):
            yield name if name.startswith(str(path)) else f"{path}: {name}", finding


def _print(looked: _Looked, *, as_json: bool) -> None:
    found = looked.found
    if as_json:
        listed = [
            {"file": name, "line": each.line, "column": each.column, "label": each.label, "form": each.form}
            for name, each in found
        ]
        data = {"files": looked.files, "findings": listed, "unreadable": looked.unreadable, "too_old": looked.too_old}
        typer.echo(json.dumps(data, indent=1))
        return
    console = stdout()
    for name, each in found:
        console.print(one_line(f"{name}:{each.line}:{each.column}: {each.label} ({each.form})", 1000))
    files = _counted(looked.files, "file")
    if looked.unreadable:
        say(f"{_counted(looked.unreadable, 'file')} could not be read, and may hold secrets", "red")
    if found:
        say(f"{len(found)} possible secrets in {files}; `wiretape redact` replaces them", "red")
    elif looked.files:
        say(f"nothing secret found in {files}", "" if looked.unreadable else "green")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
