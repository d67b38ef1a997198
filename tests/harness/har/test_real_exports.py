"""The exports in tests/data/har, made by the programs themselves (with made-up secrets)."""

import pytest

from harness.cassette.model import SocketExchange
from tests.harness.har.conftest import HARS

ORIGIN = "http://127.0.0.1:28801"
SECRETS = (b"SECRET-TOKEN-1", b"COOKIE-SECRET", b"CF-SECRET")
real = pytest.mark.parametrize("path", HARS, ids=lambda path: path.stem)


@real
def test_report_says_what_the_exporter_left_out(path, bring, snapshot):
    assert bring(path, origin=ORIGIN).report.text() == snapshot


@real
def test_no_secret_is_in_the_cassette(path, bring, tmp_path):
    assert any(secret in path.read_bytes() for secret in SECRETS)
    bring(path, origin=ORIGIN)
    written = (tmp_path / "session.yaml").read_bytes()
    assert not [secret for secret in SECRETS if secret in written]


@real
def test_every_exchange_has_its_answer(path, bring):
    exchanges = bring(path, origin=ORIGIN).cassette.exchanges
    assert all(each.response is not None for each in exchanges)
    assert {"/c/api/start", "/c/api/conversations", "/bin.png"} <= {each.target for each in exchanges}


@real
def test_conversation_is_on_the_socket(path, bring):
    sockets = [each for each in bring(path, origin=ORIGIN).cassette.exchanges if isinstance(each, SocketExchange)]
    if "no-ws" in path.name:
        assert not sockets
        return
    (socket,) = sockets
    said = [line.data for line in socket.messages if line.direction == "<"]
    assert any(b'"done"' in each for each in said)
    assert [line.time for line in socket.messages] == sorted(line.time for line in socket.messages)


def test_images_are_their_bytes(bring):
    for path in HARS:
        (image,) = (x for x in bring(path, origin=ORIGIN).cassette.exchanges if x.target == "/bin.png")
        assert image.response.body.data.startswith(b"\x89PNG")
