"""The way to a server as options of a curl handle: the proxy, and the certificate authorities that are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment

from provider.transport.types import Settings

if TYPE_CHECKING:
    from curl_cffi import Curl


def is_proxied_in_plain(settings: Settings, url: str) -> bool:
    """Whether a proxy receives the whole URL of a plain-text request; libcurl then writes the URL its own way."""
    if not url.startswith("http://"):
        return False
    known = getproxies_environment() if settings.trust_environment else {}
    return settings.proxy is not None or bool(known.get("http") or known.get("all"))


def set_proxy(curl: Curl, opt: Any, settings: Settings) -> None:
    """Set the proxy of a handle: that of the settings, else that of the environment, if the settings trust it.

    Args:
        opt: curl_cffi's ``CurlOpt``.
    """
    proxy = settings.proxy
    if proxy is None:
        if not settings.trust_environment:
            curl.setopt(opt.PROXY, b"")
        return
    parts = urlsplit(proxy)
    host = parts.netloc.rpartition("@")[2]
    curl.setopt(opt.PROXY, f"{parts.scheme}://{host}".encode())
    curl.setopt(opt.NOPROXY, b"")
    if parts.username is not None:
        # Apart from the URL, because libcurl puts the URL into its messages.
        curl.setopt(opt.PROXYUSERNAME, unquote(parts.username).encode())
        curl.setopt(opt.PROXYPASSWORD, unquote(parts.password or "").encode())


def set_certificates(curl: Curl, opt: Any, settings: Settings) -> None:
    """Set which certificate authorities a handle trusts, for the server and for an ``https://`` proxy.

    Args:
        opt: curl_cffi's ``CurlOpt``.
    """
    verify = settings.verify
    if verify is False:
        curl.setopt(opt.SSL_VERIFYPEER, 0)
        curl.setopt(opt.SSL_VERIFYHOST, 0)
        curl.setopt(opt.PROXY_SSL_VERIFYPEER, 0)
        curl.setopt(opt.PROXY_SSL_VERIFYHOST, 0)
    elif isinstance(verify, str):
        curl.setopt(opt.CAINFO, verify)
        curl.setopt(opt.PROXY_CAINFO, verify)
