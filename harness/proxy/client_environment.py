"""What a client finds in its environment, so that it comes through the door by itself."""

from __future__ import annotations

from typing import Final

from harness.proxy.trust import TrustFiles
from provider.options import TOKEN_VARIABLE

_PROXIES: Final = ("HTTP_PROXY", "HTTPS_PROXY", "WS_PROXY", "WSS_PROXY", "ALL_PROXY")
_EXCEPTIONS: Final = "NO_PROXY"
_BUNDLES: Final = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
PROXY_URL: Final = "WIRETAPE_PROXY_URL"
CA_FILE: Final = "WIRETAPE_CA_FILE"


def client_environment(proxy_url: str, files: TrustFiles) -> dict[str, str]:
    """Variables for a client's process, and for no other.

    ``NO_PROXY`` is emptied: what it names would go past the door unseen.
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
    """Variables that tell a client's process whom to trust."""
    return {
        **dict.fromkeys(_BUNDLES, str(files.bundle)),
        "NODE_EXTRA_CA_CERTS": str(files.addition),
        CA_FILE: str(files.bundle),
    }


def stand_in_for_token(stand_in: str | None) -> dict[str, str]:
    """What a client finds in the token's place; nothing where the user has none."""
    return {} if stand_in is None else {TOKEN_VARIABLE: stand_in}
