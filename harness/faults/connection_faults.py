"""The faults of connections below HTTP: TLS handshakes that fail."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Mapping
from typing import Final

from harness.faults.kinds import FaultKind

CONNECTION_FAULTS: Final = (
    FaultKind(
        name="tls-alert",
        units=("connection",),
        effect="the TLS handshake ends with a fatal alert (handshake_failure)",
        real="no common version or cipher, a client certificate that is missing",
    ),
    FaultKind(
        name="tls-cut",
        units=("connection",),
        effect="the connection ends (FIN) after the client's first bytes of the TLS handshake",
        real="a middlebox that does not let TLS pass",
    ),
    FaultKind(
        name="certificate",
        units=("connection",),
        effect="the certificate comes from an authority that the client does not trust",
        real="an expired or wrong certificate, a proxy that reads along",
    ),
)
_HANDSHAKE_FAILURE: Final = b"\x15\x03\x03\x00\x02\x02\x28"
"""A TLS record with a fatal alert (RFC 8446 §6)."""
_BYTES: Final[Mapping[str, bytes]] = {"tls-alert": _HANDSHAKE_FAILURE, "tls-cut": b""}


def spoiled_handshake(fault: str) -> ssl.SSLContext | bytes:
    """What a fault puts in the place of a TLS handshake; see `fake_server.host.handshakes.SpoilsHandshakes`."""
    return _strange_context() if fault == "certificate" else _BYTES[fault]


@functools.cache
def _strange_context() -> ssl.SSLContext:
    """A certificate for loopback, of a new authority."""
    from fake_server.host.tls import make_identity  # noqa: PLC0415  # makes keys

    return make_identity(()).context
