"""`read_toml`: the TOML of a stranger's profile file, or an error that names file, line and key.

`tomllib` takes a time that grows with the square of a key's length, and raises a plain ValueError for long numbers.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from harness.services.errors import ProfileError
from harness.services.toml_lines import key_at

_MOST_PARTS: Final = 32
_AT: Final = re.compile(r"^(?P<problem>.*) \((?:at line (?P<line>\d+), column \d+|at end of document)\)$", re.DOTALL)
_RUN: Final = re.compile(r"""[\w"'. \t-]+""")
_DOT: Final = re.compile(r"""[\w"'][ \t]*\.[ \t]*(?=[\w"'-])""")
_QUOTED: Final = re.compile(r""" "[^"\n]*" | '[^'\n]*' """, re.VERBOSE)
_LONG_NUMBER: Final = re.compile(r"[0-9][0-9_]{3999}")
_MOST_NESTED: Final = 50


def read_toml(content: bytes, file: str) -> tuple[str, Mapping[str, Any]]:
    """The text of a file, and its root table.

    Args:
        content: The file's content.
        file: The file's name, for errors.

    Raises:
        ProfileError: It is not TOML in UTF-8, or is nested too deeply.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ProfileError(file, line, "", "a profile file is TOML in UTF-8, this one is not UTF-8") from None
    long = _long_key(text)
    if long is not None:
        raise ProfileError(
            file, _line_at(text, long), "", f"a dotted key has more than {_MOST_PARTS} parts: shorten it"
        )
    try:
        return text, tomllib.loads(text)
    except RecursionError:
        _fail(text, file, _nested_line(text), "the values are nested too deeply")
    except tomllib.TOMLDecodeError as error:
        at = _AT.match(str(error))
        problem = str(error) if at is None else at["problem"]
        line = int(at["line"]) if at is not None and at["line"] else text.rstrip().count("\n") + 1
        _fail(text, file, line, f"not TOML: {problem}")
    except ValueError:
        found = _LONG_NUMBER.search(text)
        _fail(text, file, None if found is None else _line_at(text, found.start()), "a number has too many digits")


def _fail(text: str, file: str, line: int | None, problem: str) -> NoReturn:
    raise ProfileError(file, line, "" if line is None else key_at(text, line), problem) from None


def _long_key(text: str) -> int | None:
    """Where a key with too many parts begins; None if there is none. Values with as many dots are no keys."""
    for run in _RUN.finditer(text):
        before, after = text[max(0, run.start() - 1) : run.start()], text[run.end() : run.end() + 1]
        is_key = before in {"", "\n", "[", "{", ","} and after in {"=", "]"}
        if is_key and len(_DOT.findall(_QUOTED.sub("q", run[0]))) >= _MOST_PARTS:
            return run.start()
    return None


def _nested_line(text: str) -> int | None:
    depth = 0
    for found in re.finditer(r"[\[{\]}]", text):
        depth += 1 if found[0] in "[{" else -1
        if depth > _MOST_NESTED:
            return _line_at(text, found.start())
    return None


def _line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
