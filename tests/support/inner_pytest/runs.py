"""Runs of pytest in pytest, each in a process and a folder of its own, with nothing of the machine's settings."""

import re
import textwrap
from pathlib import Path

NEEDED = ("--disable-plugin-autoload", "-p", "wiretape", "-p", "asyncio", "-p", "syrupy")
"""What a run needs, and nothing of what else is installed here: that would cost each run as much again."""
ALONE = ("-p", "no:randomly", "-p", "no:recording", "-p", "no:rerunfailures", "-p", "no:hypothesispytest")
FAKE = "--wire-upstream=fake"


class InnerPytest:
    """A folder with tests, and runs of them.

    Attributes:
        plugins: Options that say which plugins there are; without `NEEDED` all that are installed.
    """

    def __init__(self, pytester, plugins=NEEDED):
        self.pytester = pytester
        self.folder = Path(pytester.path)
        self.plugins = plugins
        pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n")

    def write(self, text, name="test_it.py"):
        """A file of tests."""
        (self.folder / name).write_text("import pytest\n\n" + textwrap.dedent(text))

    def configure(self, lines):
        """More lines of the configuration file."""
        with (self.folder / "tox.ini").open("a") as file:
            file.write(f"\n{lines}")

    def run(self, *arguments):
        """A run, as pytester's result."""
        workers = ("-p", "xdist") if "-n" in arguments and self.plugins == NEEDED else ()
        return self.pytester.runpytest_subprocess(*self.plugins, *workers, *arguments, timeout=60)

    def record(self, *arguments):
        """A run that records what is missing from the fake service, and has to succeed."""
        result = self.run("--wire-record-mode=once", FAKE, *arguments)
        assert result.ret == 0, result.stdout.str()
        return result

    def cassette(self, name):
        """A cassette's file."""
        return self.folder / "cassettes" / f"{name}.yaml"

    def exchanges(self, name):
        """What a cassette holds, a line each, without queries."""
        text = self.cassette(name).read_text()
        return re.findall(r"^- ((?:call: \w+|socket:) [^?\n]+)", text, re.MULTILINE)


def settled(text):
    """Output without what differs from run to run."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"-[0-9a-f]{8}\.yaml", "-HASH.yaml", text)
    text = re.sub(r"clientSessionId=[0-9a-f-]{36}", "clientSessionId=ID", text)
    text = re.sub(r"/\S*/pytest-of-\w+/pytest-\d+/\S*?/", "FOLDER/", text)
    return re.sub(r"\b\d+\.\d+s\b", "TIME", text)
