"""A marked secret in every place and encoding, by every source; and that it would be found if it were left."""

import logging
import socket

import pytest

from fake_server import serve
from fake_server.script import Script
from harness.copilot.live import LivePlan, run
from harness.copilot.prompts import Prompt
from harness.record.options import RecordingOptions
from harness.redact import engine, scan
from harness.sessions import recording, replaying
from tests.support.inner_pytest.runs import InnerPytest
from tests.support.project.tree import ROOT
from tests.support.secrets.canary_har import ABSENT_FROM_HAR
from tests.support.secrets.canary_session import Asked, Way, headers, service, texts
from tests.support.secrets.canary_spots import SPOTS, core_of, found_in

PARTS = {"session", "deltas", "sent", "binary", "streams"}
ALL = {spot.name for spot in SPOTS}
CUT = {"chunked", "stream"}
LATE = {spot.name for spot in SPOTS if spot.late}


def found(outputs):
    return {where: names for where, text in outputs.items() if (names := found_in(text))}


def test_no_secret_of_any_spot_is_left_by_any_source(record):
    assert found(record()) == {}


@pytest.fixture
def blind(monkeypatch):
    """Takes every planted secret for a placeholder: so it is neither replaced nor refused."""
    real = engine.is_placeholder
    secrets = [spot.secret.encode() for spot in SPOTS]

    def is_taken_for_one(value):
        # Of what is cut in two, a piece's look or place shows the one or the other end.
        cut = any(each in value or each.startswith(value) for each in secrets)
        return real(value) or cut or value.endswith(b"@corp.io") or bool(found_in(value))

    monkeypatch.setattr(engine, "is_placeholder", is_taken_for_one)
    monkeypatch.setattr(scan, "placeholders_in", lambda value: iter([(0, 1, "token")]))


@pytest.mark.slow
def test_every_spot_would_be_found_if_it_were_left(blind, record, source):
    # Not in the whole file: what makes redaction learn a secret would be there, too.
    outputs = {where: text for where, text in record().items() if where in PARTS}
    seen = set().union(*found(outputs).values())
    assert ALL - seen == (ABSENT_FROM_HAR if source in {"har", "browser"} else set())


@pytest.mark.parametrize("source", ["relay"], indirect=True)
def test_journal_holds_no_secret_that_is_known_by_then(record, tmp_path):
    record()
    assert found_in((tmp_path / "journal").read_bytes()) <= LATE


@pytest.mark.parametrize("source", ["relay"], indirect=True)
def test_journal_would_show_what_is_left(blind, record, tmp_path):
    record()
    expected = {spot.name for spot in SPOTS if not spot.late and spot.place not in CUT}
    assert expected <= found_in((tmp_path / "journal").read_bytes())


OWN_OF_REQUESTS = [
    Asked("POST", "/c/api/other?" + "&".join(texts("query")), headers("request header")),
    Asked("POST", "/c/api/form", headers("form header"), "&".join([*texts("form"), "more=1"])),
]


@pytest.mark.parametrize("source", ["har"], indirect=True)
@pytest.mark.parametrize("asked", OWN_OF_REQUESTS, ids=lambda asked: asked.target[:12])
def test_what_differs_in_a_replay_is_told_without_secrets(record, asked, tmp_path, caplog):
    record()
    with replaying(tmp_path / "canary.yaml") as server:
        told = answer_of(server.url, asked)
        report = server.report()
    assert not report.ok
    assert found({"answer": told, "report": report.text().encode(), "logs": caplog.text.encode()}) == {}


def answer_of(url, asked):
    connection = Way(url).http()
    try:
        connection.request(asked.method, asked.target, asked.body.encode() or None, dict(asked.headers))
        return connection.getresponse().read()
    finally:
        connection.close()


def test_what_is_told_of_a_service_that_cannot_be_reached_has_no_secrets(tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    told = []
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with recording(
            tmp_path / "x.yaml", url, keeps_empty=False, options=RecordingOptions(on_trouble=told.append)
        ) as running:
            answers = [answer_of(running.url, asked) for asked in OWN_OF_REQUESTS]
    assert told
    assert all(b"upstream-unreachable" in answer for answer in answers)
    files = {str(each): each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    outputs = {"told": "\n".join(told).encode(), "answers": b"\n".join(answers), "logs": caplog.text.encode()}
    assert found(files | outputs) == {}


# ---------------------------------------------------------------- the plugin's recordings, and live calls
INNER = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from tests.support.secrets.canary_session import Way, talk


@pytest.mark.cassette("canary")
def test_session(wire):
    talk(Way(wire.url))
"""


def test_no_secret_is_left_by_the_plugin(pytester):
    inner = InnerPytest(pytester)
    inner.write(INNER)
    with serve(service()) as upstream:
        result = inner.run("--wire-record-mode=once", f"--wire-upstream={upstream.url}", "--log-level=DEBUG", "-rA")
    assert result.ret == 0, result.stdout.str()
    assert inner.cassette("canary").exists()
    files = {str(each): each.read_bytes() for each in inner.folder.rglob("*") if each.suffix in {".yaml", ".journal"}}
    assert found(files | {"output": (result.stdout.str() + result.stderr.str()).encode()}) == {}


def test_live_calls_leave_nothing_of_the_token(tmp_path, caplog, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    caplog.set_level(logging.DEBUG)
    token = core_of("header authorization")
    with serve(Script()) as upstream:
        plan = LivePlan(
            prompts=[Prompt("hello", "Hello")], upstream=upstream.url, folder=tmp_path, token=token, pause=0
        )
        (outcome,) = run(plan)
    assert outcome.state == "recorded"
    files = {str(each): each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    assert found(files | {"logs": caplog.text.encode(), "outcome": repr(outcome).encode()}) == {}


def test_live_calls_would_show_the_token(tmp_path, blind, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    with serve(Script()) as upstream:
        plan = LivePlan(
            prompts=[Prompt("hello", "Hello")],
            upstream=upstream.url,
            folder=tmp_path,
            token=core_of("header authorization"),
            pause=0,
        )
        list(run(plan))
    assert found_in((tmp_path / "hello.yaml").read_bytes()) == {"header authorization"}
