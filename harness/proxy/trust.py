"""Files that tell clients whom to trust: the machine's usual authorities, and the proxy's."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_REPLACING: Final = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
"""Variables that name the authorities to trust in place of the usual ones."""
_ADDING: Final = "NODE_EXTRA_CA_CERTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustFiles:
    """PEM files of certificates. No key is in them.

    Attributes:
        bundle: The usual authorities and the proxy's.
        addition: The proxy's, and what the user adds to Node's own.
    """

    bundle: Path
    addition: Path


@contextmanager
def trust_files(pem: bytes) -> Generator[TrustFiles]:
    """Files that only this user can read, in a folder of their own, until the block ends.

    Args:
        pem: The proxy's authority.
    """
    with tempfile.TemporaryDirectory(prefix="wiretape-proxy-") as folder:
        files = TrustFiles(bundle=Path(folder) / "bundle.pem", addition=Path(folder) / "addition.pem")
        _write(files.bundle, usual_authorities() + pem)
        _write(files.addition, _read(os.environ.get(_ADDING)) + pem)
        yield files


def usual_authorities() -> bytes:
    """What clients trust without us: the files that the environment names, else OpenSSL's, else certifi's."""
    named = dict.fromkeys(filter(None, map(os.environ.get, _REPLACING)))
    found = b"".join(map(_read, named)) or _read(ssl.get_default_verify_paths().cafile)
    if found:
        return found
    import certifi  # noqa: PLC0415  # rarely wanted: where OpenSSL has no file of authorities

    return _read(certifi.where())


def _read(path: str | None) -> bytes:
    if not path:
        return b""
    try:
        text = Path(path).read_bytes()
    except OSError:
        return b""
    return text if text.endswith(b"\n") else text + b"\n"


def _write(path: Path, text: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
