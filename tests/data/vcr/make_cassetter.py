"""Writes ``cassetter.yaml`` and ``cassetter.toml`` with cassetter, against a server of its own on this machine.

Run it with a Python that has cassetter 0.16.1 and requests 2.34.2: ``python make_cassetter.py FOLDER``. The socket is
built from cassetter's own classes, as its frames are written: ``websockets`` 14 or newer would record the same.
"""

from __future__ import annotations

import gzip
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
from cassetter import use_cassette
from cassetter._core import Body, Cassette, WsFrame, WsInteraction

BODIES = {
    "/json": (
        b'{"n": 1, "half": 0.5, "yes": true, "word": "true", "none": null, "digits": "17", "list": [], "of": {}}',
        "application/json",
    ),
    "/gzip": (gzip.compress('{"name": "Zoë"}'.encode(), mtime=0), "application/json"),
    "/bytes": (bytes(range(256)), "image/png"),
    "/events": (b"data: 1\n\ndata: 2\n\n", "text/event-stream"),
    "/text": ("two\nlines ☁\n".encode(), "text/plain"),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body, kind = BODIES[self.path.partition("?")[0]]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/gzip":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.path = "/text"
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


def session(url: str) -> None:
    requests.post(
        f"{url}/orders", json={"item": {"id": 18, "note": None}}, headers={"Authorization": "Bearer x"}, timeout=9
    )
    requests.post(f"{url}/login", data={"user": "zoe", "password": "hidden-words"}, timeout=9)
    requests.post(f"{url}/upload", data=b"\x00\xff", timeout=9)
    for path in BODIES:
        requests.get(url + path, timeout=9)


def socket() -> WsInteraction:
    frames = [
        WsFrame("send", "text", Body("text", '{"ask":"é"}'), 5),
        WsFrame("recv", "text", Body("text", "17"), 7),
        WsFrame("recv", "binary", Body("binary", b"\x00\x01"), 9),
        WsFrame("recv", "close", Body("binary", b"\x03\xe8bye"), 12),
    ]
    return WsInteraction("wss://api.example.com/feed?v=1", {"x-a": ["1"]}, frames, "2026-12-02T18:00:00+00:00")


def main(folder: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    for name in ("cassetter.yaml", "cassetter.toml"):
        path = folder / name
        with use_cassette(str(path), record_mode="all"):
            session(url)
        if path.suffix == ".yaml":
            whole = Cassette.load(str(path))
            whole.add_ws_interaction(socket())
            whole.save(str(path))
        path.write_text(
            path.read_text("utf-8").replace(url, "https://api.example.com").replace(url[7:], "api.example.com"), "utf-8"
        )
    server.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
