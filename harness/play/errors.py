"""Errors of playing a cassette's client."""

from __future__ import annotations

from harness.errors import HarnessError


class PlayError(HarnessError):
    """The client of a cassette cannot be played as the options say."""


class MissingSecretError(PlayError):
    """The client sends secrets that the cassette replaced by placeholders, and that no option gives."""


class LiveHostError(PlayError):
    """The service is on another machine, which the options do not allow."""


class NamedUpstreamError(PlayError):
    """The cassette has a further upstream for which no URL is given, or an option names one that it lacks."""
