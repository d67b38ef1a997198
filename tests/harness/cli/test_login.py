"""``wiretape login`` and ``logout``, against the fake: from a HAR, and in a real browser."""

import json
import stat

import pytest

from fake_server.host.server import serve
from fake_server.script import Config, Script
from harness.cli.main import main
from tests.support.homes import own_home

TOKEN = "har-token-of-the-tests"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    return own_home(tmp_path, monkeypatch)


@pytest.fixture
def service():
    with serve(Script(Config())) as server:
        yield server


def har(home, origin, token=TOKEN):
    headers = [{"name": "Authorization", "value": f"Bearer {token}"}] if token else []
    path = home / "session.har"
    entry = {"request": {"url": f"{origin}/c/api/user", "headers": headers, "cookies": []}}
    path.write_text(json.dumps({"log": {"entries": [entry]}}))
    return str(path)


def test_sign_in_from_a_har_is_kept_and_used(home, service, capsys):
    assert main(["login", "--har", har(home, service.url), "--origin", service.url]) == 0
    assert "as Robin" in capsys.readouterr().err
    assert main(["ask", "hi", "--base-url", service.url]) == 0
    assert "You said: “hi”" in capsys.readouterr().out
    file = home / "XDG_DATA_HOME" / "wiretape" / "credentials.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_status_shows_what_is_kept_and_no_secret(home, service, capsys):
    assert main(["login", "--status"]) == 1
    main(["login", "--har", har(home, service.url), "--origin", service.url])
    capsys.readouterr()
    assert main(["login", "--status"]) == 0
    told = capsys.readouterr()
    assert f"{service.url}: token, end unknown" in told.out
    assert TOKEN not in told.out + told.err


def test_sign_out_forgets_it(home, service, capsys):
    main(["login", "--har", har(home, service.url), "--origin", service.url])
    assert main(["logout", "--origin", service.url]) == 0
    assert main(["logout", "--origin", service.url]) == 1
    assert main(["login", "--status"]) == 1
    assert "no sign-in is stored" in capsys.readouterr().err


def test_refused_token_is_not_kept(home, service, capsys):
    assert main(["login", "--har", har(home, service.url, "expired-token"), "--origin", service.url]) == 1
    assert "401" in capsys.readouterr().err
    assert main(["login", "--status"]) == 1


def test_token_is_kept_untried_where_the_service_cannot_be_reached(home, capsys):
    gone = "http://127.0.0.1:9"
    assert main(["login", "--har", har(home, gone), "--origin", gone]) == 0
    assert "was not tried" in capsys.readouterr().err


@pytest.mark.parametrize("token", [None, "made up"])
def test_har_that_holds_nothing_of_the_service_is_refused(home, service, capsys, token):
    path = har(home, service.url if token is None else "https://elsewhere.example", token)
    assert main(["login", "--har", path, "--origin", service.url]) == 2
    assert "with sensitive data" in capsys.readouterr().err


def test_file_that_there_is_not_is_named(home, capsys):
    assert main(["login", "--har", "nonesuch.har"]) == 2
    assert "nonesuch.har: no such file" in capsys.readouterr().err


def test_there_is_nowhere_to_keep_it_where_the_store_is_off(home, service, capsys, monkeypatch):
    monkeypatch.setenv("COPILOT_STORE", "off")
    assert main(["login", "--har", har(home, service.url), "--origin", service.url]) == 2
    assert "COPILOT_STORE is `off`" in capsys.readouterr().err


@pytest.mark.browser
def test_sign_in_in_a_browser_is_kept_and_used(service, capsys, monkeypatch):
    monkeypatch.setenv("COPILOT_NO_SANDBOX", "1")
    page = f"{service.url}/.wiretape/sign-in?auto"
    monkeypatch.setattr("harness.cli.login.LIVE", service.url)
    assert main(["login", "--headless", "--origin", page, "--deadline", "60"]) == 0
    assert main(["login", "--status"]) == 0
    told = capsys.readouterr()
    assert f"{service.url}: token, until" in told.out
    assert "Looking for a token" in told.err
