"""Bodies above the limit for the memory go to a file, if the server has a folder for them."""

import pytest

from fake_server import Limits, Request, Response, serve
from tests.support.clients.raw_client import exchange

HEAD = b"PUT / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
BODY = bytes(range(256)) * 12


def chunked(body, size=700):
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def announced(body):
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


class Keeping:
    """Keeps the requests."""

    def __init__(self):
        self.requests: list[Request] = []

    async def handle(self, request):
        self.requests.append(request)
        return Response(body=b"taken")

    async def close(self):
        pass


@pytest.fixture
def stage():
    return Keeping()


@pytest.fixture
def send(stage, tmp_path):
    def sent(data, spool=tmp_path / "spool", most=5000):
        limits = Limits(body_bytes=1000, spool=spool, spooled_bytes=most)
        with serve(stage, limits=limits) as server:
            return exchange(server, data).split()[1]

    return sent


@pytest.mark.parametrize("write", [announced, chunked])
def test_large_body_is_given_in_a_file(stage, send, write):
    assert send(write(BODY)) == b"200"
    [request] = stage.requests
    assert (request.body, request.large.size) == (b"", len(BODY))
    assert b"".join(request.large.pieces()) == BODY
    assert list(request.large.pieces(1000)) == [BODY[:1000], BODY[1000:2000], BODY[2000:3000], BODY[3000:]]


def test_file_of_a_body_has_no_name(send, tmp_path):
    send(announced(BODY))
    assert not list((tmp_path / "spool").iterdir())


def test_readers_of_a_body_do_not_disturb_each_other(stage, send):
    send(announced(BODY))
    one, other = (stage.requests[0].large.open() for _ in range(2))
    assert one.read(100) == BODY[:100]
    assert other.read() == BODY
    one.seek(50)
    assert one.read(10) == BODY[50:60]


@pytest.mark.parametrize("write", [announced, chunked])
def test_small_body_stays_in_memory(stage, send, write):
    assert send(write(BODY[:1000])) == b"200"
    assert (stage.requests[0].body, stage.requests[0].large) == (BODY[:1000], None)


@pytest.mark.parametrize("write", [announced, chunked])
def test_body_beyond_the_limit_of_files_is_refused(stage, send, write):
    assert send(write(BODY), most=3000) == b"413"
    assert not stage.requests


def test_folder_that_cannot_be_made_is_told(stage, send, tmp_path):
    (tmp_path / "file").touch()
    assert send(announced(BODY), spool=tmp_path / "file" / "spool") == b"507"
    assert not stage.requests
