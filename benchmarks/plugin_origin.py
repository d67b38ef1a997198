"""The service that recordings are made of, and that the bare suite asks: one small JSON answer, in its own process."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from threading import Thread
from typing import ClassVar

from benchmarks.processes import cpu

PATH = "/c/api/greeting"
ANSWER = b'{"text": "Hello", "language": "en", "choices": ["More", "Less", "Stop"]}'


class _Greeting(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    count: ClassVar[int] = 0

    def do_GET(self) -> None:
        _Greeting.count += 1
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Nothing: a suite makes a thousand calls."""


def _serve(pipe: Connection) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Greeting) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever)
        thread.start()
        pipe.send(f"http://127.0.0.1:{server.server_port}")
        while pipe.recv():
            pipe.send((_Greeting.count, cpu()))
        server.shutdown()
        thread.join()


@contextmanager
def origin() -> Generator[tuple[str, Callable[[], tuple[int, float]]]]:
    """Its base URL, and how many calls it has had until now, with the CPU that it took for them."""
    ours, theirs = multiprocessing.Pipe()
    running = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    running.start()
    if not ours.poll(30):
        running.kill()
        raise RuntimeError("the server of the benchmark did not start within 30 s")
    url = ours.recv()

    def calls() -> tuple[int, float]:
        ours.send(True)
        return ours.recv()

    try:
        yield url, calls
    finally:
        ours.send(False)
        running.join(10)
        if running.is_alive():
            running.kill()
