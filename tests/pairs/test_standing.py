"""What a failure of a pair tells: where each party stood."""

import socket
import sys
from pathlib import Path

import pytest

from tests.pairs import running, standing
from tests.pairs.pair import Pair

SERVER = """
import http.server, sys
class Trees(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("asked for", self.path, flush=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"larch")
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Trees).serve_forever()
"""
CLIENT = """
import os, urllib.request
urllib.request.urlopen(os.environ["WIRETAPE_URL"] + "/tree").read()
raise SystemExit("no second tree")
"""


@pytest.mark.slow
def test_a_client_that_fails_leaves_the_timeline_and_the_last_words_of_both(tmp_path):
    pair = Pair(
        name="trees",
        cause="",
        server=lambda port, _folder: [sys.executable, "-c", SERVER, port],
        client=lambda: [sys.executable, "-c", CLIENT],
    )
    with pytest.raises(running.PairError) as failure:
        running.played(pair, tmp_path)
    told = str(failure.value)
    assert "record: exit code 1" in told
    assert "> GET /tree" in told
    assert "< 200 larch" in told
    assert "asked for /tree" in told
    assert "no second tree" in told


def test_a_step_that_is_not_over_in_time_tells_the_connections(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "RUNNING", 0.1)
    environment = running._environment(Pair(name="", cause="", server=list, client=list), tmp_path, {})
    with pytest.raises(running.TooSlowError, match=r"record: not over after(.|\n)*--- connections"):
        running._run("record", ["sleep", "30"], environment)


def test_bytes_that_nobody_has_read_are_told():
    # What the kernel tells of a process is the environment that it began with.
    began = dict(each.split("=", 1) for each in Path("/proc/self/environ").read_text().split("\0") if "=" in each)
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        here, there = ("{}:{}".format(*each.getsockname()) for each in (server, client))
        accepted, _ = server.accept()
        with accepted:
            client.sendall(b"seven b")
            told = standing.connections(began["HOME"])
    assert f": {here} - {there}, open, 0 bytes unsent, 7 unread" in told
