"""Checks the types of an app's arguments.

The error names the argument, and shows no value: it may be a secret.
"""

from __future__ import annotations

import difflib
import functools
import inspect
import numbers
from collections.abc import Callable, Iterable, Mapping
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from provider.errors import ArgumentTypeError

Function = TypeVar("Function", bound=Callable[..., Any])
_UNIONS: Final = (UnionType, Union)


@functools.cache
def hints_of(declaration: Any) -> Mapping[str, Any]:
    """The accepted types of a function, or of a TypedDict, by the argument's name."""
    return get_type_hints(declaration)


def lists_keywords(declared: Any, defaults: Mapping[str, object]) -> Callable[[Function], Function]:
    """Return a decorator for a function with ``**options``, whose signature then lists the keywords of a TypedDict.

    ``help`` shows the signature, and IPython and Jupyter complete by it. Type checkers read the annotation.

    Args:
        declared: The TypedDict.
        defaults: Keyword -> its default, for those whose default is not None.
    """

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function)
        named = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_KEYWORD]
        listed = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=hint)
            for name, hint in hints_of(declared).items()
        ]
        function.__signature__ = signature.replace(parameters=[*named, *listed])  # pyright: ignore[reportFunctionMemberAccess]
        return function

    return decorate


def find_mistake(call: str, arguments: Mapping[str, object], accepted: Mapping[str, Any]) -> ArgumentTypeError | None:
    """Return the error for the first unknown name or wrong type; None if all arguments are right.

    It is for the caller to raise: first the caller deletes its own references to secrets, which a traceback would show.

    Args:
        call: What the app calls, e.g. ``CopilotClient``, for the message.
        arguments: Name -> value, as the app passed them.
        accepted: Name -> type, as `hints_of` returns them.
    """
    for name, value in arguments.items():
        if name not in accepted:
            return _unknown(call, name, accepted)
        if not _is_accepted(value, accepted[name]):
            return ArgumentTypeError(
                f"{name} must be {_describe(accepted[name])}, not {_type_of(value)}", step=call, argument=name
            )
    return None


def _unknown(call: str, name: str, known: Iterable[str]) -> ArgumentTypeError:
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(names)}."
    return ArgumentTypeError(f"{call}() got an unexpected keyword argument {name!r}", hint=hint, argument=name)


def _is_accepted(value: object, hint: Any) -> bool:
    origin = get_origin(hint)
    if origin in _UNIONS:
        return any(_is_accepted(value, each) for each in get_args(hint))
    if origin is Callable:
        return callable(value)
    if hint is float:
        return not isinstance(value, bool) and isinstance(value, numbers.Real)
    if origin is not None and issubclass(origin, Mapping):
        key, kept = get_args(hint)
        return isinstance(value, Mapping) and all(
            _is_accepted(name, key) and _is_accepted(each, kept) for name, each in value.items()
        )
    return isinstance(value, origin or hint)


def _describe(hint: Any) -> str:
    """A type in a user's words, e.g. ``str or None``."""
    if get_origin(hint) in _UNIONS:
        *others, last = [_describe(each) for each in get_args(hint)]
        return f"{', '.join(others)} or {last}"
    if hint is NoneType:
        return "None"
    if get_origin(hint) is Callable:
        return "a function"
    return "a number" if hint is float else hint.__name__ if get_origin(hint) is None else str(hint).rpartition(".")[2]


def _type_of(value: object) -> str:
    if isinstance(value, Mapping):
        inside = sorted({f"{type(name).__name__}: {type(each).__name__}" for name, each in value.items()})
        return f"{type(value).__name__} of {', '.join(inside)}"
    return type(value).__name__
