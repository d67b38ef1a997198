"""Secrets that are marked, so that they are found wherever they turn up, in whatever form."""

from __future__ import annotations

import ast
import base64
import json
import logging
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from _pytest._code import ExceptionInfo, Traceback
from _pytest._code.code import ExceptionInfoFormatter

from provider import CopilotError

MARK = "PLAN" + "TED"
"""Never written out in one piece elsewhere: a line of source in a traceback is no leak."""

_TAILS = {
    "token": "8c1f5b27e09d43aa",
    "stored": "b7720e6f91ad4c58",
    "cookie": "41d86e0c2fb95a73",
    "identity": "e5903ab76c1f482d",
    "har": "2fa6d7108be9c354",
    "harcookie": "93b0c4ef5a2716d8",
    "user": "6ad91e84f07c35b2",
    "password": "d03c9f6ab8e15427",
    "key": "70e2b5489dc6fa13",
    "socket": "c84f1a9e365b0d72",
}


def secret(kind: str) -> str:
    """The secret of a kind, with characters in it that are spelled otherwise in URLs."""
    return f"{MARK}-{kind}-{_TAILS[kind]}/+="


def in_query(kind: str) -> str:
    """The same, as a query or the user part of a URL wants it."""
    return quote(secret(kind), safe="")


def forms_of(text: str) -> set[str]:
    """How a text may be spelled: plain, as a URL, a JSON string, hex, and base64 at each of three alignments."""
    raw = text.encode()
    found = {text, text.lower(), quote(text, safe=""), quote(quote(text, safe=""), safe="")}
    found |= {json.dumps(text)[1:-1], json.dumps(text)[1:-1].replace("/", "\\/"), raw.hex(), raw.hex().upper()}
    for offset in range(3):
        coded = base64.b64encode(bytes(offset) + raw).decode()[(0, 2, 3)[offset] : 8 * (offset + len(raw)) // 6]
        found |= {coded, coded.translate(str.maketrans("+/", "-_"))}
    return found


_NEEDLES = {
    **{form: kind for kind, tail in _TAILS.items() for form in forms_of(tail)},
    **dict.fromkeys(forms_of(MARK), "a mark"),
    **{form: kind for kind in _TAILS for form in forms_of(secret(kind))},
}
"""Also a piece of a secret is found: its beginning by the mark, its end by what is its own."""

_TREES: dict[str | Path, ast.AST] = {}
"""File -> its syntax tree: to parse the same files for each error would take longer than all else."""


def leaks_in(text: str | bytes) -> set[str]:
    """Which of the marked secrets, or pieces of them, a text holds; empty if none."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    return {kind for form, kind in _NEEDLES.items() if form in text}


class Surfaces:
    """What was said where: texts by the place they were seen at."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []

    def see(self, where: str, text: str | bytes) -> None:
        """Keep a text."""
        self.texts.append((where, text.decode("latin-1") if isinstance(text, bytes) else text))

    def see_error(self, where: str, error: BaseException, *, calls: bool = True) -> None:
        """All that can be seen of an error, of its causes and of its notes; and with the calls, as pytest shows it."""
        for each in chain_of(error):
            self.see(f"{where}: repr", repr(each))
            self.see(f"{where}: str", str(each))
            self.see(f"{where}: args", repr(each.args))
            if isinstance(each, CopilotError):
                self.see(f"{where}: fields", repr(vars(each)))
            self.see(f"{where}: notes", "\n".join(getattr(each, "__notes__", ())))
        self.see(f"{where}: traceback", "".join(traceback.format_exception(error)))
        if not calls:
            return
        formatter = ExceptionInfoFormatter(style="long", funcargs=True, tbfilter=_by_default)
        formatter.astcache = _TREES
        shown = formatter.repr_excinfo(ExceptionInfo.from_exception(error))
        self.see(f"{where}: pytest's traceback", str(shown))

    def see_folder(self, folder: Path) -> None:
        """Every file below a folder, its name included."""
        for path in sorted(folder.rglob("*")):
            self.see("a file's name", str(path.relative_to(folder)))
            if path.is_file():
                self.see(f"the file {path.name}", path.read_bytes())

    def leaks(self) -> list[str]:
        """Where secrets were seen, a line each, with what stands around them."""
        return [f"{where}: {sorted(found)}: {_around(text)}" for where, text in self.texts if (found := leaks_in(text))]


def _around(text: str) -> str:
    at = min(text.find(form) for form in _NEEDLES if form in text)
    return repr(text[max(0, at - 120) : at + 60])


def _by_default(info: ExceptionInfo[BaseException]) -> Traceback:
    """As pytest does without ``--tb``: the first and the last call with their arguments, those between in short."""
    entries = list(info.traceback)
    between = [each.with_repr_style("short") for each in entries[1:-1]]
    return Traceback([*entries[:1], *between, *entries[1:][-1:]])


def chain_of(error: BaseException) -> Iterator[BaseException]:
    """An error, its causes and contexts (suppressed ones, too), and the members of groups."""
    seen: list[BaseException] = []
    left = [error]
    while left:
        each = left.pop()
        if any(each is one for one in seen):
            continue
        seen.append(each)
        yield each
        members = getattr(each, "exceptions", ())
        left += [one for one in (each.__cause__, each.__context__, *members) if isinstance(one, BaseException)]


@contextmanager
def everything_logged(surfaces: Surfaces) -> Generator[None]:
    """While the block runs, every record of every logger is seen, down to the lowest level."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            surfaces.see(f"log of {record.name}", logging.Formatter().format(record))
            surfaces.see(f"log of {record.name}: arguments", f"{record.msg!r} {record.args!r}")

    root, handler = logging.getLogger(), Handler(level=0)
    before = root.level
    root.addHandler(handler)
    root.setLevel(0)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
