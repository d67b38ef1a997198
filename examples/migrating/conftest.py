"""Where pytest-recording is not installed, there is nothing to run before."""

import importlib.util

collect_ignore = [] if importlib.util.find_spec("pytest_recording") else ["test_before.py"]
