"""The runner itself, with clients of ours that need no installing: both ways to come to the fake."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.project.tree import ROOT

OURS = ("--client", "wiretape 2026", "--scenario", "anonymous", "--scenario", "image")


def run(*arguments, **environment):
    command = [sys.executable, "-m", "tests.real_clients", *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def outcomes(file):
    told = json.loads(file.read_text())
    return told["way"], {name: cell["outcome"] for name, cell in told["cells"]["wiretape 2026"].items()}


def test_clients_pass_in_namespaces(tmp_path):
    done = run("--way", "namespaces", *OURS, "--json", str(tmp_path / "told.json"))
    if done.returncode == 2:
        pytest.skip(f"this machine gives no namespace: {done.stderr.strip()}")
    assert outcomes(tmp_path / "told.json") == ("namespaces", {"anonymous": "pass", "image": "pass"}), done.stderr


def test_clients_pass_by_the_door_where_there_are_no_namespaces(tmp_path):
    done = run(*OURS, "--json", str(tmp_path / "told.json"), PATH=str(tmp_path))
    assert "no namespaces (unshare (util-linux) cannot be run" in done.stderr
    assert outcomes(tmp_path / "told.json") == ("door", {"anonymous": "pass", "image": "pass"}), done.stderr


def test_missing_namespaces_are_said_where_they_were_asked_for(tmp_path):
    done = run("--way", "namespaces", *OURS, PATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.startswith("real clients: unshare (util-linux) cannot be run")


def test_session_is_kept_where_one_says(tmp_path):
    done = run("--way", "door", "--client", "Copilot 2026", "--scenario", "replayed", "--keep", str(tmp_path / "kept"))
    assert done.returncode == 0, done.stdout
    assert [path.name for path in (tmp_path / "kept").glob("*.yaml")] == ["Copilot-2026.yaml"]


def test_client_that_cannot_come_by_the_door_is_not_started(tmp_path):
    done = run("--way", "door", "--client", "g4f 8.8.6 app", "--scenario", "anonymous", WIRETAPE_CLIENTS=str(tmp_path))
    assert "looks at no proxy in its environment" in done.stdout
    assert list(tmp_path.iterdir()) == []
