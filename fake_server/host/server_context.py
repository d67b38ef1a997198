"""`server_context`: the TLS context of a server, before and with a certificate."""

from __future__ import annotations

import ssl
import tempfile


def server_context(chain: bytes | None = None, key: bytes | None = None) -> ssl.SSLContext:
    """A TLS context of a server that offers HTTP/1.1 alone (ALPN).

    Args:
        chain: PEM of the certificate, and of those between it and its authority; None to load one later.
        key: PEM of its private key, not encrypted.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols(["http/1.1"])
    # No session tickets: websockets' sync client on Python 3.11 sometimes loses its request when one arrives while it
    # sends (14 of 6439 connections; without tickets 0 of 19044). No client resumes sessions here.
    context.num_tickets = 0
    if chain is not None and key is not None:
        # The ssl module reads keys from files only: mode 0600, deleted at once.
        with tempfile.NamedTemporaryFile(prefix="wiretape-leaf-") as file:
            file.write(key + chain)
            file.flush()
            context.load_cert_chain(file.name)
    return context
