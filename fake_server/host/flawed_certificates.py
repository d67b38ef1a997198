"""Certificates that clients must refuse, beside the good one of a server's TLS context."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias
from weakref import WeakKeyDictionary

from fake_server.host.server_context import server_context
from provider.clock import now

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

Flaw: TypeAlias = Literal["unknown", "self-signed", "expired", "not-yet-valid", "wrong-host"]
"""``unknown``: of an authority that the client does not trust. ``self-signed``: of no authority."""
_DAY: Final = timedelta(days=1)
_VALIDITY: Final = {"expired": (-2 * _DAY, -_DAY), "not-yet-valid": (_DAY, 2 * _DAY)}
"""From now on; a day on either side, for clients whose clock is wrong."""
_USUAL: Final = (-_DAY, _DAY)


@dataclass(frozen=True, slots=True)
class Issuer:
    """The certificate authority that signed the certificate of a TLS context.

    Attributes:
        certificate: The certificate of the authority, which clients trust.
        key: Its private key.
        hosts: Names and addresses in the certificate of the context.
    """

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    hosts: tuple[str, ...]


_ISSUERS: Final[WeakKeyDictionary[ssl.SSLContext, Issuer]] = WeakKeyDictionary()


def note_issuer(context: ssl.SSLContext, issuer: Issuer) -> None:
    """Remember who signed a context's certificate, for `flawed_context`, as long as the context exists."""
    _ISSUERS[context] = issuer


def flawed_context(context: ssl.SSLContext, flaw: Flaw) -> ssl.SSLContext:
    """A context for the same hosts whose certificate has one flaw, and is good in every other respect.

    A context whose issuer is not known, as its certificate was given, gets one of an unknown authority for loopback.
    """
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415  # most servers have no TLS
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    issuer = _ISSUERS.get(context)
    hosts = issuer.hosts if issuer is not None else ("localhost", "127.0.0.1", "::1")
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = _certificate(key, hosts, flaw, issuer)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return server_context(leaf.public_bytes(Encoding.PEM), secret)


def _certificate(
    key: ec.EllipticCurvePrivateKey, hosts: Iterable[str], flaw: Flaw, issuer: Issuer | None
) -> x509.Certificate:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    subject = named(f"wiretape, {flaw}")
    if flaw == "self-signed":
        by, signing = subject, key
    elif flaw == "unknown" or issuer is None:
        by, signing = named("an unknown authority"), ec.generate_private_key(ec.SECP256R1())
    else:
        by, signing = issuer.certificate.subject, issuer.key
    since, until = _VALIDITY.get(flaw, _USUAL)
    names = [_general_name(each) for each in (_others(hosts) if flaw == "wrong-host" else hosts)]
    builder = x509.CertificateBuilder(
        issuer_name=by,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now() + since,
        not_valid_after=now() + until,
    )
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    # Python 3.13 and OpenSSL's strict mode refuse certificates without it.
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    return builder.add_extension(authority, critical=False).sign(signing, hashes.SHA256())


def _others(hosts: Iterable[str]) -> list[str]:
    """A host name that is none of these, but that an authority for them may certify: a subdomain of one of them."""
    name = next((each for each in hosts if not _is_address(each)), "invalid")
    return [f"another.{name}"]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _general_name(host: str) -> x509.GeneralName:
    from cryptography import x509  # noqa: PLC0415

    return x509.IPAddress(ipaddress.ip_address(host)) if _is_address(host) else x509.DNSName(host)
