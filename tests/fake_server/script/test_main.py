"""``python -m fake_server``."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from fake_server.__main__ import main

ROOT = Path(__file__).parents[3]


@pytest.fixture
def launch():
    """Starts the command; it is ended with the test, whatever happens."""
    processes = []

    def launch(*arguments, **environment):
        process = subprocess.Popen(
            [sys.executable, "-m", "fake_server", "--port", "0", *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process, process.stdout.readline()

    yield launch
    for process in processes:
        process.kill()
        process.communicate()


def url_of(greeting):
    return re.search(r"https?://\S+", greeting)[0]


def test_it_says_where_it_is_and_answers_there(launch, call):
    _, greeting = launch()
    assert re.fullmatch(r"fake Copilot 2026 at http://127\.0\.0\.1:\d+\n", greeting)
    assert call(f"{url_of(greeting)}/.wiretape")[2] == b'{"fake":"copilot","generation":"2026","seed":0}'


def test_interrupt_ends_it_without_a_word(launch):
    process, _ = launch()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (130, "")


def test_options_reach_the_fake(launch, call):
    _, greeting = launch("--generation", "2025-03", "--seed", "7", "--fault", "user=502")
    url = url_of(greeting)
    assert call(f"{url}/.wiretape")[2] == b'{"fake":"copilot","generation":"2025-03","seed":7}'
    assert call(f"{url}/c/api/user")[0] == 502


def test_token_comes_from_the_environment_and_shows_nowhere(launch, call):
    process, greeting = launch("--token-env", "THE_TOKEN", THE_TOKEN="s3cret")
    url = url_of(greeting)
    assert call(f"{url}/c/api/user", authorization="Bearer s3cret")[0] == 200
    assert call(f"{url}/c/api/user", authorization="Bearer other")[0] == 401
    process.send_signal(signal.SIGINT)
    assert "s3cret" not in "".join(process.communicate(timeout=10))


def test_tls_writes_the_authority_to_trust(launch, tmp_path):
    import ssl
    import urllib.request

    authority = tmp_path / "ca.pem"
    _, greeting = launch("--tls", "--ca-file", str(authority))
    assert url_of(greeting).startswith("https://")
    handler = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=authority))
    opener = urllib.request.build_opener(handler, urllib.request.ProxyHandler({}))
    with opener.open(f"{url_of(greeting)}/c/api/user", timeout=5) as answer:
        assert answer.status == 200


def test_scenarios_are_listed(capsys):
    assert main(["--list-scenarios"]) == 0
    assert "\n/image SUBJECT" in capsys.readouterr().out


def test_own_scenarios_are_listed_too(capsys, tmp_path):
    own = tmp_path / "own.py"
    own.write_text(
        "from fake_server.scenarios import Say, scenario\n"
        "@scenario('/own', help='of my own')\ndef own(asked):\n    yield Say('x')\n"
    )
    assert main(["--scenarios", str(own), "--list-scenarios"]) == 0
    assert re.search(r"^/own +of my own$", capsys.readouterr().out, re.MULTILINE)


def test_port_in_use_is_one_line_and_2(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"python -m fake_server: cannot listen on 127.0.0.1:{port}: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--scenarios", "/nowhere.py"], "/nowhere.py: cannot be read: "),
        (["--fault", "user"], "a request cannot fail with ''"),
        (["--fault", "usr=401"], "no request has the name 'usr'"),
        (["--always", "/teapot"], "there is no scenario /teapot"),
        (["--token-env", "NOT_SET_ANYWHERE"], "the environment variable NOT_SET_ANYWHERE is not set"),
    ],
)
def test_option_that_cannot_be_used_is_one_line_and_2(capsys, arguments, why):
    assert main(arguments, prog="wiretape serve") == 2
    error = capsys.readouterr().err
    assert error.startswith(f"wiretape serve: {why}")
    assert error.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--port", "x"], ["--pace", "-1"], ["--generation", "1"]])
def test_option_of_a_wrong_kind_is_2(capsys, arguments):
    assert main(arguments) == 2
    assert "error:" in capsys.readouterr().err


def test_help_is_0(capsys):
    assert main(["--help"]) == 0
    assert "--list-scenarios" in capsys.readouterr().out


def test_no_option_takes_a_secret(capsys):
    main(["--help"])
    assert "--token " not in capsys.readouterr().out
