"""`Scripted`: a service that a test scripts turn by turn. The public name; the code is in `harness.copilot.script`."""

from harness.copilot.script import Scripted
from harness.copilot.script_faults import ScriptError

__all__ = ["ScriptError", "Scripted"]
