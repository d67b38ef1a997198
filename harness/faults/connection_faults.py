"""The faults of connections below HTTP: TLS handshakes that fail."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Final, cast, get_args

from fake_server.host.flawed_certificates import Flaw, flawed_context
from harness.faults.kinds import FaultKind
from harness.faults.parameters import Parameter, Value, one_of

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
        effect="the certificate is not valid: by default it comes from an authority that the client does not trust",
        real="an expired certificate, a wrong virtual host, a wrong clock, an intercepting proxy",
        parameters=(
            Parameter(
                name="kind",
                parse=one_of(*get_args(Flaw)),
                default="unknown",
                about="of an unknown authority, `self-signed`, `expired`, `not-yet-valid`, or for a `wrong-host`",
            ),
        ),
    ),
)
_HANDSHAKE_FAILURE: Final = b"\x15\x03\x03\x00\x02\x02\x28"
"""A TLS record with a fatal alert (RFC 8446 §6)."""
_BYTES: Final[Mapping[str, bytes]] = {"tls-alert": _HANDSHAKE_FAILURE, "tls-cut": b""}


def spoiled_handshake(fault: str, parameters: Mapping[str, Value], context: ssl.SSLContext) -> ssl.SSLContext | bytes:
    """The bad TLS context of a fault, or the bytes that it sends in place of a handshake; see `SpoilsHandshakes`."""
    return flawed_context(context, cast(Flaw, parameters["kind"])) if fault == "certificate" else _BYTES[fault]
