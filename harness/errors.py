"""The root of the harness's errors."""

from __future__ import annotations


class HarnessError(Exception):
    """Whatever recording, replaying, or a cassette can go wrong with."""
