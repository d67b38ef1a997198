"""`StubError`: a stub, or a file of stubs, is invalid."""

from __future__ import annotations

from harness.errors import HarnessError


class StubError(HarnessError, ValueError):
    """A stub has an invalid value; the text says which, where, and what is expected."""


class StubFileError(StubError):
    """A file of stubs is malformed; the text names file, line and key."""
