"""Errors of scripts."""

from __future__ import annotations

from harness.errors import HarnessError


class ScriptError(HarnessError, ValueError):
    """A script asks for something that there is not; names what there is."""
