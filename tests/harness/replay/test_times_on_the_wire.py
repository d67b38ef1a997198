"""Times that move with the replay, as a client of the player meets them."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from types import SimpleNamespace

import msgspec
import pytest
import requests

from fake_server import serve
from harness.cassette.model import Line, ResponsePart
from harness.har.importing import import_har
from harness.record.merge import append
from harness.record.options import RecordingOptions
from harness.replay.clock import clients_now
from harness.replay.player import Player
from harness.services.copilot import COPILOT
from tests.support.cassettes.builders import PROFILE, call, cassette, socket

RECORDED = datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)
ENDING = replace(PROFILE, moving_fields=frozenset({"expireson"}))


def http_date(seconds_after, began=RECORDED):
    return formatdate(began.timestamp() + seconds_after, usegmt=True)


@contextmanager
def playing(*exchanges, profile=ENDING, **options):
    recorded = cassette(*exchanges, origin="https://demo.example")
    at = RECORDED.isoformat().replace("+00:00", "Z")
    recorded = msgspec.structs.replace(recorded, recorded=msgspec.structs.replace(recorded.recorded, at=at))
    with serve(Player(recorded, profile, **options)) as server:
        yield server.url


def login(expires, **more):
    cookie = f"sid=abc; Path=/; Expires={expires}; HttpOnly"
    return call("POST /login", response_headers=(("set-cookie", cookie), *more.pop("headers", ())), **more)


def test_client_keeps_a_cookie_whose_time_has_passed_since_the_recording():
    with playing(login(http_date(3)), call("GET /me")) as url, requests.Session() as session:
        session.post(url + "/login", timeout=5)
        assert session.cookies["sid"] == "abc"
        assert session.get(url + "/me", timeout=5).request.headers["cookie"] == "sid=abc"


def test_it_lies_ahead_as_far_as_it_did_when_the_answer_was_recorded():
    later = 7_000_000
    with playing(login(http_date(67), at=later - 1_000_000, after=1_000_000)) as url:
        answer = requests.post(url + "/login", timeout=5)
    expires = parsedate_to_datetime(answer.headers["set-cookie"].partition("Expires=")[2].partition(";")[0])
    assert expires.timestamp() - time.time() == pytest.approx(60, abs=2)


def test_cookie_that_was_deleted_is_deleted():
    with playing(login(http_date(-1))) as url, requests.Session() as session:
        session.cookies.set("sid", "old")
        session.post(url + "/login", timeout=5)
        assert "abc" not in session.cookies.values()


def test_by_the_recorded_clock_nothing_moves():
    headers = (("date", http_date(0)), ("expires", http_date(60)))
    body = json.dumps({"expires_on": RECORDED.timestamp() + 60}).encode()
    with playing(login(http_date(3), headers=headers, answer=body), clock="recorded") as url:
        answer = requests.post(url + "/login", timeout=5)
    assert answer.headers["set-cookie"] == f"sid=abc; Path=/; Expires={http_date(3)}; HttpOnly"
    assert (answer.headers["date"], answer.headers["expires"]) == (http_date(0), http_date(60))
    assert answer.content == body


def test_named_field_of_a_body_moves_and_the_body_is_whole():
    body = b'{"expires_in":3600,"expires_on":%d,"token":"x"}' % (RECORDED.timestamp() + 3600)
    with playing(call("GET /token", answer=body)) as url:
        answer = requests.get(url + "/token", timeout=5).json()
    assert answer.pop("expires_on") - time.time() == pytest.approx(3600, abs=2)
    assert answer == {"expires_in": 3600, "token": "x"}


def test_named_field_that_lies_across_pieces_of_a_stream_moves():
    text = b'data: {"expires_on":"%d"}\n\n' % (RECORDED.timestamp() + 3600)
    pieces = tuple(Line("<", n * 10, "text", text[n : n + 1]) for n in range(len(text)))
    response = ResponsePart(status=200, headers=(("content-type", "text/event-stream"),), stream=pieces)
    with playing(msgspec.structs.replace(call("GET /events"), response=response)) as url:
        said = requests.get(url + "/events", timeout=5).text
    at = int(json.loads(said.removeprefix("data: "))["expires_on"])
    assert at - time.time() == pytest.approx(3600, abs=2)
    assert len(said) == len(text)


def test_refused_upgrade_gives_a_cookie_that_lasts():
    cookie = (("set-cookie", f"sid=abc; Expires={http_date(60)}"),)
    refused = msgspec.structs.replace(
        socket("/chat", ""), response=ResponsePart(status=401, headers=cookie), messages=()
    )
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    with playing(refused) as url, requests.Session() as session:
        session.get(url + "/chat", headers={**upgrade, "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}, timeout=5)
        assert session.cookies["sid"] == "abc"


def test_each_answer_lies_ahead_of_its_own_moment():
    pairs = [login(http_date(10 * n + 60), at=10_000_000 * n) for n in range(3)]
    with playing(*pairs) as url:
        cookies = [requests.post(url + "/login", timeout=5).headers["set-cookie"] for _ in pairs]
    for cookie in cookies:
        expires = parsedate_to_datetime(cookie.partition("Expires=")[2].partition(";")[0])
        assert expires.timestamp() - time.time() == pytest.approx(60, abs=2)


def test_copilots_profile_names_the_field():
    body = b'{"expiresOn":"%d"}' % (RECORDED.timestamp() + 3600)
    with playing(call("GET /token", answer=body), profile=COPILOT) as url:
        assert int(requests.get(url + "/token", timeout=5).json()["expiresOn"]) > time.time() + 3500


@pytest.mark.parametrize(("frozen", "shown"), [(4_102_444_800.0, 4_102_444_800.0), (0.0, None)])
def test_later_one_of_a_frozen_and_the_real_clock_counts(monkeypatch, frozen, shown):
    real = time.time()
    monkeypatch.setattr(time, "time", lambda: frozen)
    assert clients_now() == pytest.approx(shown or real, abs=2)


@pytest.mark.parametrize("travels", [True, False])
def test_clock_that_time_machine_has_moved_back_is_not_the_real_one(monkeypatch, travels):
    for name in ("time", "clock_gettime"):
        monkeypatch.setattr(time, name, lambda *_: 0.0)
    real = SimpleNamespace(time=lambda: 1_800_000_000.0)
    machine = SimpleNamespace(escape_hatch=SimpleNamespace(time=real, is_travelling=lambda: travels))
    monkeypatch.setitem(sys.modules, "time_machine", machine)
    assert clients_now() == (1_800_000_000.0 if travels else 0.0)


def test_cassette_that_does_not_say_when_it_was_recorded_plays_as_it_is():
    recorded = cassette(login(http_date(3)))
    recorded = msgspec.structs.replace(recorded, recorded=msgspec.structs.replace(recorded.recorded, at="once"))
    with serve(Player(recorded, ENDING)) as server:
        assert http_date(3) in requests.post(server.url + "/login", timeout=5).headers["set-cookie"]


def recorded_at(when, *exchanges):
    whole = cassette(*exchanges, origin="https://demo.example")
    at = when.isoformat().replace("+00:00", "Z")
    return msgspec.structs.replace(whole, recorded=msgspec.structs.replace(whole.recorded, at=at))


def test_cookies_of_tests_that_share_a_cassette_last_though_they_were_recorded_years_apart():
    later = RECORDED.replace(year=2025)
    first, second = (
        recorded_at(began, login(http_date(60, began), headers=(("date", http_date(0, began)),), answer=name))
        for began, name in ((RECORDED, b"1"), (later, b"2"))
    )
    shared = append(first, second)
    assert shared.recorded.at.startswith("2025")
    with serve(Player(shared, ENDING)) as server:
        cookies = [requests.post(server.url + "/login", timeout=5).headers["set-cookie"] for _ in range(2)]
    for cookie in cookies:
        expires = parsedate_to_datetime(cookie.partition("Expires=")[2].partition(";")[0])
        assert expires.timestamp() - time.time() == pytest.approx(60, abs=3)


def test_cookies_of_an_imported_har_last(tmp_path):
    cookies = f"a=1; Expires={http_date(60)}\nb=2; Path=/; expires={http_date(-60)}\nc=3; Expires={http_date(90)}"
    answer = {
        "status": 200,
        "statusText": "OK",
        "httpVersion": "HTTP/1.1",
        "headers": [{"name": "Set-Cookie", "value": cookies}],
        "cookies": [],
        "content": {"size": 2, "mimeType": "application/json", "text": "{}"},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": 2,
    }
    asked = {"method": "GET", "url": "https://demo.example/in", "httpVersion": "HTTP/1.1", "headers": [], "cookies": []}
    timings = {"send": 0, "wait": 1, "receive": 1}
    entry = {
        "startedDateTime": RECORDED.isoformat(),
        "time": 2,
        "request": {**asked, "queryString": [], "headersSize": -1, "bodySize": 0},
        "response": answer,
        "cache": {},
        "timings": timings,
    }
    har = {"log": {"version": "1.2", "creator": {"name": "x", "version": "1"}, "entries": [entry]}}
    (tmp_path / "x.har").write_text(json.dumps(har))
    profile = replace(ENDING, secret_cookies=False)
    settings = RecordingOptions(state_directory=tmp_path / "state")
    imported = import_har(
        tmp_path / "x.har", tmp_path / "x.yaml", profile=profile, origin="https://demo.example", options=settings
    )
    with serve(Player(imported.cassette, profile)) as server, requests.Session() as session:
        session.get(server.url + "/in", timeout=5)
        assert dict(session.cookies) == {"a": "1", "c": "3"}
