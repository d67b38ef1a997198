"""An authority in a file, for clients whose trusted certificates are configured by hand."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from harness.proxy.authority import Authority, covers
from harness.proxy.errors import AuthorityError
from provider.clock import now

KEPT: Final = timedelta(days=30)
"""Validity of an authority in a file."""
_MOST_BYTES: Final = 64 * 1024
_RENEW: Final = "delete the file to get a new one"


def kept_authority(path: Path, hosts: Iterable[str]) -> Authority:
    """The authority in a file; without the file, a new one that is written there with mode 0600.

    Args:
        path: A PEM file with the certificate and its key.
        hosts: The hosts that it has to cover.

    Raises:
        AuthorityError: The file cannot be used: other users can read it, it has expired, or it is for other hosts.
    """
    wanted = tuple(hosts)
    if not path.exists():
        _write_new(path, Authority.make(wanted, lasting=KEPT))
    authority = _parsed(path, _private_bytes(path))
    _check_period(path, authority.certificate)
    missing = [host for host in wanted if not covers(authority.certificate, host)]
    if missing:
        raise AuthorityError(
            f"{path}: the certificate authority was not made for the host {', '.join(missing)}; use another file, "
            f"or {_RENEW}"
        )
    return authority


def _check_period(path: Path, certificate: x509.Certificate) -> None:
    if now() >= certificate.not_valid_after_utc:
        until = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
        raise AuthorityError(f"{path}: the certificate authority was valid until {until}; {_RENEW}")
    if now() < certificate.not_valid_before_utc:
        since = f"{certificate.not_valid_before_utc:%Y-%m-%d}"
        raise AuthorityError(
            f"{path}: the certificate authority is valid from {since} on: check this machine's clock, or {_RENEW}"
        )


def _private_bytes(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise AuthorityError(
            f"{path}: the authority's file cannot be read ({error.strerror}): change its permissions, or give another"
        ) from error
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise AuthorityError(f"{path} is not a regular file: give another path for the authority's file")
        if found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise AuthorityError(
                f"{path}: users other than you may read the authority's key; {_RENEW} (chmod 600 would come too late)"
            )
        return os.read(descriptor, _MOST_BYTES)
    finally:
        os.close(descriptor)


def _parsed(path: Path, pem: bytes) -> Authority:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise AuthorityError(f"{path} does not hold a certificate with its unencrypted key, both PEM") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise AuthorityError(f"{path}: the authority's key is not an elliptic-curve key; use another file, or {_RENEW}")
    if key.public_key() != certificate.public_key():
        raise AuthorityError(f"{path}: the key does not belong to the certificate; use another file, or {_RENEW}")
    return Authority(certificate, key)


def _write_new(path: Path, authority: Authority) -> None:
    key = authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.") as file:  # made with mode 0600
            file.write(key + authority.pem)
            file.flush()
            # A link never replaces a file that another process has made meanwhile, and never exposes half a file.
            os.link(file.name, path)
    except FileExistsError:
        return
    except OSError as error:
        raise AuthorityError(
            f"{path}: the authority's file cannot be written ({error.strerror}): give another path"
        ) from error
