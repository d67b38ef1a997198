"""A recording in which no request came writes nothing; the cause is named: no client, no service."""

import os
import socket
import sys
from contextlib import contextmanager

import pytest

from fake_server import serve
from harness.record.state_dir import journals
from tests.support.clients.command_line import GET, Fixed, run


def test_recording_in_which_nothing_came_writes_nothing_and_fails(state, tmp_path, capsys):
    with serve(Fixed()) as service:
        assert run("record", "-o", tmp_path / "x.yaml", "--upstream", service.url, "--", "true") == 1
    assert "nothing was recorded: no request came" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "x.yaml").exists()
    assert not journals(state)


def test_recording_in_which_nothing_came_leaves_an_old_cassette(state, tmp_path):
    (tmp_path / "x.yaml").write_text("old")
    with serve(Fixed()) as service:
        assert run("record", "-fo", tmp_path / "x.yaml", "--upstream", service.url, "--", "false") == 1
    assert (tmp_path / "x.yaml").read_text() == "old"


def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


@contextmanager
def no_tls():
    """A server of plain HTTP where TLS is expected."""
    with serve(Fixed()) as service:
        yield service.url.replace("http:", "https:")


@pytest.mark.parametrize(
    ("upstream", "reason"),
    [
        (lambda: f"http://127.0.0.1:{closed_port()}", "refused"),
        (lambda: "https://nowhere.invalid", "DNS"),
    ],
)
def test_service_that_cannot_be_reached_is_named_with_the_reason(state, tmp_path, capsys, upstream, reason):
    url = upstream()
    shows = (
        "import os, urllib.request as r, urllib.error as e\n"
        "try: r.urlopen(os.environ['WIRETAPE_URL'] + '/x')\n"
        "except e.HTTPError as error: print(error.code, error.headers['x-wiretape-error'], error.read().decode())\n"
    )
    path = tmp_path / "shown"
    command = f'{sys.executable} -c "$SHOWS" > {path}'
    os.environ["SHOWS"] = shows
    try:
        assert run("record", "-o", tmp_path / "x.yaml", "--upstream", url, "--", "sh", "-c", command) == 1
    finally:
        del os.environ["SHOWS"]
    told = " ".join(capsys.readouterr().err.split())
    assert told.count(f"{url} cannot be reached: ") == 2  # at once, and at the end
    assert reason in told
    assert path.read_text().startswith("502 upstream-unreachable")
    assert f"{reason}" in path.read_text()
    assert not (tmp_path / "x.yaml").exists()
    assert not journals(state)


def test_service_whose_tls_fails_is_named_with_the_reason(state, tmp_path, capsys):
    with no_tls() as url:
        assert run("record", "-o", tmp_path / "x.yaml", "--upstream", url, "--", sys.executable, "-c", GET) == 1
    assert "(TLS)" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "x.yaml").exists()
