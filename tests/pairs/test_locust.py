"""Locust, with its own processes, distributes the users of a cassette."""

import csv
import os
import sys

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from tests.pairs import environment, running
from tests.support.project.tree import ROOT

FILE = """
from harness.load_generator.locust_user import CassetteUser

class Chat(CassetteUser):
    cassette = {cassette!r}
    sends_placeholders = True
    speed = "instant"
    python = {python!r}
"""


@pytest.fixture(scope="module")
def locust():
    try:
        return environment.python("locust")
    except environment.InstallError as error:
        pytest.skip(f"not to be installed here: {error}")


def run(locust, folder, url, *options):
    cassette = str(ROOT / "cassettes" / "text-2026.yaml")
    (folder / "locustfile.py").write_text(FILE.format(cassette=cassette, python=sys.executable))
    (home := folder / "home").mkdir()
    command = [
        locust, "-m", "locust", "-f", folder / "locustfile.py", "--host", url, "--headless", "-u", "4", "-r", "4",
        "-t", "8s", "--csv", folder / "load", "--only-summary", *options,
    ]  # fmt: skip
    return running._run("locust", command, {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(home)})


@pytest.mark.pairs
@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--processes", "2")], ids=["one process", "two processes"])
def test_locust_counts_each_measure_of_each_session(locust, options, tmp_path):
    with serve(Script(config=Config(chunk_delay=0.01))) as server:
        done = run(locust, tmp_path, server.url, *options)
    told = f"{done.output[-6000:]}\n{done.errors[-6000:]}"
    assert done.code == 0, told
    with (tmp_path / "load_stats.csv").open() as file:
        rows = {(row["Type"], row["Name"]): row for row in csv.DictReader(file)}
    sessions = int(rows["session", "all"]["Request Count"])
    assert sessions > 0, told
    assert int(rows["session", "all"]["Failure Count"]) == 0, told
    assert int(rows["turn", "socket /c/api/chat"]["Request Count"]) >= sessions
    assert float(rows["gap", "socket /c/api/chat"]["50%"]) >= 9


@pytest.mark.pairs
@pytest.mark.slow
def test_locust_loads_no_other_machine(locust, tmp_path):
    done = run(locust, tmp_path, "https://service.example")
    assert done.code == 1
    assert "not on this machine" in done.output + done.errors
