"""What can go wrong at the proxy door."""

from __future__ import annotations

from harness.errors import HarnessError


class ProxyError(HarnessError):
    """Whatever the proxy door can go wrong with."""


class AuthorityError(ProxyError):
    """A kept certificate authority cannot be used, or none can be made for these hosts."""


class UnusedDoorError(ProxyError):
    """The session is over, and nothing came through the door to the service."""


class DistrustError(UnusedDoorError):
    """A client came to the door, and would not trust its authority."""
