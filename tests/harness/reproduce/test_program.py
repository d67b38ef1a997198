"""From a report of any service to a test that runs the user's program: with real programs, and pytest on the result."""

import json
import subprocess
import sys

import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import load
from harness.cli.main import main
from harness.har.exporting import write_har
from tests.support.servers.stages import StageOf

PROGRAM = """
import json, os, sys, urllib.request
url = os.environ["WIRETAPE_URL"]
items = json.load(urllib.request.urlopen(url + "/items", timeout=10))
print(len(items), "items")
price = json.load(urllib.request.urlopen(url + f"/items/{items[0]}", timeout=10))["price"]
print(f"{price:.2f}")
"""
ORIGIN = "https://api.shop.example"


async def shop(request):
    """A shop whose prices are texts: the program's fault."""
    path = request.target.partition("?")[0]
    value = ["pen", "ink"] if path == "/items" else {"price": "7", "sku": path} if "/items/" in path else {}
    status = 500 if path == "/broken" else 200
    return Response(status=status, headers=(("content-type", "application/json"),), body=json.dumps(value).encode())


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "program.py").write_text(PROGRAM)
    return tmp_path


@pytest.fixture
def report(folder, capfd):
    """A cassette of a browser's session: it asks for more than the program does."""
    browsing = "/ads", "/items", "/items/pen", "/items/ink", "/broken"
    client = f"""
import os, urllib.error, urllib.request
for path in {browsing}:
    try:
        urllib.request.urlopen(os.environ["WIRETAPE_URL"] + path, timeout=10).read()
    except urllib.error.HTTPError:
        pass
"""
    with serve(StageOf(shop)) as server:
        options = ("record", "-o", "report.yaml", "--upstream", server.url)
        assert main([*options, "--", sys.executable, "-c", client]) == 0
    text = (folder / "report.yaml").read_text().replace(server.url, ORIGIN)
    (folder / "report.yaml").write_text(text)
    capfd.readouterr()
    return folder / "report.yaml"


def reproduce(capfd, *argv, program=("program.py",)):
    code = main(["reproduce", *map(str, argv), "--", sys.executable, *program])
    return code, " ".join(capfd.readouterr().err.split())


def pytest_on(folder):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/reports"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
def test_a_report_becomes_a_test_that_fails_until_the_program_is_mended(folder, report, capfd):
    code, told = reproduce(capfd, report)
    assert code == 0, told
    assert "the report: GET /broken was answered with 500" in told
    assert "the program: exit code 1, ValueError: Unknown format code 'f' for object of type 'str'" in told
    assert "left out: 3 exchanges" in told
    kept = load(folder / "tests" / "reports" / "cassettes" / "report.yaml")
    assert [each.target for each in kept.exchanges] == ["/items", "/items/pen"]
    source = (folder / "tests" / "reports" / "test_report.py").read_text()
    assert "OUTPUT = '2 items\\n'" in source
    done = pytest_on(folder)
    assert done.returncode == 0, done.stdout
    (folder / "program.py").write_text(PROGRAM.replace("{price:.2f}", "{float(price):.2f}"))
    done = pytest_on(folder)
    assert done.returncode == 1
    assert "EXIT" in done.stdout


def test_a_har_of_any_service_will_do_and_whole_keeps_all(folder, report, capfd):
    write_har(load(report), folder / "shop.har")
    text = json.loads((folder / "shop.har").read_text())
    text["log"].pop("_wiretape", None)  # as a browser writes it
    (folder / "shop.har").write_text(json.dumps(text))
    code, told = reproduce(capfd, "shop.har", "--whole", "-o", "tests/reports")
    assert code == 0, told
    assert len(load(folder / "tests" / "reports" / "cassettes" / "shop.yaml").exchanges) == 5


def test_a_program_that_asks_for_something_else_is_refused_unless_rules_allow_it(folder, report, capfd):
    (folder / "program.py").write_text(PROGRAM.replace('"/items"', '"/items?t=" + str(os.getpid())'))
    code, told = reproduce(capfd, report)
    assert code == 2
    assert "the program sends other requests than the report holds: no-match" in told
    assert not (folder / "tests").exists()
    code, told = reproduce(capfd, report, "--match-on", "method,path")
    assert code == 0, told
    assert load(folder / "tests" / "reports" / "cassettes" / "report.yaml").match_on == ("method", "path")


@pytest.mark.parametrize(
    ("program", "options", "problem"),
    [
        (("-c", "pass"), (), "the program sent no request"),
        (("program.py",), ("-o", ".."), "is not below"),
        (("program.py",), ("--profile", "nobody"), "there is no profile 'nobody'"),
    ],
)
def test_what_cannot_be_reproduced_is_told(folder, report, capfd, program, options, problem):
    code, told = reproduce(capfd, report, *options, program=program)
    assert code == 2
    assert problem in told


def test_rules_need_a_program(report, capfd):
    assert main(["reproduce", str(report), "--ignore", "query.t"]) == 2
    assert "--ignore needs COMMAND" in capfd.readouterr().err
