"""Cassettes of cassetter, written by it (tests/data/vcr/make_cassetter.py): imported, and replayed to real clients."""

from pathlib import Path

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from harness.har import cassetter
from harness.har.errors import HarError
from harness.har.vcr_source import is_vcr
from harness.har.vcr_yaml import read_vcr_yaml
from harness.sessions import replaying

FOLDER = Path(__file__).parents[2] / "data" / "vcr"
WRITTEN = {
    "n": 1, "half": 0.5, "yes": True, "word": "true", "none": None, "digits": "17", "list": [], "of": {}
}  # fmt: skip


@pytest.mark.parametrize("name", ["cassetter.yaml", "cassetter.toml"])
def test_session_replays_to_the_client_that_made_it(bring, tmp_path, name):
    bring(FOLDER / name)
    with replaying(tmp_path / "session.yaml") as server:
        url = server.url
        assert requests.post(f"{url}/orders", json={"item": {"id": 18, "note": None}}, timeout=9).ok
        assert requests.post(f"{url}/login", data={"user": "zoe", "password": "another"}, timeout=9).ok
        assert requests.post(f"{url}/upload", data=b"\x00\xff", timeout=9).content.decode() == "two\nlines ☁\n"
        assert requests.get(f"{url}/json", timeout=9).json() == WRITTEN
        assert requests.get(f"{url}/gzip", timeout=9).json() == {"name": "Zoë"}
        assert requests.get(f"{url}/bytes", timeout=9).content == bytes(range(256))
        assert requests.get(f"{url}/events", timeout=9).text == "data: 1\n\ndata: 2\n\n"


def test_socket_replays(bring, tmp_path):
    bring(FOLDER / "cassetter.yaml")
    with replaying(tmp_path / "session.yaml") as server, connect(f"ws{server.url[4:]}/feed?v=1") as socket:
        socket.send('{"ask":"é"}')
        assert [socket.recv(9), socket.recv(9)] == ["17", b"\x00\x01"]
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(9)
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1000, "bye")


def test_report_names_the_writer_and_no_body_that_is_cut(bring):
    report = str(bring(FOLDER / "cassetter.yaml"))
    assert "cassetter" in report
    assert "shorter" not in report


def test_calls_of_grpc_are_counted_and_left_out(bring, tmp_path):
    path = tmp_path / "calls.yaml"
    path.write_bytes((FOLDER / "cassetter.yaml").read_bytes() + b"grpc_interactions:\n- request: {method: /a.B/C}\n")
    assert len(bring(path).cassette.exchanges) == 9


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1e3", b"1000.0"), ("-0", b"0"), ("007", b'"007"'), (".5", b'".5"'), ("'1'", b'"1"'), ("yes", b'"yes"'),
     ("true", b"true"), ("~", b"null"), ("2026-12-02", b'"2026-12-02"')],
)  # fmt: skip
def test_scalars_of_yaml_become_those_of_json(text, expected):
    value = read_vcr_yaml(f"type: json\ncontent: {text}\n".encode(), nodes=99, depth=9)
    assert cassetter.body_bytes(value) == expected


def test_broken_toml_is_refused_without_its_text(bring, tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("[[interactions]]\nsecret = hunter2\n", "utf-8")
    assert is_vcr(path)
    with pytest.raises(HarError) as refused:
        bring(path)
    assert "hunter2" not in str(refused.value)
