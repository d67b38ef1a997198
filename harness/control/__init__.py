"""Recorded sessions for test suites in any language: a small HTTP service that begins, reports and ends them."""

from harness.control.errors import ControlError
from harness.control.serving import ControlServer, controlling

__all__ = ["ControlError", "ControlServer", "controlling"]
