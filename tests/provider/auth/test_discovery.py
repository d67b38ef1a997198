"""Credentials that nobody gave: looked for in the store, then in HAR files, for their own origin alone. Against the fake."""

import json
import os

import pytest

from fake_server.host.server import serve
from fake_server.script import Config, Script
from harness.sessions import recording
from provider import AsyncCopilotClient, CopilotClient, Credentials, MissingAuthError, NoValidHarFileError, UsageError
from provider.auth.discovery import find_stored
from provider.auth.origins import credentials_origin, receives_credentials_of
from provider.auth.store import FileStore, open_store
from provider.Copilot import Copilot
from tests.support.homes import own_home

LIVE = "https://copilot.microsoft.com"
KEPT, IN_HAR = "kept-token-of-the-tests", "har-token-of-the-tests"
HELLO = [{"role": "user", "content": "hi"}]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    return own_home(tmp_path, monkeypatch)


@pytest.fixture
def service():
    """Takes the two tokens, and no other."""
    with serve(Script(Config(tokens=frozenset({KEPT, IN_HAR})))) as server:
        yield server


def keep(origin, token=KEPT, **fields):
    open_store().save(Credentials(token=token, origin=origin, source="a sign-in", **fields))


def write_har(home, origin, token=IN_HAR):
    headers = [{"name": "Authorization", "value": f"Bearer {token}"}]
    entry = {"request": {"url": f"{origin}/c/api/user", "headers": headers, "cookies": []}}
    (home / "har_and_cookies").mkdir(exist_ok=True)
    path = home / "har_and_cookies" / "session.har"
    path.write_text(json.dumps({"log": {"entries": [entry]}}))
    return path


# -------------------------------------------------------------------- the order
def test_store_goes_before_har_files(home):
    keep(LIVE)
    write_har(home, LIVE)
    assert find_stored(LIVE).token == KEPT


def test_har_file_is_found_where_nothing_is_kept(home):
    write_har(home, LIVE)
    assert find_stored(LIVE).token == IN_HAR


def test_expired_sign_in_gives_way_to_a_har_file(home):
    keep(LIVE, expires_at=1.0)
    write_har(home, LIVE)
    assert find_stored(LIVE).token == IN_HAR


def test_nothing_is_found_where_there_is_nothing():
    assert find_stored(LIVE) is None


def test_har_files_are_read_again_only_when_they_have_changed(home):
    path = write_har(home, LIVE, "first")
    assert find_stored(LIVE).token == "first"
    facts = path.stat()
    write_har(home, LIVE, "other")
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert find_stored(LIVE).token == "first"
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
    assert find_stored(LIVE).token == "other"


def test_store_that_others_can_read_is_an_error_and_not_passed_over(home):
    keep(LIVE)
    (home / "XDG_DATA_HOME" / "wiretape" / "credentials.json").chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        find_stored(LIVE)


# -------------------------------------------------------------------- clients
def test_client_signs_in_with_what_is_kept(service):
    keep(service.url)
    with CopilotClient(base_url=service.url) as client:
        assert client.user().first_name == "Robin"


async def test_asyncio_client_does_too(service):
    keep(service.url)
    async with AsyncCopilotClient(base_url=service.url) as client:
        assert (await client.user()).first_name == "Robin"
        assert (await client.chat("hi").read()).finish_reason == "stop"


def test_class_of_the_seed_does_too(service, home):
    write_har(home, service.url)
    text = "".join(map(str, Copilot.create_completion("", HELLO, base_url=service.url, generation="2025-03")))
    assert "You said" in text


def test_argument_goes_before_what_is_kept(service):
    keep(service.url)
    with CopilotClient("expired-token", base_url=service.url) as client, pytest.raises(MissingAuthError):
        client.user()


def test_environment_goes_before_what_is_kept(service, monkeypatch):
    keep(service.url)
    monkeypatch.setenv("COPILOT_TOKEN", "expired-token")
    with CopilotClient(base_url=service.url) as client, pytest.raises(MissingAuthError, match="COPILOT_TOKEN"):
        client.user()


def test_looking_can_be_switched_off(service):
    keep(service.url)
    with CopilotClient(base_url=service.url, stored_credentials=False) as client:
        assert client.user().first_name is None


def test_anonymous_credentials_that_were_given_are_kept_to(service):
    keep(service.url)
    with CopilotClient(base_url=service.url, credentials=Credentials()) as client:
        assert client.user().first_name is None


def test_refused_credentials_that_were_found_are_looked_for_again(service, home):
    keep(service.url, "expired-token-that-was-kept")
    with CopilotClient(base_url=service.url, linger=0.3) as client:
        client._shared.resolve()
        keep(service.url)  # somebody signs in again
        assert "You said" in client.chat("hi").text


# -------------------------------------------------------------------- nothing found
def test_who_may_not_be_anonymous_is_told_every_source_that_was_tried(service, home):
    write_har(home, "https://elsewhere.example")
    with CopilotClient(base_url=service.url, anonymous=False) as client, pytest.raises(NoValidHarFileError) as caught:
        client.user()
    told = str(caught.value)
    kept_in = str(home / "XDG_DATA_HOME" / "wiretape" / "credentials.json")
    for part in (
        "an argument: not set",
        "COPILOT_TOKEN: not set",
        f"{kept_in}: nothing stored",
        "session.har: it has no",
    ):
        assert part in told
    assert "wiretape login" in caught.value.hint


def test_store_that_is_switched_off_is_named_as_such(service, monkeypatch):
    monkeypatch.setenv("COPILOT_STORE", "off")
    with (
        CopilotClient(base_url=service.url, anonymous=False) as client,
        pytest.raises(NoValidHarFileError, match="the store: switched off"),
    ):
        client.user()


# -------------------------------------------------------------------- bound to their origin
def test_what_is_kept_for_the_service_goes_to_no_other_server(service, home):
    keep(LIVE)
    write_har(home, LIVE)
    with CopilotClient(base_url=service.url) as client:
        assert client.user().first_name is None


def test_environment_cannot_pull_what_is_kept_elsewhere(service, monkeypatch):
    keep(LIVE)
    monkeypatch.setenv("COPILOT_BASE_URL", service.url)
    with CopilotClient() as client:
        assert client.user().first_name is None


@pytest.mark.parametrize("option", ["base_url", "websocket_url", "conversation_url"])
def test_credentials_of_a_service_are_not_led_to_another(option):
    found = Credentials(token="t", origin=LIVE, source="a sign-in")
    elsewhere = {"websocket_url": "wss://evil.example/c/api/chat"}.get(option, "https://evil.example")
    with CopilotClient(credentials=found, **{option: elsewhere}) as client, pytest.raises(UsageError, match="evil"):
        client.user()


def test_server_of_this_process_that_stands_for_the_service_is_given_its_credentials(service):
    keep(LIVE)
    with receives_credentials_of(service.url, LIVE), CopilotClient(base_url=service.url) as client:
        assert client.user().first_name == "Robin"
    assert credentials_origin(service.url) == service.url


def test_recorder_of_this_process_is_given_what_is_kept_for_the_service_behind_it(service, home):
    keep(service.url)
    with recording(home / "session.yaml", service.url) as relay, CopilotClient(base_url=relay.url) as client:
        assert client.user().first_name == "Robin"
    assert KEPT not in (home / "session.yaml").read_text()


@pytest.mark.parametrize("url", ["https://evil.example", "http://10.0.0.1:80", "http://localhost.evil.example"])
def test_server_that_is_not_on_loopback_stands_for_nobody(url):
    with pytest.raises(ValueError, match="not a loopback address"), receives_credentials_of(url, LIVE):
        pass


def test_file_store_is_where_the_error_says(home):
    assert isinstance(open_store(), FileStore)
