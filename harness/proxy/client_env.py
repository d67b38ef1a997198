"""Environment variables that lead a client through the proxy, and the certificate files that they name."""

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
"""Variables that replace a client's usual certificate authorities."""
_ADDING: Final = "NODE_EXTRA_CA_CERTS"
_PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "WS_PROXY", "WSS_PROXY", "ALL_PROXY")
_EXCEPTIONS: Final = "NO_PROXY"
PROXY_URL: Final = "WIRETAPE_PROXY_URL"
CA_FILE: Final = "WIRETAPE_CA_FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustFiles:
    """PEM files of certificates, without keys.

    Attributes:
        bundle: The usual authorities and the proxy's.
        addition: The proxy's, and those that the user adds to Node's.
    """

    bundle: Path
    addition: Path


@contextmanager
def trust_files(pem: bytes) -> Generator[TrustFiles]:
    """Write the files for the duration of the block, readable by this user only.

    Args:
        pem: The proxy's authority.
    """
    with tempfile.TemporaryDirectory(prefix="wiretape-proxy-") as folder:
        files = TrustFiles(bundle=Path(folder) / "bundle.pem", addition=Path(folder) / "addition.pem")
        _write(files.bundle, usual_authorities() + pem)
        _write(files.addition, _read(os.environ.get(_ADDING)) + pem)
        yield files


def usual_authorities() -> bytes:
    """PEM of the authorities that clients trust without the proxy: the environment's, else OpenSSL's, or certifi's."""
    named = dict.fromkeys(filter(None, map(os.environ.get, _REPLACING)))
    found = b"".join(map(_read, named)) or _read(ssl.get_default_verify_paths().cafile)
    if found:
        return found
    import certifi  # noqa: PLC0415  # rarely needed: if OpenSSL has no file of authorities

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


def client_environment(proxy_url: str, files: TrustFiles) -> dict[str, str]:
    """Variables for a client's process.

    ``NO_PROXY`` is empty: its hosts would bypass the proxy.
    """
    proxies = {spelling: proxy_url for name in _PROXIES for spelling in (name, name.lower())}
    return {
        **proxies,
        _EXCEPTIONS: "",
        _EXCEPTIONS.lower(): "",
        **trust_environment(files),
        "NODE_USE_ENV_PROXY": "1",  # from Node 24 on
        PROXY_URL: proxy_url,
    }


def trust_environment(files: TrustFiles) -> dict[str, str]:
    """Variables that name the certificates to trust, for a client's process."""
    return {
        **dict.fromkeys(_REPLACING, str(files.bundle)),
        _ADDING: str(files.addition),
        CA_FILE: str(files.bundle),
    }
