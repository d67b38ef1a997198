"""Without pytest-recording, pytest does not collect `test_before.py`."""

import importlib.util

collect_ignore = [] if importlib.util.find_spec("pytest_recording") else ["test_before.py"]
