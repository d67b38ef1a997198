"""A session with a service that issues its values anew, recorded from a client of websockets and httpx."""

import json
import threading

import httpx
import pytest
from websockets.sync.client import connect

from fake_server import serve
from harness.cassette.store import save
from harness.cli.main import main
from harness.sessions import recording
from tests.support.cassettes.builders import cassette
from tests.support.servers.issuing_site import PASSWORD, IssuingSite, running
from tests.support.servers.stages import StageOf


def converse(url):
    """The client: it signs in, opens a room, asks twice on its socket, and follows a stream of events."""
    with httpx.Client(base_url=url, timeout=20) as client:
        token = client.post("/login", json={"user": "robin", "password": PASSWORD}).json()["access_token"]
        bearer = {"authorization": f"Bearer {token}"}
        room = client.get("/rooms", headers=bearer).json()["items"][0]["id"]
        with connect(f"{url.replace('http', 'ws')}/rooms/{room}/socket") as socket:
            ticket = json.loads(socket.recv())["ticket"]
            for question in ("one", "two"):
                socket.send(json.dumps({"type": "ask", "ticket": ticket, "text": question}))
                while json.loads(socket.recv())["type"] != "done":
                    pass
        _follow(client)


def _follow(client):
    with client.stream("GET", "/events") as stream:
        lines = stream.iter_lines()
        path = next(line for line in lines if line.startswith("data: ")).removeprefix("data: ")
        sender = threading.Thread(target=lambda: _send(str(client.base_url), path))
        sender.start()
        assert '{"echo": "hello"}' in next(line for line in lines if line.startswith("data: "))
        sender.join(20)
        httpx.post(f"{str(client.base_url).rstrip('/')}{path}", json={"text": "bye"}, timeout=20)
        assert not "".join(lines).strip()


def _send(url, path):
    assert httpx.post(f"{url.rstrip('/')}{path}", json={"text": "hello"}, timeout=20).status_code == 202


@pytest.fixture(scope="session")
def recorded(tmp_path_factory):
    """The cassette of `converse`."""
    path = tmp_path_factory.mktemp("play") / "rooms.yaml"
    with running(IssuingSite()) as url, recording(path, url) as server:
        converse(server.url)
    return path


@pytest.fixture
def play(recorded, capfd, monkeypatch):
    """Plays the cassette to a site by the command; returns the exit code and the findings."""
    monkeypatch.setenv("SITE_PASSWORD", PASSWORD)

    def played(site, *options):
        with running(site) as url:
            code = main(["play", str(recorded), "--to", url, "--secret", "token-1=SITE_PASSWORD", "--json", *options])
        captured = capfd.readouterr()
        assert code in (0, 1), captured.err
        result = json.loads(captured.out)
        assert result["as_recorded"] is (code == 0)
        return code, [(each["kind"], each["exchange"], each["text"]) for each in result["findings"]]

    return played


@pytest.fixture
def play_exchanges(tmp_path, capfd):
    """Plays exchanges to a function; returns the exit code, the findings and the stage."""

    def played(exchanges, handle, *options, recording=cassette):
        path = tmp_path / "session.yaml"
        save(recording(*exchanges), path)
        stage = StageOf(handle)
        with serve(stage) as server:
            code = main(["play", str(path), "--to", server.url, "--json", *options])
        captured = capfd.readouterr()
        assert code in (0, 1), captured.err
        return code, json.loads(captured.out)["findings"], stage

    return played
