"""What `wiretape record` refuses before it opens anything: options that do not go together, and unwritable files."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

import typer

from harness.cli.command import OptionConflictError
from harness.cli.upstreams import Target
from harness.errors import HarnessError

_BROWSER: Final = "--browser"
_NAMES: Final = {"command": "COMMAND", "everything": "--all"}
"""Parameters that do not have the name of their option."""
_NOT_SET: Final = (None, False, [], ())
"""The values of options that are not given. 0 equals False: it is the port's default."""
_UNUSED_BY_BROWSER: Final = ("--twice", "--verify", "--port", "--allow-origin", "--tls-name", "--fault")


class ExistingCassetteError(HarnessError):
    """The cassette exists already, or its folder cannot be written."""


def _given(context: typer.Context) -> frozenset[str]:
    """The options that are set, as the user writes them."""
    given = {name for name, value in context.params.items() if value not in _NOT_SET}
    return frozenset(_NAMES.get(name, f"--{name.replace('_', '-')}") for name in given)


def checked(
    context: typer.Context, target: Target, impersonate: str | None, output: Path, *, may_exist: bool
) -> Target:
    """Refuse options of `wiretape record` that cannot work, before anything is opened; returns the target.

    Raises:
        OptionConflictError: Options do not go together, or the browser's name is unknown.
        ExistingCassetteError: The cassette exists already, or its folder cannot be written.
    """
    _check_options(_given(context), target.url)
    _check_browser_name(impersonate)
    _check_output(output, may_exist=may_exist)
    return target


def _check_options(given: frozenset[str], upstream: str) -> None:
    """Refuse options that have no effect, or do not go together.

    Raises:
        OptionConflictError: Options do not go together.
    """
    if given & {"--headless", "--all"} and _BROWSER not in given:
        raise OptionConflictError("--headless and --all need --browser: they are about the browser that is recorded")
    if _BROWSER in given:
        _check_with_browser(given)
    if given & {"--twice", "--check"}:
        _check_with_twice(given)
    if "--verify" in given and upstream.lower().startswith("http:"):
        raise OptionConflictError("--verify has no effect on an http upstream: there is no certificate")
    if {"--merge", "--force"} <= given:
        raise OptionConflictError("--merge adds to a cassette and --force replaces it: give one of them")
    if {"--merge", "--pin-date"} <= given:
        raise OptionConflictError("--pin-date needs --force: a merged cassette keeps the dates of both recordings")


def _check_with_browser(given: frozenset[str]) -> None:
    if given & {"COMMAND", "--proxy"}:
        raise OptionConflictError("--browser takes neither a COMMAND nor --proxy")
    if unused := [name for name in _UNUSED_BY_BROWSER if name in given]:
        raise OptionConflictError(f"{unused[0]} has no effect with --browser: the browser connects by itself")
    if "--impersonate" in given:
        raise OptionConflictError("--impersonate does not go with --browser, which connects as the browser that it is")


def _check_with_twice(given: frozenset[str]) -> None:
    if "--twice" not in given:
        raise OptionConflictError("--check needs --twice: it compares the two takes")
    if "COMMAND" not in given:
        raise OptionConflictError("--twice needs COMMAND, which runs two times: write it after --")
    if others := [name for name in ("--merge", "--pin-date", "--fault") if name in given]:
        raise OptionConflictError(f"{others[0]} does not go with --twice, which records two whole takes")


def _check_browser_name(name: str | None) -> None:
    from provider.transport.handle import is_look

    if name is not None and not is_look(name):
        raise OptionConflictError(
            f"--impersonate: curl_cffi cannot imitate {name!r}: expected chrome, edge, firefox, safari or tor"
        )


def _check_output(output: Path, *, may_exist: bool) -> None:
    """Raise an error before the recording if its cassette could not be written after it."""
    from harness.cassette.files import TEMPORARY_PREFIX

    if output.is_dir():
        raise ExistingCassetteError(f"{output} is a folder: name a file in it as the output")
    if output.exists() and not may_exist:
        raise ExistingCassetteError(f"{output} exists already; --force replaces it, --merge adds to it")
    folder = output.parent
    if not folder.is_dir():
        raise ExistingCassetteError(f"{folder} is not a folder: the cassette cannot be written there")
    try:
        tempfile.TemporaryFile(dir=folder, prefix=TEMPORARY_PREFIX).close()
    except OSError as error:
        raise ExistingCassetteError(f"{folder} cannot be written: {error.strerror}") from error
