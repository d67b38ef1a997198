"""`Block`: the rules of a network block, and the errors for what they refuse."""

from __future__ import annotations

import enum
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from harness.netblock.addresses import is_loopback, is_public, needs_no_look_up, normal
from harness.netblock.errors import NetworkBlockedError

HostPort = tuple[str, int]
_WITH_PORT: Final = re.compile(r"([^:]+|\[.+\]):[0-9]{1,5}")
"""``host:8080``, but no IPv6 address. The port is dropped: an allowed host is allowed on all ports."""
MOST_REFUSED: Final = 100
"""How many attempts `Block.refused` keeps; further ones are refused as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a test may connect to.

    Attributes:
        open: Exactly these addresses and ports, such as ``("127.0.0.1", 40321)``.
        hosts: Regular expressions of hosts, allowed on all ports. An expression has to match all of a host's name or
            address, in upper or lower case. A port at its end is ignored.
    """

    open: frozenset[HostPort] = frozenset()
    hosts: tuple[str, ...] = ()


class Verdict(enum.Enum):
    """How to treat a connection: allow it, refuse it as the system would, or raise `NetworkBlockedError`.

    ``REFUSE`` is for ``[::1]:port`` where ``127.0.0.1:port`` is allowed. "localhost" has both addresses, and a client
    that tries one after the other has to find the allowed one. It gets the error of a port without a listener.
    """

    ALLOW = enum.auto()
    REFUSE = enum.auto()
    BLOCK = enum.auto()


class Block:
    """The rules for one test. `blocked` makes them active.

    Attributes:
        where: The test's id, for errors.
        refused: Refused attempts such as ``tcp://192.0.2.1:80 (socket.connect)``, oldest first; at most `MOST_REFUSED`.
            It shows attempts whose error the client swallowed.

    Raises:
        ValueError: One of ``allowed.hosts`` is not a valid regular expression.
    """

    def __init__(self, where: str, allowed: Allowed) -> None:
        self.where = where
        self.refused: list[str] = []
        self._lock = threading.Lock()
        self._hosts = tuple(_compiled(host) for host in allowed.hosts)
        self._learnt: frozenset[str] = frozenset()
        self._open = frozenset(place for each in allowed.open for place in _addresses(each))

    @property
    def has_hosts(self) -> bool:
        """Whether hosts are allowed by name."""
        return bool(self._hosts)

    @property
    def ports(self) -> frozenset[int]:
        """The ports of the allowed addresses."""
        return frozenset(port for _, port in self._open)

    @property
    def covers_subprocesses(self) -> bool:
        """Whether the kernel restricts processes that are started during the block; see docs/network-block.md."""
        from harness.netblock.landlock import can_restrict  # noqa: PLC0415  # it needs ctypes

        return not self._hosts and can_restrict()

    def after_fork(self) -> None:
        """Replace the lock in a forked child: the thread that held it does not exist there."""
        self._lock = threading.Lock()

    def allows_name(self, name: str) -> bool:
        """Whether a host is allowed by its name or address."""
        return any(host.fullmatch(name.rstrip(".")) for host in self._hosts)

    def may_look_up(self, name: str) -> bool:
        """Whether a name may be looked up. Addresses and names of this machine need no name server."""
        return needs_no_look_up(name) or self.allows_name(name)

    def learn(self, name: str, addresses: Iterable[str]) -> None:
        """Allow the addresses that a look-up found, if the name is allowed."""
        if self._hosts and self.allows_name(name):
            with self._lock:
                self._learnt |= frozenset(normal(address) for address in addresses)

    def judge(self, address: str, port: int) -> Verdict:
        """Return how to treat a connection to an address."""
        plain = normal(address)
        if (plain, port) in self._open or plain in self._learnt:
            return Verdict.ALLOW
        local = is_loopback(plain)
        if self._hosts and (self.allows_name(plain) or (local and self.allows_name("localhost"))):
            return Verdict.ALLOW
        if local and any(port == each and is_loopback(host) for host, each in self._open):
            return Verdict.REFUSE
        return Verdict.BLOCK

    def judge_for(self, name: str, name_port: int, address: str, port: int) -> Verdict:
        """Return how to treat a connection of a client that resolves names by itself.

        An address of this machine or of a private network has to be an address of the name; otherwise a proxy or a rule
        of the client leads elsewhere. A public address is accepted, since a name may have others at each look-up.

        Args:
            name: The host in the client's URL.
            name_port: The port in the client's URL.
            address: The address that the client connects to.
            port: The port that the client connects to.
        """
        verdict = self.judge(address, port)
        if verdict is not Verdict.BLOCK or port != name_port or not self.allows_name(name):
            return verdict
        if is_public(address) or normal(address) in _resolved(name):
            return Verdict.ALLOW
        return verdict

    def refuse(self, url: str, how: str) -> NetworkBlockedError:
        """Note a refused attempt, and return the error to raise; see `NetworkBlockedError` for the arguments."""
        if len(self.refused) < MOST_REFUSED:
            self.refused.append(f"{url} ({how})")
        return NetworkBlockedError(url, self.where, how)


def _compiled(host: str) -> re.Pattern[str]:
    try:
        with_port = _WITH_PORT.fullmatch(host)
        return re.compile(with_port[1] if with_port else host, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"allowed_hosts: {host!r} is not a valid regular expression ({error})") from error


def _addresses(place: HostPort) -> Iterable[HostPort]:
    """Yield the addresses of a host and port; "localhost" has two."""
    host, port = normal(place[0]), place[1]
    return [("127.0.0.1", port), ("::1", port)] if host == "localhost" else [(host, port)]


def _resolved(name: str) -> frozenset[str]:
    import socket  # noqa: PLC0415  # rarely needed

    try:
        found = socket.getaddrinfo(name, None)
    except OSError:
        return frozenset()
    return frozenset(normal(str(each[4][0])) for each in found)
