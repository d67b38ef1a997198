"""`Visitors`: counts of the requests and connections at the proxy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from fake_server.host.tunnel import TunnelEnd
from harness.proxy.errors import DistrustError, ProxyError, UnusedProxyError

_MOST_PLACES: Final = 1000
_DISTRUST: Final = ("UNKNOWN_CA", "CERTIFICATE")  # as OpenSSL names the TLS alerts
_VARIABLES: Final = "SSL_CERT_FILE, CURL_CA_BUNDLE, REQUESTS_CA_BUNDLE or NODE_EXTRA_CA_CERTS"


class Visitors:
    """Counts, by host (``served``, ``silent``) or ``host:port`` (``passed``, ``refused``).

    Attributes:
        served: Requests to the stage.
        silent: Tunnels to the stage that closed without a request.
        distrust: Why the last client of each host ended the TLS handshake.
        passed: Connections to other hosts.
        refused: Refused connections to other hosts.
        strangers: Requests without the right password.
    """

    def __init__(self) -> None:
        self.served: Counter[str] = Counter()
        self.silent: Counter[str] = Counter()
        self.distrust: dict[str, str] = {}
        self.passed: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.strangers = 0

    def count(self, kind: Counter[str], place: str, number: int = 1) -> None:
        """Add to a count. Places beyond the first thousand share one entry, ``others``."""
        kind[place if place in kind or len(kind) < _MOST_PLACES else "others"] += number

    def ended(self, end: TunnelEnd) -> None:
        """Count a closed tunnel to the stage."""
        if end.error is not None:
            reason = getattr(end.error.__cause__, "reason", None)
            self.distrust[end.host] = reason if isinstance(reason, str) else "it left during the TLS handshake"
        elif end.requests:
            self.count(self.served, end.host, end.requests)
        else:
            self.count(self.silent, end.host)

    def problem(self, names: Iterable[str]) -> ProxyError | None:
        """The error of a session without a request to the service; None if there was one.

        Args:
            names: The service's hosts.
        """
        if self.served:
            return None
        for host, reason in self.distrust.items():
            return DistrustError(f"{_doubt(host, reason)}: does the client read {_VARIABLES}?")
        for host in self.silent:
            return DistrustError(f"{_doubt(host, 'it connected and sent nothing')}: does the client read {_VARIABLES}?")
        wanted = " or ".join(names)
        if self.strangers:
            return UnusedProxyError(
                f"no request to {wanted} had the proxy's password: "
                "does the client send the user and password of HTTPS_PROXY?"
            )
        return UnusedProxyError(
            f"no request to {wanted} came to the proxy: does the client use the proxy that HTTPS_PROXY names?"
        )

    def lines(self) -> list[str]:
        """Lines for people about traffic that did not reach the stage."""
        kinds = ((self.passed, "led past the recording"), (self.refused, "refused"))
        doubts = [_doubt(host, reason) for host, reason in self.distrust.items()] if self.served else []
        return [f"{what}: {_listed(kind)}" for kind, what in kinds if kind] + doubts


def _listed(kind: Counter[str]) -> str:
    rows = [place if number == 1 else f"{place} ({number} times)" for place, number in kind.most_common(10)]
    return ", ".join(rows) + (f", and {len(kind) - 10} more" if len(kind) > 10 else "")


def _doubt(host: str, reason: str) -> str:
    sure = any(word in reason for word in _DISTRUST)
    says = reason.rpartition("ALERT_")[2].replace("_", " ").lower() if reason.isupper() else reason
    return f"a client of {host} {'does' if sure else 'may'} not trust the proxy's certificate ({says})"
