"""The two guides say what is so: their code runs in examples/, their tables name what there is."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from harness.pytest_plugin.config import KEYS, Layer, WireConfig, resolve
from harness.pytest_plugin.fixtures import wire
from harness.pytest_plugin.stub_methods import StubMethods
from tests.support.project.tree import ROOT, texts

GUIDES = ("docs/pytest.md", "docs/migrating.md", "docs/stubs.md", "docs/faults.md")
PAGE = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
SAMPLES = {path: text for path, text in texts(".py").items() if path.startswith("examples/")}


def blocks(page, language):
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def column(heading, number):
    """A column's cells, of the one table of the page whose first row begins so."""
    [table] = re.findall(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [row.split(" | ")[number].strip("| ").strip("`") for row in table.splitlines()]


@pytest.mark.parametrize("page", GUIDES)
def test_python_on_the_page_stands_in_an_example(page):
    found = blocks(page, "python")
    assert found
    strangers = [block for block in found if not any(block.strip() in text for text in SAMPLES.values())]
    assert strangers == []


def test_configuration_on_the_page_is_taken():
    [block] = blocks("docs/pytest.md", "toml")
    options = tomllib.loads(block)["tool"]["pytest"]["ini_options"]
    assert (
        resolve([Layer("the page", {name.removeprefix("wire_"): value for name, value in options.items()})]).timeout
        == 10
    )


def test_every_key_stands_in_the_table_with_its_default():
    defaults = {name: repr(getattr(WireConfig(), name)) for name in KEYS}
    assert dict(zip(column("key", 0), column("key", 1), strict=True)) == defaults


def test_every_key_of_the_configuration_file_stands_in_the_table(pytestconfig):
    known = {name for name in pytestconfig._parser._inidict if name.startswith("wire_")}
    assert {name for name in column("key", 3) if name} == known


def test_every_option_stands_in_the_table(pytestconfig):
    [group] = [group for group in pytestconfig._parser._groups if group.name == "wiretape"]
    known = {name for option in group.options for name in option.names()}
    assert {name.partition("=")[0] for name in column("option", 0)} == known


def test_every_marker_stands_in_the_table(pytestconfig):
    from harness.pytest_plugin.options import _MARKERS

    assert column("marker", 0) == [marker.partition(":")[0] for marker in _MARKERS]


def test_every_attribute_of_a_wire_that_is_named_is_there():
    assert wire is not None
    source = ast.parse((ROOT / "harness" / "pytest_plugin" / "wires.py").read_text(encoding="utf-8"))
    [made] = [node for node in source.body if isinstance(node, ast.ClassDef) and node.name == "Wire"]
    names = {each.name for each in made.body if isinstance(each, ast.FunctionDef)} | set(vars(StubMethods))
    names |= {node.attr for node in ast.walk(made) if isinstance(node, ast.Attribute)}
    named = {name.strip("`()") for cell in column("attribute", 0) for name in cell.split(", ")}
    assert named <= names


def masked(report):
    """Without what differs from one recording to the next: ids, and the hash in the name of the file that is kept."""
    return re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=-)[0-9a-f]{8}(?=\.yaml)", "..", report)


def test_failure_on_the_page_is_the_one_that_is_shown():
    [block] = [block for block in blocks("docs/pytest.md", "text") if "record it again" in block]
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:recording", "guide/failing.py"]
    done = subprocess.run(command, cwd=ROOT / "examples", capture_output=True, text=True, check=False, timeout=120)
    [shown] = re.findall(r"^-+ wiretape -+\n(.*?)\n+=+ short", done.stdout, re.MULTILINE | re.DOTALL)
    assert masked(shown) == masked(block.rstrip("\n"))


def test_before_and_after_run_side_by_side():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "migrating"]
    done = subprocess.run(command, cwd=ROOT / "examples", capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^6 passed", done.stdout, re.MULTILINE), done.stdout


def test_commands_that_move_old_cassettes_run(tmp_path):
    [block] = [block for block in blocks("docs/migrating.md", "console") if "wiretape import" in block]
    commands = [row.removeprefix("$ ") for row in block.replace("\\\n", "").splitlines()]
    assert len(commands) == 4
    shutil.copytree(ROOT / "examples" / "migrating" / "vcr_cassettes", tmp_path / "vcr_cassettes")
    (tmp_path / "cassettes" / "from_vcr").mkdir(parents=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "XDG_STATE_HOME": str(tmp_path / "state")}
    for command in commands:
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, (command, done.stdout + done.stderr)
    old = {each.name for each in (tmp_path / "vcr_cassettes").iterdir()}
    assert {each.name for each in (tmp_path / "cassettes" / "from_vcr").glob("*.yaml")} == old
