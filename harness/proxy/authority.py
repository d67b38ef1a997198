"""`Authority`: a certificate authority for a few named hosts."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fake_server.host.flawed_certificates import Issuer, note_issuer
from fake_server.host.server_context import server_context
from harness.proxy.errors import AuthorityError
from provider.clock import now

Key: TypeAlias = ec.EllipticCurvePrivateKey
RUN: Final = timedelta(days=1)
"""Validity of an authority that is not kept in a file."""
_SKEW: Final = timedelta(hours=1)  # for a client whose clock is behind
_NO_NAME: Final = "invalid"  # reserved by RFC 2606


class Authority:
    """A certificate authority with its key in memory.

    Its certificate is limited to its hosts by critical name constraints and to TLS servers by its extended key usage,
    and allows no subordinate authority. The constraint of a host name covers its subdomains, too (RFC 5280
    §4.2.1.10). IP addresses are excluded altogether, unless one is among the hosts: then they are not constrained.

    Attributes:
        certificate: The certificate that clients have to trust.
        key: Its private key.
    """

    def __init__(self, certificate: x509.Certificate, key: Key) -> None:
        self.certificate = certificate
        self.key = key
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._contexts: dict[str, ssl.SSLContext] = {}

    @classmethod
    def make(cls, hosts: Iterable[str], *, lasting: timedelta = RUN) -> Authority:
        """Make a new authority.

        Args:
            hosts: Names or IP addresses that it may certify.
            lasting: Validity from now on.

        Raises:
            AuthorityError: A host is neither a name nor an address.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "wiretape"),
                x509.NameAttribute(NameOID.COMMON_NAME, f"wiretape proxy {x509.random_serial_number() % 16**8:08x}"),
            ]
        )
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        plan = (
            (x509.BasicConstraints(ca=True, path_length=0), True),
            (_usage(signs_certificates=True), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (_constraints(hosts), True),
            (own, False),
            (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), False),
        )
        until = now() + lasting
        return cls(_signed(_builder(name, name, key, until), plan, key), key)

    @property
    def pem(self) -> bytes:
        """The certificate, without the key."""
        return self.certificate.public_bytes(Encoding.PEM)

    def context(self, host: str) -> ssl.SSLContext:
        """The TLS context of a host; the same object each time.

        Raises:
            AuthorityError: The authority's name constraints exclude the host.
        """
        known = self._contexts.get(host)
        if known is None:
            known = self._contexts[host] = self.shared_context((host,))
        return known

    def shared_context(self, hosts: Iterable[str]) -> ssl.SSLContext:
        """The TLS context of one certificate for all these hosts.

        Raises:
            AuthorityError: As for `context`.
        """
        every = tuple(dict.fromkeys(hosts))
        for host in every:
            if not covers(self.certificate, host):
                raise AuthorityError(
                    f"the certificate authority was not made for {host}, and cannot issue a certificate for it"
                )
        return self._new_context(*every)

    def _new_context(self, *hosts: str) -> ssl.SSLContext:
        chain = self._issue(hosts).public_bytes(Encoding.PEM) + self.pem
        key = self._leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        context = server_context(chain, key)
        note_issuer(context, Issuer(self.certificate, self.key, hosts))
        return context

    def _issue(self, hosts: Iterable[str]) -> x509.Certificate:
        issuer = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        plan = (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (_usage(signs_certificates=False), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.SubjectAlternativeName([_general_name(host) for host in hosts]), False),
            (x509.SubjectKeyIdentifier.from_public_key(self._leaf_key.public_key()), False),
            (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), False),
        )
        name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "wiretape, in place of the service")])
        until = self.certificate.not_valid_after_utc
        return _signed(_builder(name, self.certificate.subject, self._leaf_key, until), plan, self.key)


def covers(certificate: x509.Certificate, host: str) -> bool:
    """Whether an authority's name constraints allow a host."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return False
    wanted = _general_name(host)
    if isinstance(wanted, x509.IPAddress):
        return not any(isinstance(one, x509.IPAddress) for one in constraints.excluded_subtrees or ())
    allowed = [one.value for one in constraints.permitted_subtrees or () if isinstance(one, x509.DNSName)]
    return any(wanted.value == one or wanted.value.endswith(f".{one}") for one in allowed)


def as_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """A host as an IP address, if it is one."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _general_name(host: str) -> x509.DNSName | x509.IPAddress:
    address = as_address(host)
    if address is not None:
        return x509.IPAddress(address)
    try:
        return x509.DNSName(host)
    except ValueError as error:
        raise AuthorityError(f"{host!r} cannot have a certificate: use an ASCII host name or an address") from error


def _constraints(hosts: Iterable[str]) -> x509.NameConstraints:
    wanted = [_general_name(host) for host in dict.fromkeys(hosts)]
    # A name type without a permitted subtree is not constrained (RFC 5280 §4.2.1.10): hence a name that is reserved.
    names = [name for name in wanted if isinstance(name, x509.DNSName)] or [x509.DNSName(_NO_NAME)]
    # BoringSSL does not support constraints of addresses, and refuses a certificate that one applies to.
    has_address = any(isinstance(name, x509.IPAddress) for name in wanted)
    everywhere = [x509.IPAddress(ipaddress.ip_network(one)) for one in ("0.0.0.0/0", "::/0")]
    return x509.NameConstraints(names, None if has_address else everywhere)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(subject: x509.Name, issuer: x509.Name, key: Key, until: datetime) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now() - _SKEW,
        not_valid_after=until,
    )


def _signed(
    builder: x509.CertificateBuilder, plan: Iterable[tuple[x509.ExtensionType, bool]], key: Key
) -> x509.Certificate:
    for extension, critical in plan:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(key, hashes.SHA256())
