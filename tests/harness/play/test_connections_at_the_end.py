"""A play closes its connections before its event loop ends, also where the service does not take part in that."""

import gc
import socket
import threading

from websockets.utils import accept_key

from fake_server.host.tls import make_identity
from harness.cassette.store import save
from harness.cli.main import main
from tests.support.cassettes.builders import cassette
from tests.support.cassettes.builders import socket as recorded

PATIENCE = 20.0


def accept_and_fall_silent(listener, context, is_over):
    """Accept one WebSocket, and read nothing more: not the end of the client's TLS session either."""
    plain, _ = listener.accept()
    with context.wrap_socket(plain, server_side=True) as connection:
        asked = b""
        while b"\r\n\r\n" not in asked:
            asked += connection.recv(4096)
        name = b"sec-websocket-key: "
        key = next(line[len(name) :] for line in asked.split(b"\r\n") if line.lower().startswith(name))
        accepted = accept_key(key.decode()).encode()
        head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        connection.sendall(head + b"Sec-WebSocket-Accept: " + accepted + b"\r\n\r\n")
        is_over.wait(PATIENCE)


def test_connection_to_a_service_that_fell_silent_is_closed_when_the_play_ends(tmp_path):
    identity, is_over = make_identity([]), threading.Event()
    path, authority = tmp_path / "session.yaml", tmp_path / "authority.pem"
    authority.write_bytes(identity.authority_pem)
    save(cassette(recorded("/ws", '> {"type":"hello"}\n> eof')), path)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        service = threading.Thread(target=accept_and_fall_silent, args=(listener, identity.context, is_over))
        service.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        try:
            assert main(["play", str(path), "--to", url, "--verify", str(authority), "--deadline", "0.2"]) == 0
            # A transport that is still open warns here, which is an error in this suite.
            gc.collect()
        finally:
            is_over.set()
            service.join(PATIENCE)
