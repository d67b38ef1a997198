"""``wiretape init``: a profile, a first test and a CI job for the project in the current folder."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from harness.cli.console import say, stdout
from harness.cli.extras import lacking_packages
from harness.cli.help_text import command_help
from harness.cli.init_files import PROFILE_FILE, ProjectPlan, Style
from harness.errors import HarnessError
from provider.install_command import install_command

HELP: Final = command_help(
    "Write a profile, a first test and a CI job for the project in this folder.",
    examples="""
        wiretape init
        wiretape init --upstream https://api.shop.example/v1 --variable SHOP_URL --path /items
        wiretape init --upstream http://127.0.0.1:8000 --style asyncio --no-ci --dry-run
        """,
    about="""
        init asks for what no option names; without a terminal it takes the defaults. It writes wiretape.toml,
        tests/test_NAME.py and .github/workflows/wiretape.yml, and prints the commands that record and replay the test.
        In a project with a folder test and none named tests, the test goes there.

        It never overwrites: if one of the files exists, it prints what it would write, and writes nothing.
        """,
    exit_codes="0 written; 2 wrong usage, or a file exists already",
)
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PATH: Final = re.compile(r"/[\w./~%-]*", re.ASCII)
_HOST: Final = re.compile(r"[a-z0-9.:_-]+")
_PREFIX: Final = re.compile(r"(?:/[\w.~%-]+)*", re.ASCII)


class InitError(HarnessError):
    """An answer is unusable, or a file exists already."""


def init(
    upstream: Annotated[
        str | None, typer.Option(help="Base URL of the service, as your program uses it.", metavar="URL")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Short name of the service; by default of its host.", metavar="NAME")
    ] = None,
    variable: Annotated[
        str | None, typer.Option(help="Variable with your program's base URL; by default NAME_URL.", metavar="NAME")
    ] = None,
    path: Annotated[
        str | None, typer.Option(help="What the first test requests, beneath the base URL.", metavar="PATH")
    ] = None,
    style: Annotated[Style | None, typer.Option(help="Style of the first test; by default sync.")] = None,
    ci: Annotated[bool | None, typer.Option("--ci/--no-ci", help="Write a job for GitHub Actions.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be written; write nothing.")] = False,
) -> None:
    """Write a profile, a first test and a CI job."""
    ask = sys.stdin.isatty()
    if upstream is None and not ask:
        raise InitError("there is no terminal to ask on: give --upstream URL")
    origin, prefix = _parts(upstream or typer.prompt("Base URL of the service", err=True))
    name = _service_name(_answer(name, "Short name of the service", _name_of(origin), ask=ask))
    plan = ProjectPlan(
        name=name,
        origin=origin,
        prefix=prefix,
        variable=_variable(_answer(variable, "Variable with the base URL", f"{name.upper()}_URL", ask=ask)),
        path=_checked(_answer(path, "Path of the first request", "/", ask=ask), _PATH, "--path", "/items"),
        style=_style(_answer(style, "Style of the test (sync, asyncio)", "sync", ask=ask)),
        with_ci=typer.confirm("A job for GitHub Actions?", default=True, err=True)
        if ci is None and ask
        else ci is not False,
        tests=_tests_folder(Path.cwd()),
        installs=_installs(Path.cwd()),
    )
    _write(plan, Path.cwd(), dry_run=dry_run)


def _answer(given: str | None, question: str, default: str, *, ask: bool) -> str:
    if given is not None:
        return given
    return str(typer.prompt(question, default=default, err=True)) if ask else default


def _parts(url: str) -> tuple[str, str]:
    """Origin and path of a base URL. The error does not quote it, because it may hold a password."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise InitError("--upstream is not a URL: write it like https://api.shop.example/v1") from None
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.hostname or ""):
        raise InitError("--upstream is not the URL of a service: write it like https://api.shop.example/v1")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InitError("--upstream has a password, a query or a fragment: leave these out, the file is for others too")
    prefix = parts.path.rstrip("/")
    if not _PREFIX.fullmatch(prefix):
        raise InitError("--upstream has a path with unusual characters: write it like https://api.shop.example/v1")
    name = parts.hostname or ""
    host = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}", prefix


def _name_of(origin: str) -> str:
    """A name from the host: ``shop`` of api.shop.example; ``service`` of an address or a single label."""
    labels = (urlsplit(origin).hostname or "").split(".")
    name = re.sub(r"[^a-z0-9]+", "_", labels[-2]).strip("_") if len(labels) > 1 else ""
    if not _NAME.fullmatch(name):
        return "service"
    return f"my_{name}" if name in _taken() else name


def _taken() -> set[str]:
    """The names of the profiles that are built in: a project's own profile cannot have one of them."""
    from harness.services.built_in import built_in
    from harness.services.neutral import NEUTRAL

    return {*built_in(), NEUTRAL.name}


def _service_name(name: str) -> str:
    if name in _taken():
        raise InitError(f"--name: {name} is the name of a profile that is built in: choose another one")
    return _checked(name, _NAME, "--name", "shop_1")


def _checked(value: str, pattern: re.Pattern[str], option: str, example: str) -> str:
    if not pattern.fullmatch(value):
        raise InitError(f"{option} has unusual characters, or is too long: write it like {example}")
    return value


def _variable(name: str) -> str:
    from harness.services.profile_values import variable_problem

    problem = variable_problem(name)
    if problem:
        raise InitError(f"--variable {name[:60]!r}: {problem}")
    return name


def _style(value: str) -> Style:
    if value not in {"sync", "asyncio"}:
        raise InitError("--style is sync or asyncio")
    return "asyncio" if value == "asyncio" else "sync"


def _tests_folder(project: Path) -> str:
    """``tests``, unless the project has ``test`` and no ``tests``: pytest may collect no other folder."""
    return "test" if (project / "test").is_dir() and not (project / "tests").exists() else "tests"


def _installs(project: Path) -> tuple[str, ...]:
    """What pip has to install for the program under test: files of requirements, and the project if it is a package."""
    requirements = [name for name in ("requirements.txt", "requirements-dev.txt") if (project / name).is_file()]
    is_package = (project / "setup.py").is_file() or bool({"project", "build-system"} & _pyproject(project).keys())
    return (*(f"-r {name}" for name in requirements), *(["."] if is_package else []))


def _pyproject(project: Path) -> dict[str, Any]:
    """The content of pyproject.toml; empty if it is missing or malformed."""
    try:
        return tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _has_profiles(folder: Path) -> bool:
    """Whether pyproject.toml holds profiles, and no wiretape.toml stands beside it."""
    pyproject = folder / "pyproject.toml"
    return pyproject.is_file() and not (folder / PROFILE_FILE).exists() and b"[tool.wiretape" in pyproject.read_bytes()


def _make(folder: Path, files: Mapping[str, str]) -> None:
    """Make all of the files, or none: on a full disk a second attempt would find the first ones in its way."""
    made: list[Path] = []
    path = folder
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:  # `x`: another process may have made it meanwhile
                made.append(path)
                file.write(content)
    except OSError as error:
        for each in made:
            each.unlink(missing_ok=True)
        raise InitError(f"{path}: cannot be written: {error.strerror}; no file was made") from error


def _write(plan: ProjectPlan, folder: Path, *, dry_run: bool) -> None:
    files = plan.files()
    if _has_profiles(folder):
        raise InitError(
            "pyproject.toml has profiles in [tool.wiretape], which a new wiretape.toml would hide: add your "
            "profile there"
        )
    existing = [name for name in files if (folder / name).exists() or (folder / name).is_symlink()]
    if existing or dry_run:
        for name, content in files.items():
            stdout().print(f"# {name}\n{content}")
        if existing:
            raise InitError(
                f"{', '.join(existing)} exists already: nothing was written; copy what you need from the files above"
            )
        return
    _make(folder, files)
    for name in files:
        say(f"wrote {name}", "green")
    say(f"Now, with {plan.upstream} running, record the test, replay it, and keep the recording:")
    for command in plan.next_steps(install_command("test") if lacking_packages().get("test") else ""):
        stdout().print(f"  {command}")
    say(
        f"In the test, put your own program in the place of fetch(); it reads {plan.variable}. More: {PROFILE_FILE}",
        "dim",
    )
