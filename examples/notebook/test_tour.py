"""The notebook, cell by cell, in one event loop, as Jupyter runs it; before the fake."""

import ast
import inspect
import re
from pathlib import Path

SOURCE = Path(__file__).with_name("tour.py")


async def run_cells():
    """Run all cells, and return their variables."""
    names = {}
    for cell in re.split(r"^(?=# %% )", SOURCE.read_text(encoding="utf-8"), flags=re.MULTILINE):
        code = compile(cell, SOURCE, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        waiting = eval(code, names)  # noqa: S307  # the cells of this folder
        if inspect.isawaitable(waiting):
            await waiting
    return names


async def test_all_cells_run(wire, monkeypatch, capsys):
    for name, value in wire.env.items():
        monkeypatch.setenv(name, value)
    names = await run_cells()
    assert [len(names["pictures"]), len(names["texts"])] == [1, 2]
    assert "Name a lake" in names["texts"][0]
    assert "turn 2" in capsys.readouterr().out
    assert [message["event"] for message in wire.sent].count("send") == 5
