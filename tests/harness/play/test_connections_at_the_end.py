"""A play closes its connections before its event loop ends, also where the service does not take part in that."""

import gc
import socket
import threading

from fake_server.host.tls import make_identity
from harness.cassette.store import save
from harness.cli.main import main
from tests.support.cassettes.builders import cassette
from tests.support.cassettes.builders import socket as recorded
from tests.support.servers.silent_tls import accept_and_fall_silent

PATIENCE = 20.0


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
