"""Origins and targets of URLs, as HARs write them."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlsplit

_SCHEMES: Final = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_PORTS: Final = {"http": 80, "https": 443}
_SOCKETS: Final = {"http": "ws", "https": "wss"}
_VISIBLE: Final = "".join(map(chr, range(0x21, 0x7F)))


def split_url(url: str) -> tuple[str, str]:
    """The origin and the target of a URL: ``https://a.example`` and ``/path?query``.

    A socket's ``wss://a.example`` is of the same origin as ``https://a.example``; a default port is none. Of a URL of
    another scheme (``data:``, ``blob:``) or without a host, the scheme stands for the origin, and there is no target.
    What is no visible ASCII is percent-encoded; a fragment is left out.
    """
    scheme, _, rest = url.partition(":")
    kept = _SCHEMES.get(scheme.lower())
    if kept is None or not rest.startswith("//"):
        return f"{scheme[:20].lower()}:", ""
    host = _host(f"{kept}:{rest}", kept)
    if not host:
        return f"{kept}:", ""
    after = rest[2:]
    begins = min((at for mark in "/?#" if (at := after.find(mark)) >= 0), default=len(after))
    target = after[begins:].partition("#")[0]
    target = target if target.startswith("/") else f"/{target}"
    return f"{kept}://{host}", quote(target, safe=_VISIBLE, errors="replace")


def _host(url: str, scheme: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if any(not "!" <= letter <= "~" for letter in host):
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return ""
    host = f"[{host}]" if ":" in host else host
    return host if not host or port in {None, _PORTS[scheme]} else f"{host}:{port}"


def is_socket(url: str) -> bool:
    """Whether the URL's scheme is a WebSocket's."""
    return url.partition(":")[0].lower() in {"ws", "wss"}


def socket_url(url: str) -> str:
    """The same URL with a WebSocket's scheme."""
    scheme, mark, rest = url.partition(":")
    return f"{_SOCKETS.get(scheme, scheme)}{mark}{rest}"
