"""The project's own files, for the tests that guard the project as a whole."""

import shutil
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
_BINARY = {".png", ".jpg", ".har"}
_BUILT = {
    ".venv",
    ".venv-clients",
    ".venv-matrix",
    ".venv-pairs",
    ".node-pairs",
    "dist",
    "build",
    "__pycache__",
    ".pytest_cache",
    ".ruff_cache",
    ".hypothesis",
    ".import_linter_cache",
}


def _names():
    """What belongs to the project: by git, or where there is no git or no repository (an sdist) all that was not built."""
    if shutil.which("git"):
        command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
        listing = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        if listing.returncode == 0:
            return listing.stdout.splitlines()
    paths = [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file()]
    return [str(path) for path in paths if not _BUILT & set(path.parts)]


def texts(*suffixes):
    """Relative path -> text of the project's text files, all of them or those with one of the suffixes."""
    paths = [Path(name) for name in sorted(_names())]
    chosen = [path for path in paths if (path.suffix in suffixes if suffixes else path.suffix not in _BINARY)]
    return {
        str(path): (ROOT / path).read_text(encoding="utf-8", errors="replace")
        for path in chosen
        if (ROOT / path).is_file()
    }


def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
