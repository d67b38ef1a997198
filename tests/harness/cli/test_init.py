"""``wiretape init``: what it writes works by what it prints, and it overwrites nothing."""

import http.server
import os
import pty
import shlex
import subprocess
import sys
import threading
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from harness.cli.main import main
from harness.services.project import project_profiles
from tests.support.project.tree import ROOT

URL = "https://api.shop.example/v1"
FILES = ("wiretape.toml", "tests/test_shop.py", ".github/workflows/wiretape.yml")


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def service():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/v1/items" else 404)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"hi")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def stop():
        server.shutdown()
        server.server_close()
        thread.join()

    yield server.server_address[1], stop
    if thread.is_alive():
        stop()


def run_process(arguments, folder):
    scripts = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "XDG_STATE_HOME": str(folder.parent / "state"),
    }
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"):
        environment.pop(name, None)
    return subprocess.run(
        arguments,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.slow
@pytest.mark.parametrize("style", ["sync", "asyncio"])
def test_what_it_prints_leads_to_a_recorded_and_replayed_test(project, service, style):
    port, stop = service
    options = ("--upstream", f"http://127.0.0.1:{port}/v1", "--path", "/items", "--style", style)
    made = run_process(["wiretape", "init", *options], project)
    assert made.returncode == 0, made.stderr
    record, replay, keep = [shlex.split(line) for line in made.stdout.splitlines() if line.startswith("  ")]
    too_early = run_process(replay, project)
    assert "no-cassette: GET /v1/items: there is no cassette" in too_early.stdout
    assert f"record-mode=once --wire-upstream=http://127.0.0.1:{port}\n" in too_early.stdout
    recorded = run_process(record, project)
    assert "1 passed" in recorded.stdout, recorded.stdout + recorded.stderr
    stop()
    replayed = run_process(replay, project)
    assert "1 passed" in replayed.stdout, replayed.stdout + replayed.stderr
    assert keep[:2] == ["git", "add"]
    assert all((project / each).exists() for each in keep[2:])
    assert list((project / "tests" / "cassettes").rglob("*.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("style", ["sync", "asyncio"])
def test_a_path_that_the_service_lacks_is_named_by_the_first_test(project, service, style):
    port, _ = service
    made = run_process(["wiretape", "init", "--upstream", f"http://127.0.0.1:{port}/v1", "--style", style], project)
    record = shlex.split(next(line for line in made.stdout.splitlines() if "--record-mode" in line))
    failed = run_process(record, project)
    assert "AssertionError: the service has nothing at /v1/: write a path above that it has" in failed.stdout
    assert not (project / "tests" / "cassettes").exists()


def test_a_project_whose_tests_are_in_test_keeps_them_there(project, capsys):
    (project / "test").mkdir()
    assert main(["init", "--upstream", URL]) == 0
    assert (project / "test" / "test_shop.py").is_file()
    assert not (project / "tests").exists()
    assert "pytest test/test_shop.py\n" in capsys.readouterr().out
    assert "pytest test --block-network" in (project / FILES[2]).read_text()


@pytest.mark.parametrize(
    ("files", "installs"),
    [
        ({}, ""),
        ({"pyproject.toml": "[tool.ruff]\n"}, ""),
        ({"pyproject.toml": "not = toml ["}, ""),
        ({"pyproject.toml": "[project]\nname = 'shop'\n"}, ". "),
        ({"setup.py": "", "requirements.txt": "httpx\n"}, "-r requirements.txt . "),
    ],
)
def test_the_ci_job_installs_the_project(project, files, installs):
    for name, content in files.items():
        (project / name).write_text(content)
    assert main(["init", "--upstream", URL]) == 0
    assert f"- run: pip install {installs}'./.wiretape[test]'" in (project / FILES[2]).read_text()


def test_what_tests_need_is_installed_first(monkeypatch, capsys):
    real = metadata.distribution

    def distribution(name):
        if name == "pytest":
            raise metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(metadata, "distribution", distribution)
    assert main(["init", "--upstream", URL]) == 0
    commands = [shlex.split(line) for line in capsys.readouterr().out.splitlines()]
    assert [each[0] for each in commands] == ["pip", "pytest", "pytest", "git"]
    assert commands[0][-1].endswith("[test]")


def test_the_files_are_what_their_readers_take(project, capsys):
    assert main(["init", "--upstream", URL]) == 0
    assert "tests/test_shop.py" in capsys.readouterr().out
    assert sorted(str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()) == sorted(FILES)
    (profile,) = project_profiles(project)
    assert (profile.name, profile.upstream) == ("shop", "https://api.shop.example")
    assert profile.env == {"SHOP_URL": "{url}/v1"}
    job = yaml.load((project / FILES[2]).read_text(), yaml.CSafeLoader)["jobs"]["replay"]  # noqa: TID251  # our own file
    assert job["steps"][-1]["run"].startswith("pytest tests --block-network")
    compile((project / FILES[1]).read_text(), FILES[1], "exec")


@pytest.mark.parametrize("name", FILES)
def test_an_existing_file_stops_everything_and_what_it_would_write_is_printed(project, capsys, name):
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    assert main(["init", "--upstream", URL]) == 2
    shown = capsys.readouterr()
    assert f"{name} exists already: nothing was written" in shown.err
    assert "# tests/test_shop.py" in shown.out
    assert [each for each in project.rglob("*") if each.is_file()] == [path]
    assert path.read_text() == "mine"


def test_a_link_to_nothing_is_not_written_through(project, tmp_path):
    (project / "wiretape.toml").symlink_to(tmp_path / "elsewhere")
    assert main(["init", "--upstream", URL]) == 2
    assert not (tmp_path / "elsewhere").exists()


def test_profiles_in_pyproject_are_not_hidden(project, capsys):
    (project / "pyproject.toml").write_text('[tool.wiretape.services.a]\nupstreams = ["https://a.example"]\n')
    assert main(["init", "--upstream", URL]) == 2
    assert "add your profile there" in capsys.readouterr().err
    assert not (project / "wiretape.toml").exists()


def test_dry_run_writes_nothing(project, capsys):
    assert main(["init", "--upstream", URL, "--no-ci", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "# wiretape.toml" in shown
    assert ".github" not in shown
    assert list(project.iterdir()) == []


def test_it_asks_on_a_terminal(project, monkeypatch, capsys):
    answers = iter([URL, "cart", "CART_BASE", "/x", "asyncio"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert main(["init"]) == 0
    assert tomllib.loads((project / "wiretape.toml").read_text())["services"]["cart"]["env"] == {
        "CART_BASE": "{url}/v1"
    }
    assert "async def test_cart" in (project / "tests" / "test_cart.py").read_text()
    assert not (project / ".github").exists()


def test_it_asks_step_by_step_on_a_real_terminal(project):
    try:
        terminal, its_end = pty.openpty()
    except OSError:
        pytest.skip("the system has no pseudo-terminals: /dev/pts is not mounted")
    command = [sys.executable, "-m", "harness.cli.main", "init"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=project, stdin=its_end, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as asking:
        os.close(its_end)
        os.write(terminal, f"{URL}\ncart\n\n/items\nasyncio\nn\n".encode())
        out, err = asking.communicate(timeout=60)
    os.close(terminal)
    assert asking.returncode == 0, err
    assert b"pytest tests/test_cart.py --record-mode=once" in out
    assert [err.count(each) for each in (b"Base URL", b"Short name", b"Variable", b"Path", b"Style", b"Actions?")] == [
        1
    ] * 6
    assert "CART_URL" in (project / "wiretape.toml").read_text()
    assert not (project / ".github").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "give --upstream URL"),
        (["--upstream", "shop.example"], "not the URL of a service"),
        (["--upstream", "https://user:hunter2canary@shop.example"], "has a password"),
        (["--upstream", "https://shop.example/?key=hunter2canary"], "a query"),
        (["--upstream", "https://shop.example:hunter2canary/"], "not a URL"),
        (["--upstream", 'https://shop.example/"; rm'], "unusual characters"),
        (["--upstream", URL, "--name", "../x"], "--name"),
        (["--upstream", URL, "--name", "copilot"], "built in"),
        (["--upstream", URL, "--variable", "PATH"], "--variable"),
        (["--upstream", URL, "--path", '/"\n'], "--path"),
        (["--upstream", 'https://a".example'], "--upstream"),
    ],
)
def test_an_unusable_answer_is_refused_and_not_quoted(project, capsys, options, said):
    assert main(["init", *options]) == 2
    shown = capsys.readouterr()
    assert said in shown.err
    assert "hunter2canary" not in shown.out + shown.err
    assert list(project.iterdir()) == []


def test_the_name_of_a_built_in_profile_is_not_the_default(project):
    assert main(["init", "--upstream", "https://api.openai.com/v1"]) == 0
    assert (project / "tests" / "test_my_openai.py").exists()
