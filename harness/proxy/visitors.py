"""`Visitors`: who came to the door, and what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from fake_server.host.tunnel import TunnelEnd
from harness.proxy.errors import DistrustError, ProxyError, UnusedDoorError

_MOST_PLACES: Final = 1000
_DISTRUST: Final = ("UNKNOWN_CA", "CERTIFICATE")  # in OpenSSL's names of the alerts by which clients say so
_VARIABLES: Final = "SSL_CERT_FILE, CURL_CA_BUNDLE, REQUESTS_CA_BUNDLE or NODE_EXTRA_CA_CERTS"


class Visitors:
    """Counts, by host (``served``, ``silent``) or ``host:port`` (``passed``, ``refused``).

    Attributes:
        served: Requests that the stage was given.
        silent: Tunnels to the stage that were opened, and ended without a request.
        distrust: Why clients broke off the TLS handshake, the last one's reason for each host.
        passed: Connections that were led past the stage.
        refused: Connections that were refused for where they wanted to go.
        strangers: Requests without the password, or with a wrong one.
    """

    def __init__(self) -> None:
        self.served: Counter[str] = Counter()
        self.silent: Counter[str] = Counter()
        self.distrust: dict[str, str] = {}
        self.passed: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.strangers = 0

    def count(self, kind: Counter[str], place: str, number: int = 1) -> None:
        """One more, or several; places beyond the first thousand are not told apart."""
        kind[place if place in kind or len(kind) < _MOST_PLACES else "others"] += number

    def ended(self, end: TunnelEnd) -> None:
        """A tunnel to the stage is over."""
        if end.error is not None:
            reason = getattr(end.error.__cause__, "reason", None)
            self.distrust[end.host] = reason if isinstance(reason, str) else "it left in the TLS handshake"
        elif end.requests:
            self.count(self.served, end.host, end.requests)
        else:
            self.count(self.silent, end.host)

    def problem(self, names: Iterable[str]) -> ProxyError | None:
        """Why nothing came to the service, after a session in which nothing did; None if something did.

        Args:
            names: The service's hosts.
        """
        if self.served:
            return None
        for host, reason in self.distrust.items():
            return DistrustError(f"{_doubt(host, reason)}: does it read {_VARIABLES}?")
        for host in self.silent:
            return DistrustError(f"{_doubt(host, 'it connected and said nothing')}: does it read {_VARIABLES}?")
        wanted = " or ".join(names)
        if self.strangers:
            return UnusedDoorError(
                f"nobody who knew the proxy's password made a request to {wanted}: "
                "does the client take user and password from HTTPS_PROXY?"
            )
        return UnusedDoorError(f"no request to {wanted} came to the proxy: does the client honour HTTPS_PROXY?")

    def lines(self) -> list[str]:
        """What did not go to the stage, a line each, for people."""
        told = ((self.passed, "led past the recording"), (self.refused, "refused"))
        doubts = [_doubt(host, reason) for host, reason in self.distrust.items()] if self.served else []
        return [f"{what}: {_listed(kind)}" for kind, what in told if kind] + doubts


def _listed(kind: Counter[str]) -> str:
    rows = [place if number == 1 else f"{place} ({number} times)" for place, number in kind.most_common(10)]
    return ", ".join(rows) + (f", and {len(kind) - 10} more" if len(kind) > 10 else "")


def _doubt(host: str, reason: str) -> str:
    sure = any(word in reason for word in _DISTRUST)
    says = reason.rpartition("ALERT_")[2].replace("_", " ").lower() if reason.isupper() else reason
    return f"a client of {host} {'does' if sure else 'may'} not trust the proxy's certificate ({says})"
