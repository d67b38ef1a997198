"""TLS for the host, with a given certificate or a new one."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fake_server.host.flawed_certificates import Issuer, note_issuer
from fake_server.host.server_context import server_context

if TYPE_CHECKING:
    import trustme


class CertificateError(OSError):
    """A certificate or key cannot be used; the text names the file."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate chain and its key (not encrypted), as PEM files."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Identity:
    """A TLS context, and the PEM of the authority that clients must trust (empty for a given certificate)."""

    context: ssl.SSLContext
    authority_pem: bytes = b""


def choose_identity(tls: bool | Certificate | ssl.SSLContext | None, names: Iterable[str]) -> Identity | None:  # noqa: FBT001  # a union, not a switch
    """The identity for `serve`'s ``tls``: True makes one for ``names``, False and None mean no TLS.

    Raises:
        CertificateError: The given certificate cannot be used.
    """
    match tls:
        case None | False:
            return None
        case True:
            return make_identity(names)
        case Certificate():
            return load_identity(tls)
        case ssl.SSLContext():
            return Identity(tls)


def make_identity(names: Iterable[str]) -> Identity:
    """Make a certificate for names and loopback. Its authority exists only in memory, for this run."""
    import trustme  # noqa: PLC0415  # 50 ms of import, and most servers have no TLS

    authority = trustme.CA()
    wanted = dict.fromkeys(["localhost", "127.0.0.1", "::1", *(name.strip("[]") for name in names)])
    hosts = tuple(name for name in wanted if name not in {"*", "0.0.0.0", "::"})  # noqa: S104  # read
    context = server_context()
    authority.issue_cert(*hosts).configure_cert(context)
    note_issuer(context, _issuer(authority, hosts))
    return Identity(context, authority.cert_pem.bytes())


def _issuer(authority: trustme.CA, hosts: tuple[str, ...]) -> Issuer:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    key = load_pem_private_key(authority.private_key_pem.bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Issuer(x509.load_pem_x509_certificate(authority.cert_pem.bytes()), key, hosts)


def load_identity(certificate: Certificate) -> Identity:
    """Load a given certificate.

    Raises:
        CertificateError: A file cannot be read, is not PEM, or certificate and key do not match.
    """
    for path in (certificate.chain, certificate.key):
        if not Path(path).is_file():
            raise CertificateError(f"{path}: no such file")
    context = server_context()
    try:
        # Without a password OpenSSL asks for one at the terminal.
        context.load_cert_chain(certificate.chain, certificate.key, password=b"")
    except (ssl.SSLError, OSError) as error:
        why = f"not a certificate chain with its unencrypted key, both PEM ({error})"
        raise CertificateError(f"{certificate.chain}, {certificate.key}: {why}") from error
    return Identity(context)
