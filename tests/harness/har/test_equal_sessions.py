"""The same session, recorded by the relay and imported from its HAR: the same cassette but for what the report names."""

import json

import pytest
from websockets.sync.client import connect

from fake_server import serve
from harness.cassette.model import SocketExchange
from harness.cassette.store import load
from harness.compare.verify import compare
from harness.har.importing import import_har
from harness.har.report import Reason
from harness.record.options import RecordingOptions
from harness.services.copilot import COPILOT
from harness.sessions import recording, replaying
from tests.support.cassettes.scenarios import BY_NAME, FOLDER, outcome
from tests.support.har.dialects import DIALECTS, chrome, mitmproxy, plain_har

ORIGIN = "https://copilot.microsoft.com"
LIVE = ("conversation-2026", "rest-401-2026", "reasoning-2026")
UPLOAD = "image-upload-2026"
WITH_CREDENTIALS = [name for name in DIALECTS if "sanitized" not in name]
TAKEN = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "prompts.yaml")
NOT_IN_A_HAR = {"close", "connection", "cut", "nothing"}  # first words; "connection lost" by FIN or RST


def shown(told, url):
    """What a client made of a session, wherever the server was."""
    return [repr(each).replace(url, "URL") for each in told]


@pytest.fixture(scope="module")
def sessions(tmp_path_factory):
    """Name -> what the client made of a session, and the relay's cassette of it."""
    folder, found = tmp_path_factory.mktemp("relayed"), {}
    for take in (BY_NAME[name] for name in (*LIVE, UPLOAD)):
        path = folder / f"{take.name}.yaml"
        with (
            serve(take.script()) as service,
            recording(path, service.url) as relay,
            take.client(relay.url) as client,
        ):
            told = shown(outcome(take, client), relay.url)
        found[take.name] = (told, load(path))
    return found


@pytest.fixture
def imported(tmp_path):
    def do(cassette, dialect):
        path = tmp_path / "session.har"
        path.write_text(json.dumps(dialect(plain_har(cassette, ORIGIN))))
        settings = RecordingOptions(state_directory=tmp_path / "state")
        return import_har(path, tmp_path / "session.yaml", options=settings)

    return do


def said(cassette):
    """What was said on the sockets, without when."""
    sockets = (each for each in cassette.exchanges if isinstance(each, SocketExchange))
    kinds = {"text", "binary"}
    return [(line.direction, line.kind, line.data) for each in sockets for line in each.messages if line.kind in kinds]


def asked(cassette):
    """What was asked and answered, without when and without headers."""
    return [
        (type(each), each.target, each.request.body.data, each.response.status, each.response.body.data)
        for each in cassette.exchanges
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", LIVE)
def test_import_differs_in_nothing_but_what_is_reported(name, dialect, sessions, imported):
    _, relayed = sessions[name]
    brought = imported(relayed, DIALECTS[dialect])
    assert compare(relayed, brought.cassette, COPILOT, closely=True).differences == ()
    assert said(brought.cassette) == said(relayed)
    assert asked(brought.cassette) == asked(relayed)
    assert brought.cassette.recorded.by == "har"


@pytest.mark.parametrize("dialect", WITH_CREDENTIALS)
@pytest.mark.parametrize("name", LIVE)
def test_import_replays_as_the_relays_cassette_does(name, dialect, sessions, imported):
    told, relayed = sessions[name]
    cassette = imported(relayed, DIALECTS[dialect]).cassette
    take = BY_NAME[name]
    with replaying(cassette) as server, take.client(server.url) as client:
        assert shown(outcome(take, client), server.url) == told


def test_sanitized_import_refuses_clients_that_sign_in(sessions, imported):
    cassette = imported(sessions["conversation-2026"][1], DIALECTS["chrome, sanitized"]).cassette
    take = BY_NAME["conversation-2026"]
    with replaying(cassette) as server, take.client(server.url) as client:
        outcome(take, client)
    assert "headers.authorization" in server.report().text()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_socket_of_any_import_replays_to_a_plain_client(dialect, sessions, imported):
    cassette = imported(sessions["reasoning-2026"][1], DIALECTS[dialect]).cassette
    (recorded,) = (each for each in cassette.exchanges if isinstance(each, SocketExchange))
    lines = [line for line in recorded.messages if line.kind == "text"]
    with replaying(cassette) as server, connect(f"ws{server.url[4:]}{recorded.target}") as socket:
        for line in lines:
            if line.direction == ">":
                socket.send(line.data.decode())
            else:
                assert socket.recv(timeout=5) == line.data.decode()


def test_binary_upload_is_lost_in_a_har_and_the_report_says_so(sessions, imported):
    brought = imported(sessions[UPLOAD][1], chrome)
    assert brought.report.losses[Reason.UNDECODABLE] == 1
    (upload,) = (each for each in brought.cassette.exchanges if each.target == "/c/api/attachments")
    assert b"\xef\xbf\xbd" in upload.request.body.data


def test_headers_are_the_same_but_for_those_that_are_sanitized(sessions, imported):
    _, relayed = sessions["conversation-2026"]
    headers = [each.request.headers for each in relayed.exchanges]
    assert [each.request.headers for each in imported(relayed, mitmproxy).cassette.exchanges] == headers
    kept = [tuple(one for one in each if one[0] not in {"authorization", "cookie"}) for each in headers]
    brought = imported(relayed, DIALECTS["chrome, sanitized"])
    assert [each.request.headers for each in brought.cassette.exchanges] == kept
    assert Reason.NO_CREDENTIALS in brought.report.losses


@pytest.mark.parametrize("path", TAKEN, ids=lambda path: path.stem)
def test_every_committed_session_comes_through_chromes_dialect(path, imported):
    cassette = load(path)
    differences = compare(cassette, imported(cassette, chrome).cassette, COPILOT).differences
    ends = {word for each in differences for word in (*each.recorded.split(", "), *each.fresh.split(", "))}
    assert {word.lstrip("<>! ").split()[0] for word in ends} <= NOT_IN_A_HAR
