"""The root of the harness's errors."""

from __future__ import annotations


class HarnessError(Exception):
    """Base class of all errors that recording, replaying and reading or writing cassettes raise."""
