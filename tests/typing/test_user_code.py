"""A strict type checker finds no fault in user code with every public name, and finds the mistakes of another file."""

import ast
import asyncio
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import harness
import provider
from fake_server import serve
from fake_server.script import Config, Script
from tests.support.project.tree import ROOT
from tests.typing import user_code

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """The findings of pyright in strict mode, by file: pairs of line and rule, with the message."""
    project = tmp_path_factory.mktemp("typing")
    files = [path for path in HERE.glob("*.py") if not path.name.startswith("test_")]
    for path in files:
        shutil.copy(path, project)
    config = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "extraPaths": [str(ROOT)],
    }
    (project / "pyrightconfig.json").write_text(json.dumps(config))
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(project)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(files), done.stderr
    found = {path.name: [] for path in files}
    for each in report["generalDiagnostics"]:
        row = (each["range"]["start"]["line"] + 1, each.get("rule", each["severity"]), each["message"])
        found[Path(each["file"]).name].append(row)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("file", ["user_code.py", "harness_code.py"])
def test_pyright_finds_nothing_in_user_code(findings, file):
    assert findings[file] == []


@pytest.mark.slow
def test_pyright_finds_each_mistake_and_no_other(findings):
    rows = (HERE / "mistakes.py").read_text().splitlines()
    marked = {(number, rule) for number, row in enumerate(rows, 1) for rule in re.findall(r"# finds: (\w+)", row)}
    found = {(line, rule) for line, rule, _ in findings["mistakes.py"]}
    assert {(line, rule) for line, rule in found if not rule.startswith("reportUnknown")} == marked  # what follows
    assert len(marked) > 15


@pytest.mark.parametrize(("file", "package"), [("user_code.py", provider), ("harness_code.py", harness)])
def test_user_code_has_every_public_name(file, package):
    tree = ast.parse((HERE / file).read_text())
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert set(package.__all__) - used == set()


def test_user_code_has_every_option():
    tree = ast.parse((HERE / "user_code.py").read_text())
    [made] = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "every_option"]
    call = made.body[-1].value
    assert {each.arg for each in call.keywords} == provider.ClientOptions.__annotations__.keys()


def test_user_code_runs():
    with serve(Script(Config())) as server:
        assert "Hello" in user_code.sync_code(server.url)
        assert "Hello" in asyncio.run(user_code.async_code(server.url))
        assert "Hello" in "".join(map(str, user_code.original_code(server.url)))
        with user_code.every_option(server.url) as client:
            assert client.options.keep_raw_events
            assert client.user()
