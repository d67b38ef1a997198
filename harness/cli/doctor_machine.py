"""The checks of ``wiretape doctor`` that concern the machine: Python, packages, browser, sign-in, network block."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib import import_module, metadata
from typing import Final

from harness.cli.doctor_line import DoctorLine
from harness.cli.extras import lacking_packages
from provider.install_command import install_command

_OLDEST: Final = (3, 11)
_USES: Final = {
    "browser": "for another way to drive a browser",
    "fast": "for faster redaction",
    "load": "for a Locust user",
    "test": "for the pytest plugin",
}
"""What an extra is for, as a line of advice begins."""


def machine_lines() -> Iterator[DoctorLine]:
    """Run the checks, one line each; opens no connection and starts no program."""
    yield _python()
    yield _curl()
    yield from _extras()
    yield _browser()
    yield _sign_in()
    yield _network_block()


def _python() -> DoctorLine:
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] < _OLDEST:
        return DoctorLine("Python", "problem", found, "use Python 3.11 or newer")
    if sys.platform == "win32":
        return DoctorLine("Python", "problem", f"{found}, on Windows", "use Linux, macOS or WSL")
    return DoctorLine("Python", "ok", found)


def _curl() -> DoctorLine:
    """Whether curl_cffi loads: its binary part is missing where its wheel is for another system."""
    try:
        import_module("curl_cffi")
    except ImportError as error:
        found = f"cannot be imported ({type(error).__name__})"
        return DoctorLine("curl_cffi", "problem", found, "pip install --force-reinstall curl_cffi")
    return DoctorLine("curl_cffi", "ok", metadata.version("curl_cffi"))


def _extras() -> Iterator[DoctorLine]:
    """A line for each extra of the installed package, with the packages that it lacks."""
    extras = lacking_packages()
    if not extras:
        yield DoctorLine("extras", "note", "wiretape is not installed as a package", "pip install '.[cli,test]'")
    for extra, lacking in extras.items():
        if lacking:
            found = f"not installed: {', '.join(lacking)}"
            advice = f"{_USES.get(extra, 'if you need it')}: {install_command(extra)}"
            yield DoctorLine(f"extra {extra}", "note", found, advice)
        else:
            yield DoctorLine(f"extra {extra}", "ok", "installed")


def _browser() -> DoctorLine:
    from provider.auth.browser.executable import PATH_VARIABLE, find_browser
    from provider.errors import LoginError

    try:
        return DoctorLine("browser", "ok", find_browser())
    except LoginError:
        if os.environ.get(PATH_VARIABLE):
            found, advice = f"{PATH_VARIABLE} is not the path of a program", "set it to Chromium, Chrome or Edge"
        else:
            found = "no Chromium, Chrome or Edge"
            advice = (
                f"install one (Debian: apt-get install chromium; macOS: brew install --cask chromium), or set "
                f"{PATH_VARIABLE}; only `login` and `record --browser` need it"
            )
        return DoctorLine("browser", "note", found, advice)


def _sign_in() -> DoctorLine:
    """The store of sign-ins. The texts are ours, because an error's own text may quote a variable's value."""
    from provider.auth.store import STORE_VARIABLE, open_store
    from provider.errors import UsageError

    try:
        store = open_store()
    except UsageError:
        advice = f"set {STORE_VARIABLE} to keyring (with a keyring that works), file or off"
        return DoctorLine("sign-in", "problem", f"{STORE_VARIABLE} names no store that works", advice)
    if store is None:
        return DoctorLine("sign-in", "ok", f"not stored: {STORE_VARIABLE} is off")
    try:
        number = len(store.origins())
    except UsageError as error:
        return DoctorLine("sign-in", "problem", error.what, error.hint or "`wiretape login` again")
    if os.environ.get("COPILOT_TOKEN"):
        return DoctorLine("sign-in", "ok", f"COPILOT_TOKEN is set; {number} stored in {store.where}")
    if not number:
        advice = "to use Copilot with your account: wiretape login"
        return DoctorLine("sign-in", "ok", f"none stored in {store.where}", advice)
    return DoctorLine("sign-in", "ok", f"{number} stored in {store.where}", "its age: wiretape login --status")


def _network_block() -> DoctorLine:
    from harness.netblock.landlock import can_restrict
    from harness.netblock.seccomp import can_filter

    if can_restrict() and can_filter():
        return DoctorLine("network block", "ok", "this process and every program that a test starts")
    found = "this process, not the programs that a test starts: the kernel has no network rules"
    advice = "for those: Linux 6.7 or newer with Landlock, on x86-64 or arm64"
    return DoctorLine("network block", "note", found, advice)
