"""What no file of the project may hold."""

import re

from tests.support.project.tree import ROOT, texts

# Where this checkout stands, and where those that the project was made in stood. A sample user's home is no such path.
_HERE = [re.escape(str(ROOT))] if len(ROOT.parts) > 2 else []
MACHINE_PATHS = re.compile("|".join([r"(?<![\w.~-])/(?:work|root)/", *_HERE]))
REGISTRIES = re.compile(r"https?://[^ ]*/simple\b|index[-]url|pypi[.]org|pythonhosted[.]org|registry[.]npmjs")


def rows_with(pattern):
    return [
        f"{path}:{number}: {row.strip()[:100]}"
        for path, text in texts().items()
        for number, row in enumerate(text.splitlines(), 1)
        if pattern.search(row)
    ]


def test_no_file_holds_a_path_of_one_machine():
    assert rows_with(MACHINE_PATHS) == []


def test_no_file_names_a_package_registry():
    assert rows_with(REGISTRIES) == []


def test_what_ci_runs_is_executable():
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
