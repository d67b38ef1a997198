"""Writes the cassettes of this folder with vcrpy and Betamax, against a server of its own on this machine.

Run it with a Python that has vcrpy 9.4.2, betamax 0.9.0, requests 2.34.2 and httpx 0.28.1: ``python make.py FOLDER``.
The hosts of the cassettes do not exist: the names are put in place of the local ports.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import betamax
import httpx
import requests
import vcr

BINARY = bytes(range(256)) * 2


class Handler(BaseHTTPRequestHandler):
    """Answers by path: JSON, gzip, bytes, an echo, a redirect."""

    protocol_version = "HTTP/1.1"

    def _send(self, body: bytes, kind: str = "application/json", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path.startswith("/gzip"):
            body = gzip.compress(json.dumps({"packed": "yes", "name": "Zoë"}).encode(), mtime=0)
            self._send(body, Content_Encoding="gzip")
        elif self.path.startswith("/bytes"):
            self._send(BINARY, "application/octet-stream")
        elif self.path.startswith("/old"):
            self._send(b"", status=302, Location="/items?page=2")
        elif self.path.startswith("/missing"):
            self._send(b'{"error": "no such item"}', status=404)
        else:
            self._send(json.dumps({"path": self.path, "note": "tab\there", "sky": "blue ☁"}).encode())

    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self._send(json.dumps({"size": len(data)}).encode(), status=201, Set_Cookie="session=k3J9vQ2xLw7TzR5n; Path=/")

    def log_request(self, *_: object) -> None:
        """Print nothing."""


def serving() -> str:
    """Start a server; its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def rename(path: Path, hosts: dict[str, str]) -> None:
    """Put the invented hosts in place of the local ones."""
    text = path.read_text(encoding="utf-8")
    for local, name in hosts.items():
        text = text.replace(local, name).replace(local.removeprefix("http://"), name.removeprefix("https://"))
    path.write_text(text, encoding="utf-8")


def with_requests(url: str) -> None:
    """JSON, gzip, a form, bytes, a redirect, an error."""
    requests.get(f"{url}/items?page=1", headers={"Authorization": "Bearer vcr-secret-token-0123456789"}, timeout=9)
    requests.get(f"{url}/gzip", timeout=9)
    requests.post(f"{url}/items", json={"name": "Zoë"}, timeout=9)
    requests.post(f"{url}/form", data={"a": "1", "b": "two words"}, timeout=9)
    requests.post(f"{url}/upload", data=BINARY, headers={"Content-Type": "application/octet-stream"}, timeout=9)
    requests.get(f"{url}/old", timeout=9)
    requests.get(f"{url}/missing", timeout=9)


def with_httpx(url: str) -> None:
    """Bytes, and JSON."""
    httpx.get(f"{url}/bytes")
    httpx.post(f"{url}/items", json={"name": "x"})


def with_text(url: str) -> None:
    """What vcrpy's JSON serializer can hold: text."""
    requests.get(f"{url}/items?page=1", timeout=9)
    requests.post(f"{url}/items", json={"name": "x"}, timeout=9)


def main(folder: Path) -> None:
    """Write all cassettes."""
    api, files = serving(), serving()
    hosts = {api: "https://api.example.com", files: "https://files.example.com"}
    for name, talk in (("requests.yaml", with_requests), ("httpx.yaml", with_httpx), ("requests.json", with_text)):
        (folder / name).unlink(missing_ok=True)
        with vcr.VCR(serializer=name.partition(".")[2]).use_cassette(str(folder / name)):
            talk(api)
        rename(folder / name, hosts)
    (folder / "hosts.yaml").unlink(missing_ok=True)
    filtered = vcr.VCR(filter_headers=["authorization"], decode_compressed_response=True)
    with filtered.use_cassette(str(folder / "hosts.yaml")):
        requests.get(f"{api}/items?page=1", headers={"Authorization": "Bearer vcr-secret-token-0123456789"}, timeout=9)
        requests.get(f"{files}/gzip", timeout=9)
        requests.get(f"{files}/bytes", timeout=9)
    rename(folder / "hosts.yaml", hosts)
    session = requests.Session()
    (folder / "betamax.json").unlink(missing_ok=True)
    with betamax.Betamax(session, cassette_library_dir=str(folder)).use_cassette("betamax"):
        session.get(f"{api}/items?page=1", timeout=9)
        session.get(f"{api}/gzip", timeout=9)
        session.post(f"{api}/items", json={"name": "x"}, timeout=9)
    rename(folder / "betamax.json", hosts)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
