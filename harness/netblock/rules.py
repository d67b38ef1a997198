"""`Block`: what may be reached while it is in force, and what was tried all the same."""

from __future__ import annotations

import enum
import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from harness.netblock.addresses import is_loopback, is_public, needs_no_look_up, normal
from harness.netblock.errors import NetworkBlockedError

Door = tuple[str, int]
_WITH_PORT: Final = re.compile(r"([^:]+|\[.+\]):[0-9]{1,5}")
"""``host:8080``, and no address of IPv6: a host is let through on all ports."""
MOST_ATTEMPTS: Final = 100
"""How many attempts a block keeps; further ones are refused as well, but not noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a test may reach.

    Attributes:
        open: Exactly these addresses and ports, such as ``("127.0.0.1", 40321)``.
        hosts: Regular expressions; a host is let through, on all ports, if its name or address matches one in full,
            in upper or lower case. A port at the end counts for nothing.
    """

    open: frozenset[Door] = frozenset()
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that was refused.

    Attributes:
        url: As in `NetworkBlockedError`.
        how: As in `NetworkBlockedError`.
        at: Seconds since the epoch.
        thread: The thread's name.
    """

    url: str
    how: str
    at: float
    thread: str


class Verdict(enum.Enum):
    """What becomes of a connection.

    ``NOBODY`` is for ``[::1]:port`` where ``127.0.0.1:port`` is open: "localhost" has both addresses, and clients that
    try one after the other shall find the one that is open. They are told what they would be told without a block
    when nobody listens: the connection is refused.
    """

    OPEN = enum.auto()
    NOBODY = enum.auto()
    SHUT = enum.auto()


class Block:
    """Rules in force, for one test.

    Attributes:
        where: Names the test, for errors.
        attempts: What was refused, oldest first; at most `MOST_ATTEMPTS`.
    """

    def __init__(self, where: str, allowed: Allowed) -> None:
        """Make the rules; `blocked` puts them in force.

        Raises:
            ValueError: One of ``allowed.hosts`` is no regular expression.
        """
        self.where = where
        self.attempts: list[Attempt] = []
        self._lock = threading.Lock()
        self._hosts = tuple(_compiled(host) for host in allowed.hosts)
        self._learnt: frozenset[str] = frozenset()
        self._doors: frozenset[Door] = frozenset(door for each in allowed.open for door in _doors_of(each))

    @property
    def has_hosts(self) -> bool:
        """Whether hosts are let through by name."""
        return bool(self._hosts)

    @property
    def ports(self) -> frozenset[int]:
        """Of the open doors."""
        return frozenset(port for _, port in self._doors)

    @property
    def covers_subprocesses(self) -> bool:
        """Whether the kernel stops the TCP connections of processes started meanwhile: see docs/network-block.md."""
        from harness.netblock.landlock import can_restrict  # noqa: PLC0415  # it needs ctypes

        return not self._hosts and can_restrict()

    def open_also(self, address: str, port: int) -> None:
        """Open a door, until `close_again`; for wires that open while the block is in force."""
        with self._lock:
            self._doors |= frozenset(_doors_of((address, port)))

    def close_again(self, address: str, port: int) -> None:
        """Shut a door."""
        with self._lock:
            self._doors -= frozenset(_doors_of((address, port)))

    def after_fork(self) -> None:
        """In a forked child: whoever held the lock is not here."""
        self._lock = threading.Lock()

    def allows_name(self, name: str) -> bool:
        """Whether a host is let through by its name or address."""
        return any(host.fullmatch(name.rstrip(".")) for host in self._hosts)

    def may_look_up(self, name: str) -> bool:
        """Whether a name may be looked up: for addresses and this machine's names nobody is asked."""
        return needs_no_look_up(name) or self.allows_name(name)

    def learn(self, name: str, addresses: Iterable[str]) -> None:
        """Take note of the addresses that a look-up has found; only those of allowed names count."""
        if self._hosts and self.allows_name(name):
            with self._lock:
                self._learnt |= frozenset(normal(address) for address in addresses)

    def judge(self, address: str, port: int) -> Verdict:
        """What becomes of a connection to an address."""
        plain = normal(address)
        doors = self._doors
        if (plain, port) in doors or plain in self._learnt:
            return Verdict.OPEN
        local = is_loopback(plain)
        if self._hosts and (self.allows_name(plain) or (local and self.allows_name("localhost"))):
            return Verdict.OPEN
        if local and any(port == each and is_loopback(door) for door, each in doors):
            return Verdict.NOBODY
        return Verdict.SHUT

    def judge_for(self, name: str, name_port: int, address: str, port: int) -> Verdict:
        """The same where the client has named the host, and found its address by itself.

        An address of this machine or of a private network has to be what the name stands for; else a proxy, or a rule
        of the client's own, leads elsewhere. Public addresses are believed: a name may have others at each look-up.
        """
        verdict = self.judge(address, port)
        if verdict is not Verdict.SHUT or port != name_port or not self.allows_name(name):
            return verdict
        if is_public(address) or normal(address) in _addresses_of(name):
            return Verdict.OPEN
        return verdict

    def refuse(self, url: str, how: str) -> NetworkBlockedError:
        """Take note of an attempt; the error is for the caller to raise."""
        attempt = Attempt(url, how, time.time(), threading.current_thread().name)
        with self._lock:
            if len(self.attempts) < MOST_ATTEMPTS:
                self.attempts.append(attempt)
        return NetworkBlockedError(url, self.where, how)


def _compiled(host: str) -> re.Pattern[str]:
    try:
        with_port = _WITH_PORT.fullmatch(host)
        return re.compile(with_port[1] if with_port else host, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"allowed_hosts: {host!r} is no regular expression ({error})") from error


def _doors_of(door: Door) -> Iterable[Door]:
    host, port = normal(door[0]), door[1]
    return [("127.0.0.1", port), ("::1", port)] if host == "localhost" else [(host, port)]


def _addresses_of(name: str) -> frozenset[str]:
    import socket  # noqa: PLC0415  # the rare case

    try:
        found = socket.getaddrinfo(name, None)
    except OSError:
        return frozenset()
    return frozenset(normal(str(each[4][0])) for each in found)
