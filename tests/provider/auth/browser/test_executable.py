"""Which browser is started, with what, and what is refused before."""

import os
from pathlib import Path

import pytest

from provider.auth.browser import executable
from provider.auth.browser.executable import browser_arguments, check_can_start, find_browser
from provider.auth.browser.profile import default_profile
from provider.auth.browser.proxy import parse_proxy
from provider.auth.chromium import BrowserSettings
from provider.errors import LoginError

LIVE = "https://copilot.microsoft.com"


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_chrome_path_goes_before_the_path(tmp_path):
    named, _ = program(tmp_path / "mine"), program(tmp_path / "bin/chromium")
    assert find_browser({"CHROME_PATH": str(named), "PATH": str(tmp_path / "bin")}) == str(named)


def test_the_first_known_name_on_the_path_counts(tmp_path):
    edge, chrome = program(tmp_path / "microsoft-edge"), program(tmp_path / "google-chrome")
    assert find_browser({"PATH": str(tmp_path)}, "linux") == str(chrome)
    chrome.unlink()
    assert find_browser({"PATH": str(tmp_path)}, "linux") == str(edge)


def test_on_a_mac_applications_of_the_user_are_found(tmp_path):
    chrome = program(tmp_path / "Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    assert find_browser({"PATH": "", "HOME": str(tmp_path)}, "darwin") == str(chrome)


@pytest.mark.parametrize("environment", [{"PATH": "/nowhere"}, {"CHROME_PATH": "/nowhere/chromium"}])
def test_no_browser_is_an_error_that_says_what_to_do(environment):
    with pytest.raises(LoginError, match=r"CHROME_PATH|Set it to") as caught:
        find_browser(environment, "linux")
    assert caught.value.reason == "no-browser"


def test_the_command_line_shows_no_credentials():
    proxy = parse_proxy("http://user:s3cret@proxy.example:8080")
    settings = BrowserSettings(headless=True, extra_args=("--mute-audio",))
    arguments = browser_arguments(settings, profile=Path("/p"), proxy=proxy, no_sandbox=False)
    assert {"--user-data-dir=/p", "--headless=new", "--mute-audio"} <= set(arguments)
    assert {"--proxy-server=http://proxy.example:8080", "--proxy-bypass-list=<-loopback>"} <= set(arguments)
    assert not any("s3cret" in argument or "user" in argument.split("=")[-1] for argument in arguments)
    assert "--no-sandbox" not in arguments


def test_without_being_told_there_is_a_window():
    arguments = browser_arguments(BrowserSettings(), profile=Path("/p"), proxy=None, no_sandbox=False)
    assert not any(argument.startswith(("--headless", "--proxy", "--no-sandbox")) for argument in arguments)


@pytest.mark.parametrize(
    ("url", "uid", "told", "no_sandbox"),
    [
        (LIVE, 1000, False, False),
        ("http://127.0.0.1:1/", 1000, False, False),
        ("http://127.0.0.1:1/", 0, False, True),
        (LIVE, 0, True, True),
    ],
)
def test_the_sandbox_is_off_for_root_on_this_machine_or_when_told(monkeypatch, url, uid, told, no_sandbox):
    monkeypatch.setattr(os, "getuid", lambda: uid)
    assert check_can_start(url, BrowserSettings(headless=True, no_sandbox=told)) is no_sandbox


def test_root_gets_no_browser_for_a_live_page(monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 0)
    with pytest.raises(LoginError, match=r"root.*ordinary user") as caught:
        check_can_start(LIVE, BrowserSettings(headless=True))
    assert caught.value.reason == "start-failed"


@pytest.mark.parametrize(("platform", "fine"), [("linux", False), ("darwin", True)])
def test_a_window_needs_a_display_on_linux(monkeypatch, platform, fine):
    monkeypatch.setattr(executable.sys, "platform", platform)
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    if fine:
        assert check_can_start(LIVE, BrowserSettings()) is False
    else:
        with pytest.raises(LoginError, match="no display"):
            check_can_start(LIVE, BrowserSettings())


def test_settings_come_from_the_environment(monkeypatch):
    assert BrowserSettings.from_environment() == BrowserSettings()
    monkeypatch.setenv("COPILOT_HEADLESS", "1")
    monkeypatch.setenv("COPILOT_NO_SANDBOX", "0")
    monkeypatch.setenv("COPILOT_PROFILE", "/p")
    assert BrowserSettings.from_environment() == BrowserSettings(headless=True, profile=Path("/p"))


@pytest.mark.parametrize(("base", "profile"), [("/data", "/data/wiretape/browser"), ("relative", None), ("", None)])
def test_the_profile_stands_in_the_users_data_folder(monkeypatch, base, profile):
    monkeypatch.setenv("XDG_DATA_HOME", base)
    monkeypatch.setenv("HOME", "/home/me")
    assert default_profile() == Path(profile or "/home/me/.local/share/wiretape/browser")
