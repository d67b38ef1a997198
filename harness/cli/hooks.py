"""``--hooks FILE.py``: the user's functions, for what a profile cannot express, as conftest.py has them for tests."""

from __future__ import annotations

import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from harness.errors import HarnessError
from harness.printable import one_line

if TYPE_CHECKING:
    from harness.profile import ServiceProfile
    from harness.record.hooks import RecordHooks
    from harness.replay.rules import PlayRules
    from harness.stubs.stubs import Stubs

_MODULE: Final = "wiretape_hooks"


class HooksError(HarnessError):
    """A file of hooks cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """The functions of a file of hooks; each may be missing.

    Attributes:
        before_record_request: Changes a request before it is written or compared; None as its result leaves the
            exchange out. Takes and returns a `harness.match.request.RequestView`.
        before_record_response: The same for a response, before it is written: `harness.record.hooks.ResponseView`.
        match: Compares the recorded and the actual request, beside the other rules: returns False or raises
            AssertionError if they differ.
        event_name: Returns the name of a message's event, or None.
        stubs: Takes a `harness.stubs.Stubs`, and adds stubs to it: ``stubs.on("GET", "/items").reply(json=[1])``.
        path: The file; None if there is none.
    """

    before_record_request: Callable[[Any], Any] | None = None
    before_record_response: Callable[[Any], Any] | None = None
    match: Callable[[Any, Any], object] | None = None
    event_name: Callable[[bytes], str | None] | None = None
    stubs: Callable[[Any], object] | None = None
    path: Path | None = None

    def for_recording(self) -> RecordHooks:
        """The two functions that change requests and responses before a recording writes them."""
        from harness.record.hooks import RecordHooks

        return RecordHooks(before_request=self.before_record_request, before_response=self.before_record_response)

    def on_rules(self, rules: PlayRules) -> PlayRules:
        """The given rules of a replay, with the functions `before_record_request` and `match` of the file added."""
        more = () if self.match is None else (self.match,)
        return replace(rules, before_request=self.before_record_request, match_on=(*rules.match_on, *more))

    def add_stubs(self, stubs: Stubs) -> None:
        """Call the file's function `stubs`, which adds its stubs to the given ones.

        Raises:
            HooksError: There is a file of hooks, but none that adds stubs; or it raises.
        """
        if self.path is None:
            return
        if self.stubs is None:
            raise HooksError(f"{self.path}: it defines no function stubs(stubs), which adds what the server answers")
        try:
            self.stubs(stubs)
        except HarnessError:
            raise
        except Exception as error:
            raise _failed(self.path, error) from error

    def on_profile(self, profile: ServiceProfile) -> ServiceProfile:
        """The service's profile with the file's function `event_name`; unchanged if the file has none."""
        return profile if self.event_name is None else replace(profile, event_name=self.event_name)


NO_HOOKS: Final = Hooks()
_NAMES: Final = tuple(each.name for each in fields(Hooks) if each.name != "path")


def read_hooks(path: Path | None) -> Hooks:
    """The hooks of a file, which is run; none without a file.

    Args:
        path: A Python file. Modules beside it can be imported.

    Raises:
        HooksError: The file cannot be read, raises, or defines none of the functions.
    """
    if path is None:
        return NO_HOOKS
    module = _run(path)
    found = {name: getattr(module, name) for name in _NAMES if hasattr(module, name)}
    if not found:
        raise HooksError(f"{path}: it defines no hook: write a function {', '.join(_NAMES[:-1])} or {_NAMES[-1]}")
    for name, function in found.items():
        if not callable(function) or inspect.iscoroutinefunction(function):
            raise HooksError(f"{path}: {name}: expected a function that is not async")
    return Hooks(path=path, **found)


def _run(path: Path) -> ModuleType:
    if not path.is_file():
        raise HooksError(f"{path}: there is no such file: --hooks takes a Python file")
    spec = importlib.util.spec_from_file_location(_MODULE, path)
    if spec is None or spec.loader is None:
        raise HooksError(f"{path}: --hooks takes a Python file, whose name ends in .py")
    module = sys.modules[_MODULE] = importlib.util.module_from_spec(spec)
    # Last: a file beside the hooks must not stand for a module of Python's, or of ours.
    sys.path.append(str(path.absolute().parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _failed(path, error) from error
    return module


def _failed(path: Path, error: BaseException) -> HooksError:
    at = "" if (line := _line(error, path)) is None else f":{line}"
    return HooksError(f"{path}{at}: it cannot be run: " + one_line(f"{type(error).__name__}: {error}", 300))


def _line(error: BaseException, path: Path) -> int | None:
    """The line of the file at which it raised; None if it is not known."""
    if isinstance(error, SyntaxError) and error.filename == str(path.absolute()):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((each.lineno for each in reversed(frames) if each.filename == str(path.absolute())), None)
