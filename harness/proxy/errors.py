"""Errors of the forward proxy."""

from __future__ import annotations

from harness.errors import HarnessError


class ProxyError(HarnessError):
    """Base class of the forward proxy's errors."""


class AuthorityError(ProxyError):
    """The certificate authority in a file cannot be used, or none can be made for these hosts."""


class UnusedProxyError(ProxyError):
    """The session ended without a request to the service through the proxy."""


class DistrustError(UnusedProxyError):
    """A client connected to the proxy, and did not trust its certificate."""
