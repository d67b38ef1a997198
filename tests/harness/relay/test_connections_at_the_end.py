"""A relay closes its connections to the service before its event loop ends, also where the service keeps silent."""

import gc
import socket
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from fake_server.host.tls import make_identity
from harness import recording
from provider.transport.types import Settings
from tests.support.clients.raw_client import upgraded
from tests.support.servers.silent_tls import accept_and_fall_silent

PATIENCE = 20.0


@contextmanager
def silent_service(folder):
    """URL of a TLS service that accepts one WebSocket and reads nothing more, and the file of its authority."""
    identity, is_over = make_identity([]), threading.Event()
    authority = folder / "authority.pem"
    authority.write_bytes(identity.authority_pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        service = threading.Thread(target=accept_and_fall_silent, args=(listener, identity.context, is_over))
        service.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}", str(authority)
        finally:
            is_over.set()
            service.join(PATIENCE)


@pytest.mark.parametrize("leaves_first", [False, True])
def test_connection_to_a_service_that_fell_silent_is_closed_with_the_relay(tmp_path, leaves_first):
    with silent_service(tmp_path) as (url, authority):
        with recording(tmp_path / "x.yaml", url, settings=Settings(verify=authority)) as relay:
            client = upgraded(SimpleNamespace(host="127.0.0.1", port=urlsplit(relay.url).port))
            if leaves_first:
                client.close()
            began = time.monotonic()
        client.close()
        # `wiretape record` has 1.5 s after SIGTERM.
        assert time.monotonic() - began < 1.4
        # A transport that is still open warns here, which is an error in this suite.
        gc.collect()
