"""Bodies that do not fit into memory: recorded whole, kept on the disk, and replayed byte for byte."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.cassette.payloads import StoredBody
from harness.cassette.store import load

SIZES = {"/measured": 200 << 20, "/closing": 70 << 20}
MOST_MEMORY = 110 << 20
"""Bytes: a recorder that holds half of the larger body needs more. One that holds none needs 70 MiB."""

SERVER = """
import ast, hashlib, http.server, sys
SIZES = ast.literal_eval(sys.argv[1])
# Numbers in much that is quickly searched for secrets: random bytes take minutes.
REST = bytes(65531) + b"\\n"
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        size, is_measured = SIZES[self.path], self.path == "/measured"
        self.send_response(200)
        self.send_header("content-type", "application/octet-stream")
        self.send_header(*(("content-length", str(size)) if is_measured else ("connection", "close")))
        self.end_headers()
        for number in range(size >> 16):
            self.wfile.write(number.to_bytes(4, "big") + REST)
        self.close_connection = not is_measured
    def do_PUT(self):
        digest, rest = hashlib.sha256(), int(self.headers["content-length"])
        while rest:
            piece = self.rfile.read(min(rest, 1 << 18))
            digest.update(piece)
            rest -= len(piece)
        self.send_response(200)
        self.send_header("content-length", str(2 * digest.digest_size))
        self.end_headers()
        self.wfile.write(digest.hexdigest().encode())
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
CLIENT = """
import hashlib, os, urllib.request
for path in ("/measured", "/closing"):
    digest, size = hashlib.sha256(), 0
    with urllib.request.urlopen(os.environ["WIRETAPE_URL"] + path) as answer:
        while piece := answer.read(1 << 18):
            digest.update(piece)
            size += len(piece)
        print(path, size, digest.hexdigest(), answer.headers["content-length"])
"""

UPLOADER = """
import hashlib, os, secrets, urllib.request
boundary = secrets.token_hex(16)
digest = hashlib.sha256()
REST = bytes(65531) + b"\\n"
HEAD = f'--{boundary}\\r\\nContent-Disposition: form-data; name="file"; filename="a.bin"\\r\\n\\r\\n'.encode()
END = f"\\r\\n--{boundary}--\\r\\n".encode()
def body():
    yield HEAD
    for number in range(SIZE >> 16):
        yield number.to_bytes(4, "big") + REST
    yield END
def counted():
    for piece in body():
        digest.update(piece)
        yield piece
headers = {
    "content-type": "multipart/form-data; boundary=" + boundary,
    "content-length": str(len(HEAD) + SIZE + len(END)),
}
request = urllib.request.Request(os.environ["WIRETAPE_URL"] + "/upload", counted(), headers, method="PUT")
with urllib.request.urlopen(request) as answer:
    told = answer.read().decode()
print(told == digest.hexdigest(), told)
""".replace("SIZE", str(SIZES["/measured"]))


# A child counts what its parent needed when it was forked: a small process stands between.
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print("needed", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10)
sys.exit(code)
"""


def run(*arguments: object, client: str = CLIENT) -> tuple[str, int]:
    """What a command prints, and the most memory that it or its client needed, in bytes."""
    wiretape = Path(sys.executable).with_name("wiretape")
    command = [sys.executable, "-c", MEASURED, wiretape, *map(str, arguments), "--", sys.executable, "-c", client]
    printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    said, _, needed = printed.rpartition("needed ")
    return said, int(needed)


@pytest.fixture
def upstream():
    with subprocess.Popen([sys.executable, "-c", SERVER, repr(SIZES)], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}"
        server.terminate()


@pytest.mark.long
def test_downloads_beyond_memory_are_recorded_whole_and_replayed_from_the_disk(
    upstream: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "download.yaml"
    recorded, memory = run("record", "-o", path, "--upstream", upstream)
    assert memory < MOST_MEMORY
    bodies = [each.response.body for each in load(path).exchanges if each.response is not None]
    assert [isinstance(body, StoredBody) and body.payload.size for body in bodies] == [*SIZES.values()]
    replayed, memory = run("replay", path)
    assert memory < MOST_MEMORY
    # The service ended the second download by closing the connection; a replay announces the length of both.
    assert replayed == recorded.replace(" None", f" {SIZES['/closing']}")
    for url, size in SIZES.items():
        assert f"{url} {size} " in replayed


@pytest.mark.slow
def test_upload_beyond_memory_is_recorded_whole_and_matches_with_a_fresh_boundary(
    upstream: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "upload.yaml"
    recorded, memory = run("record", "-o", path, "--upstream", upstream, client=UPLOADER)
    assert recorded.startswith("True ")
    assert memory < MOST_MEMORY
    [exchange] = load(path).exchanges
    assert isinstance(exchange.request.body, StoredBody)
    assert exchange.request.body.payload.size > SIZES["/measured"]
    replayed, memory = run("replay", path, client=UPLOADER)
    # The recorded answer: its hash is that of the body with the recorded boundary.
    assert replayed.split() == ["False", recorded.split()[1]]
    assert memory < MOST_MEMORY
