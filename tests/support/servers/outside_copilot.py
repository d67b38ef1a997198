"""A tiny Copilot of March 2025 on the standard library and `websockets`: shares no code with ours."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from websockets.sync.server import ServerConnection, serve

ANSWER = [
    '{"event":"received","conversationId":"outside-conversation0","messageId":"u1","createdAt":"2025-05-10T12:00:00.000Z","id":"0"}',
    '{"event":"startMessage","conversationId":"outside-conversation0","messageId":"a1","createdAt":"x","id":"1"}',
    '{"event":"appendText","messageId":"a1","partId":"0","text":"Hello ","id":"2"}',
    '{"event":"appendText","messageId":"a1","partId":"0","text":"from outside","id":"3"}',
    '{"event":"partCompleted","messageId":"a1","partId":"0","id":"4"}',
    '{"event":"done","messageId":"a1","id":"5"}',
    '{"event":"titleUpdate","conversationId":"outside-conversation0","title":"Greeting","id":"6"}',
    '{"event":"suggestedFollowups","messageId":"a1","suggestions":["More?"],"id":"7"}',
]


@dataclass
class Outside:
    base_url: str = ""
    websocket_url: str = ""
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    upgrades: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)


@contextmanager
def outside_copilot() -> Generator[Outside]:
    outside = Outside()

    class Rest(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            outside.requests.append((self.command, self.path, dict(self.headers), body))
            reply = {"firstName": "Ada"} if self.path.startswith("/c/api/user") else {"id": "outside-conversation0"}
            encoded = json.dumps(reply).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(encoded)))
            self.end_headers()
            self.wfile.write(encoded)

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    def chat(connection: ServerConnection) -> None:
        assert connection.request is not None
        outside.upgrades.append((connection.request.path, dict(connection.request.headers.raw_items())))
        for text in connection:
            outside.messages.append(json.loads(text))
            if outside.messages[-1]["event"] == "send":
                for answer in ANSWER:
                    connection.send(answer)

    rest = ThreadingHTTPServer(("127.0.0.1", 0), Rest)
    rest.daemon_threads = True
    with serve(chat, "127.0.0.1", 0) as sockets, rest:
        outside.base_url = f"http://127.0.0.1:{rest.server_address[1]}"
        outside.websocket_url = f"ws://127.0.0.1:{sockets.socket.getsockname()[1]}/c/api/chat?api-version=2"
        threads = [threading.Thread(target=each.serve_forever) for each in (rest, sockets)]
        for thread in threads:
            thread.start()
        try:
            yield outside
        finally:
            rest.shutdown()
            sockets.shutdown()
            for thread in threads:
                thread.join(5)
