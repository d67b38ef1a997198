"""What a wire that replays does not import: recording and scripts cost time to load, and so does rewriting assertions."""

import subprocess
import sys

import pytest

_LOADED = """
import sys
import harness.pytest_plugin.lifecycle

heavy = ("curl_cffi", "harness.relay", "harness.record.recording", "harness.pytest_plugin.live_backends",
         "harness.scripted", "harness.copilot.script", "fake_server.script", "fake_server.service", "fake_server.scenarios",
         "yaml", "harness.cassette.store", "harness.redact.engine", "provider.options", "provider.items")
found = [name for name in sys.modules if any(name == each or name.startswith(each + ".") for each in heavy)]
assert not found, found
"""


def test_replaying_loads_neither_recorder_nor_redactor_nor_script_nor_client_nor_the_reader_of_yaml():
    done = subprocess.run([sys.executable, "-c", _LOADED], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


_REWRITTEN = """
import sys

def pytest_unconfigure():
    ours = {"harness", "provider", "fake_server"}
    loaded = {name: module.__loader__ for name, module in list(sys.modules.items()) if name.partition(".")[0] in ours}
    rewritten = {name for name, loader in loaded.items() if type(loader).__name__ == "AssertionRewritingHook"}
    # The packages that pytest imports before the plugin can say no; their docstrings do.
    assert rewritten <= {"harness", "harness.pytest_plugin", "harness.pytest_plugin.plain_imports"}, rewritten
    assert all("PYTEST_DONT_REWRITE" in sys.modules[name].__doc__ for name in rewritten), rewritten
    assert "harness.pytest_plugin.wires" in loaded
    print("modules:", len(loaded))
"""


def test_pytest_rewrites_no_module_of_these_packages(tmp_path):
    (tmp_path / "conftest.py").write_text(_REWRITTEN)
    (tmp_path / "test_one.py").write_text("def test_one(wire):\n    assert wire.url\n")
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "modules: " in done.stdout


@pytest.mark.parametrize(
    "name",
    [
        "harness.pytest_plugin",
        *(pytest.param(each, marks=pytest.mark.slow) for each in ("fake_server", "harness", "provider")),
    ],
)
def test_a_package_that_was_imported_before_pytest_starts_raises_no_warning(name, tmp_path):
    (tmp_path / "test_one.py").write_text("def test_one():\n    pass\n")
    code = f"import sys, pytest, {name}; sys.exit(pytest.main(['-q', '-W', 'error', '-p', 'no:cacheprovider']))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path
    )
    assert done.returncode == 0, done.stdout + done.stderr
