"""Runs of pytest in pytest, each in a folder of its own, with nothing of the machine's settings.

A run takes place in this process where it can: starting Python and importing pytest and the plugin costs more than all
else. It takes place in a process of its own with xdist, with plugins that patch the whole process, and where a test asks
for it: for a network block, frozen time, signals, exit codes and what is imported.
"""

import linecache
import re
import sys
import textwrap
import warnings
from pathlib import Path
from unittest import mock

_OURS = ("--disable-plugin-autoload", "-p", "wiretape", "-p", "asyncio")
NEEDED = (*_OURS, "-p", "syrupy")
"""What a run needs, and nothing of what else is installed here: that would cost each run as much again."""
ALONE = ("-p", "no:randomly", "-p", "no:recording", "-p", "no:rerunfailures", "-p", "no:hypothesispytest")
_HERE = (*_OURS, "-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning")
FAKE = "--wire-upstream=fake"


class _Imported:
    """Keeps the modules that an inner run imports, which pytester forgets: PyYAML's C part cannot be imported twice."""

    def __init__(self):
        self._modules = {}

    def pytest_unconfigure(self):
        self._modules = dict(sys.modules)

    def keep(self, pytester):
        """Put them back for good, but for those in the inner run's folder: the next run has others of these names."""
        # pytester goes back to this snapshot at the end of the outer test.
        saved = vars(pytester._sys_modules_snapshot)["_SysModulesSnapshot__saved"]
        for name, module in self._modules.items():
            file = getattr(module, "__file__", None)
            if file is None or not Path(file).is_relative_to(pytester.path):
                saved.setdefault(name, module)
                sys.modules.setdefault(name, module)


class InnerPytest:
    """A folder with tests, and runs of them.

    Args:
        pytester: pytest's own fixture.
        plugins: Options that select the plugins; those of a run in this process are always the same.
        in_process: Whether a run takes place in this process.
    """

    def __init__(self, pytester, plugins=NEEDED, *, in_process=False):
        self.pytester = pytester
        self.folder = Path(pytester.path)
        self.plugins = plugins
        self.in_process = in_process
        pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")

    def write(self, text, name="test_it.py"):
        """Write a file of tests."""
        (self.folder / name).write_text("import pytest\n\n" + textwrap.dedent(text))

    def configure(self, lines):
        """Add lines to the configuration file."""
        with (self.folder / "tox.ini").open("a") as file:
            file.write(f"\n{lines}")

    def run(self, *arguments):
        """Run the tests, and return pytester's result."""
        if self.in_process and "-n" not in arguments:
            linecache.clearcache()
            # Bytecode is looked up by a file's second of change and size: a file that is rewritten may have both.
            with mock.patch.object(sys, "dont_write_bytecode", new=True):
                return self._run_here(*arguments)
        workers = ("-p", "xdist") if "-n" in arguments and self.plugins == NEEDED else ()
        return self.pytester.runpytest_subprocess(*self.plugins, *workers, *arguments, timeout=300)

    def _run_here(self, *arguments):
        # Without a folder of its own, the inner run would tidy up the numbered folders of the outer one.
        temporary = f"--basetemp={self.folder.parent / f'{self.folder.name}-temporary'}"
        imported = _Imported()
        try:
            # As in a new process: the outer run turns warnings into errors.
            with warnings.catch_warnings():
                warnings.simplefilter("default")
                return self.pytester.runpytest_inprocess(*_HERE, temporary, *arguments, plugins=[imported])
        finally:
            imported.keep(self.pytester)

    def record(self, *arguments):
        """Run the tests, recording missing cassettes from the fake service; the run has to succeed."""
        result = self.run("--wire-record-mode=once", FAKE, *arguments)
        assert result.ret == 0, result.stdout.str()
        return result

    def cassette(self, name):
        """Return a cassette's file."""
        return self.folder / "cassettes" / f"{name}.yaml"

    def exchanges(self, name):
        """Return the exchanges of a cassette, a line each, without queries."""
        text = self.cassette(name).read_text()
        return re.findall(r"^- ((?:call: \w+|socket:) [^?\n]+)", text, re.MULTILINE)


def settled(text):
    """Replace in an output what differs from run to run."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"-[0-9a-f]{8}\.yaml", "-HASH.yaml", text)
    text = re.sub(r"clientSessionId=[0-9a-f-]{36}", "clientSessionId=ID", text)
    text = re.sub(r"/\S*/pytest-of-\w+/pytest-\d+/\S*?/", "FOLDER/", text)
    return re.sub(r"\b\d+\.\d+s\b", "TIME", text)
