"""Cassettes of vcrpy and Betamax, written by them (tests/data/vcr/make.py): imported, and replayed to real clients."""

import base64
import gzip
import json
from pathlib import Path

import httpx
import pytest
import requests

from harness.cassette.store import load
from harness.cli.main import main
from harness.har.errors import HarError, HarLimitError, OriginError
from harness.har.vcr_source import is_vcr
from harness.har.vcr_yaml import read_vcr_yaml
from harness.sessions import replaying

FOLDER = Path(__file__).parents[2] / "data" / "vcr"
BINARY = bytes(range(256)) * 2
NOTE = {"path": "/items?page=1", "note": "tab\there", "sky": "blue ☁"}
API = "https://api.example.com"


@pytest.fixture
def replay_of(bring, tmp_path):
    """Import a file of `FOLDER`, and replay the cassette that it became."""

    def do(name, **options):
        bring(FOLDER / name, **options)
        return replaying(tmp_path / "session.yaml")

    return do


@pytest.fixture
def brought(bring, tmp_path):
    """Import a cassette of these interactions, as JSON; the exchanges."""
    return lambda *interactions, **more: bring({"interactions": list(interactions), **more}).cassette.exchanges


def interaction(body=None, *, answer="{}", url=f"{API}/a", asked=None, told=None, **more):
    request = {"method": "POST" if body else "GET", "uri": url, "body": body, "headers": {"Accept": ["*/*"]}}
    response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": answer}}
    return {"request": {**request, **(asked or {})}, "response": {**response, **(told or {})}, **more}


def test_session_of_requests_replays_to_requests(replay_of):
    with replay_of("requests.yaml") as server:
        url = server.url
        got = requests.get(f"{url}/items?page=1", headers={"Authorization": "Bearer another"}, timeout=9)
        assert got.json() == NOTE
        assert requests.get(f"{url}/gzip", timeout=9).json() == {"packed": "yes", "name": "Zoë"}
        assert requests.post(f"{url}/items", json={"name": "Zoë"}, timeout=9).json() == {"size": 20}
        assert requests.post(f"{url}/form", data={"a": "1", "b": "two words"}, timeout=9).status_code == 201
        kind = {"Content-Type": "application/octet-stream"}
        assert requests.post(f"{url}/upload", data=BINARY, headers=kind, timeout=9).json() == {"size": 512}
        assert requests.get(f"{url}/old", timeout=9).json()["path"] == "/items?page=2"
        assert requests.get(f"{url}/missing", timeout=9).status_code == 404
        server.report().check()


def test_bytes_replay_to_httpx(replay_of):
    with replay_of("httpx.yaml") as server:
        assert httpx.get(f"{server.url}/bytes").content == BINARY
        assert httpx.post(f"{server.url}/items", json={"name": "x"}).json() == {"size": 12}
        server.report().check()


@pytest.mark.parametrize("name", ["requests.json", "betamax.json"])
def test_json_replays(replay_of, name):
    with replay_of(name) as server:
        assert requests.get(f"{server.url}/items?page=1", timeout=9).json() == NOTE
        if name == "betamax.json":
            assert requests.get(f"{server.url}/gzip", timeout=9).json() == {"packed": "yes", "name": "Zoë"}
        assert requests.post(f"{server.url}/items", json={"name": "x"}, timeout=9).json() == {"size": 13}
        server.report().check()


def test_hosts_beside_the_first_have_a_port_each_and_a_filtered_token_may_come(replay_of):
    with replay_of("hosts.yaml") as server:
        files = server.upstreams["files_example_com"]
        token = {"Authorization": "Bearer any"}
        assert requests.get(f"{server.url}/items?page=1", headers=token, timeout=9).json() == NOTE
        assert requests.get(f"{files}/gzip", timeout=9).json() == {"packed": "yes", "name": "Zoë"}
        assert requests.get(f"{files}/bytes", timeout=9).content == BINARY
        server.report().check()


def test_origin_names_the_main_service(bring):
    recorded = bring(FOLDER / "hosts.yaml", origin="https://files.example.com").cassette.recorded
    assert recorded.origin == "https://files.example.com"
    assert recorded.upstreams == {"api_example_com": API}


def test_origin_that_is_not_in_the_file_is_refused_by_name(bring):
    with pytest.raises(OriginError, match=r"no entry is of https://x\.example; it has entries of https://api"):
        bring(FOLDER / "hosts.yaml", origin="https://x.example")


def test_compared_authorization_stays_compared(bring):
    assert bring(FOLDER / "requests.yaml").cassette.match_on == ()
    assert "authorization" not in bring(FOLDER / "hosts.yaml").cassette.match_on


def test_command_imports_redacts_and_reports(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert main(["import", str(FOLDER / "hosts.yaml"), "-o", "new.yaml", "--json"]) == 0
    shown = capsys.readouterr()
    report = json.loads(shown.out)
    assert report["upstreams"] == {"files_example_com": "https://files.example.com"}
    assert set(report["losses"]) == {"no-date", "no-sockets", "no-times", "filtered-credentials"}
    assert "3 calls, 0 sockets, 0 messages of https://api.example.com, from a cassette of vcrpy" in shown.err
    assert main(["import", str(FOLDER / "requests.yaml"), "-o", "safe.yaml"]) == 0
    text = (tmp_path / "safe.yaml").read_text()
    assert "vcr-secret-token" not in text
    assert "k3J9vQ2xLw7TzR5n" not in text
    assert load(tmp_path / "safe.yaml").redacted == ("authorization", "cookie")


BODIES = {
    "text": ("a=1", b"a=1"),
    "mapping": ({"string": "ä"}, "ä".encode()),
    "base64": ({"base64_string": base64.b64encode(b"\x00\xff").decode()}, b"\x00\xff"),
    "encoding": ({"encoding": "ASCII-8BIT", "string": "x"}, b"x"),
}


@pytest.mark.parametrize("body", BODIES)
def test_bodies_of_requests(brought, body):
    written, data = BODIES[body]
    assert brought(interaction(written))[0].request.body.data == data


def test_gzip_is_decoded_whatever_the_type(brought):
    packed = {"base64_string": base64.b64encode(gzip.compress(BINARY)).decode()}
    headers = {"Content-Encoding": ["gzip"], "Content-Type": "application/octet-stream"}
    [call] = brought(interaction(told={"headers": headers, "body": packed}))
    assert call.response.body.data == BINARY


def test_old_forms(brought):
    old = {"status": None, "status_code": 201, "body": None, "content": "hello", "headers": [["X-A", "1"], ["X-A", 2]]}
    [call] = brought(interaction(told=old))
    assert (call.response.status, call.response.body.data) == (201, b"hello")
    assert [value for name, value in call.response.headers if name == "x-a"] == ["1", "2"]


def test_dates_order_the_exchanges(brought):
    late, early = "2026-12-02T06:53:37", "2026-12-02T06:53:30"
    calls = brought(interaction(url=f"{API}/b", recorded_at=late), interaction(url=f"{API}/a", recorded_at=early))
    assert [call.target for call in calls] == ["/a", "/b"]


OLDEST = b"""\
- request: !!python/object:vcr.request.Request
    body: null
    headers: &id001 {accept: ['*/*'], x-text: ["?"]}
    method: GET
    uri: 'https://api.example.com/a?b=1'
  response:
    body: {string: !!python/unicode 'hello'}
    headers: *id001
    status: {code: 200, message: OK}
"""
RUBY = b"""\
---
http_interactions:
- request:
    method: get
    uri: https://api.example.com/a?b=1
    body: {encoding: US-ASCII, string: ''}
    headers: {Accept: ["*/*"]}
  response:
    status: {code: 200, message: OK}
    headers: {}
    body:
      encoding: UTF-8
      string: !binary |-
        aGVsbG8=
  recorded_at: Tue, 01 Nov 2011 04:58:44 GMT
recorded_with: VCR 2.0.0
"""


@pytest.mark.parametrize("text", [OLDEST, RUBY, b"# by hand\n" + RUBY, b"\xef\xbb\xbf" + OLDEST])
def test_other_forms_of_yaml(bring, text):
    [call] = bring(text).cassette.exchanges
    assert (call.method, call.target, call.response.body.data) == ("GET", "/a?b=1", b"hello")
    assert call.request.body is None or call.request.body.data == b""


def test_interaction_that_cannot_be_read_is_counted(bring):
    found = bring({"interactions": [7, interaction()]})
    assert {reason.value: count for reason, count in found.report.losses.items()}["odd-entries"] == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"interactions: [", r"session\.har: line 2: this cassette is not valid YAML"),
        (b"interactions: 7", r"session\.har: interactions: expected a list"),
        (b"interactions: []", r"it has no entries at all"),
        (b"interactions: [7]", r"session\.har: interactions: its entry cannot be read"),
        (b"interactions: *a", r"session\.har: line 1: an alias names no value"),
        (b"interactions: []\n--- 1\n", r"line 2: the file holds more than one document"),
        (b"interactions: [\xff]", r"line 1: the file is not UTF-8"),
        (b'{"interactions": [1, ', r"the file's JSON is broken"),
        (b'{"interactions": ' + b"[" * 100_000, r"the file's JSON is broken"),
        (b"interactions: " + b"[" * 100_000, r"levels|not valid YAML"),
        (b"interactions:\n? [a]\n: 1\n", r"line 2: a key must be a text"),
    ],
)
def test_damaged_and_hostile_files_are_refused_with_their_place(bring, tmp_path, text, problem):
    with pytest.raises(HarError, match=problem):
        bring(text)
    assert not (tmp_path / "session.yaml").exists()


def test_aliases_do_not_multiply():
    rows = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
    assert len(read_vcr_yaml("\n".join(rows).encode(), nodes=1000, depth=9)) == 30
    with pytest.raises(HarLimitError, match="more than 100 values"):
        read_vcr_yaml("\n".join(rows).encode(), nodes=100, depth=9)


def test_more_hosts_than_a_cassette_may_have_are_refused(bring):
    with pytest.raises(HarLimitError, match="more than 21 origins"):
        bring({"interactions": [interaction(url=f"https://h{number}.example/a") for number in range(22)]})


def test_hars_stay_hars(tmp_path):
    for path in (FOLDER.parent / "har").glob("*.har"):
        assert not is_vcr(path), path.name
    path = tmp_path / "odd"
    path.write_text('{"log": {"entries": []}, "interactions": []}')
    assert not is_vcr(path)
