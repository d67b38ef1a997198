"""A service that a test scripts, turn by turn: what it says, and how it fails."""

from harness.scripted.errors import ScriptError
from harness.scripted.script import Scripted

__all__ = ["ScriptError", "Scripted"]
