"""The checks of ``wiretape doctor`` that concern files: state directory, permissions, journals, profiles."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from harness.cli.doctor_cassettes import cassette_lines
from harness.cli.doctor_line import DoctorLine

_MOST_NAMED: Final = 5
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def project_lines(folder: Path) -> Iterator[DoctorLine]:
    """Run the checks, one line or more each; reads files, and changes none."""
    hide = _redactor()
    yield _state_directory()
    yield from _permissions()
    yield from _journals()
    yield _profiles(folder, hide)
    yield from cassette_lines(folder, hide)


def _redactor() -> Callable[[str], str]:
    """A function that redacts an error's text: the error may quote a file that anybody may have made."""
    from harness.redact.engine import Redactor
    from harness.services.choice import every_service

    return Redactor(every_service()).text


def _state_directory() -> DoctorLine:
    from harness.user_folders import state_directory

    path = state_directory()
    if not _can_be_written(path):
        advice = "make it a folder that you can write, or set XDG_STATE_HOME: recordings need it"
        return DoctorLine("state directory", "problem", f"{path} cannot be written", advice)
    return DoctorLine("state directory", "ok", str(path))


def _can_be_written(path: Path) -> bool:
    """Whether a folder can be written; of a missing one, whether it can be made."""
    for each in (path, *path.parents):
        try:
            mode = each.stat().st_mode
        except FileNotFoundError:
            continue
        except OSError:  # such as a folder above it that is a file, or that may not be read
            return False
        return stat.S_ISDIR(mode) and os.access(each, os.W_OK | os.X_OK)
    return False


def _permissions() -> Iterator[DoctorLine]:
    """A line for the files with secrets that other users can read; wiretape creates them with mode 0600."""
    from harness.record.state_dir import SUFFIX
    from harness.user_folders import state_directory
    from provider.auth.folders import data_folder
    from provider.auth.store import FILE_NAME

    state = state_directory()
    journals = sorted(state.glob(f"*{SUFFIX}")) if os.access(state, os.R_OK | os.X_OK) else []
    private = [path for path in (data_folder() / FILE_NAME, *journals) if os.path.isfile(path)]  # noqa: PTH113  # no error where a folder may not be read
    readable = [path for path in private if path.stat().st_mode & _OTHERS]
    for path in readable[:_MOST_NAMED]:
        yield DoctorLine("permissions", "note", f"{path} is open to other users", f"chmod 600 {path}")
    if len(readable) > _MOST_NAMED:
        more = len(readable) - _MOST_NAMED
        yield DoctorLine("permissions", "note", f"{more} more journals are open to other users", f"chmod 600 {state}/*")
    if not readable:
        yield DoctorLine("permissions", "ok", "credentials and journals are yours alone")


def _journals() -> Iterator[DoctorLine]:
    from harness.record.state_dir import journals

    try:
        left = [each for each in journals() if not each.living]
    except OSError as error:
        yield DoctorLine("journals", "note", f"cannot be read ({error.strerror})", "make the state directory readable")
        return
    for each in left[:_MOST_NAMED]:
        if each.head is None:
            yield DoctorLine(
                "journals", "note", f"{each.path} is unreadable", f"wiretape recover --discard {each.path}"
            )
        else:
            found = f"a recording into {each.head.cassette} was cut off"
            yield DoctorLine("journals", "note", found, f"wiretape recover {each.path}")
    if len(left) > _MOST_NAMED:
        yield DoctorLine(
            "journals", "note", f"{len(left) - _MOST_NAMED} more were left behind", "wiretape recover --all"
        )
    if not left:
        yield DoctorLine("journals", "ok", "no recording was left behind")


def _profiles(folder: Path, hide: Callable[[str], str]) -> DoctorLine:
    from harness.services.errors import ProfileError
    from harness.services.project import project_profiles

    try:
        names = [each.name for each in project_profiles(folder)]
    except ProfileError as error:
        place = error.file if error.line is None else f"{error.file}:{error.line}"
        found = f"{place}: {hide(error.problem)}"  # without the key, which may be a secret as well
        return DoctorLine("profiles", "problem", found, "wiretape profile check names the key: correct it")
    if not names:
        return DoctorLine("profiles", "ok", "none of this project's own; those built in apply")
    return DoctorLine("profiles", "ok", hide(", ".join(names)))
