"""What a wire that replays does not import: recording costs time to load."""

import subprocess
import sys

_LOADED = """
import sys
import harness.pytest_plugin.lifecycle

heavy = ("curl_cffi", "harness.relay", "harness.record.recording", "harness.pytest_plugin.live_backends")
found = [name for name in sys.modules if any(name == each or name.startswith(each + ".") for each in heavy)]
assert not found, found
"""


def test_replaying_loads_neither_relay_nor_recorder_nor_curl_cffi():
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
