"""From signing in to staying in: a real browser's token, a chat, its expiry, and the next token, got quietly."""

import asyncio
import time

import pytest

from fake_server.host.server import serve
from fake_server.script import Script
from provider import AsyncCopilotClient, CopilotClient, LoginError, MissingAuthError
from provider.auth.browser import sign_in
from provider.auth.browser.profile import was_signed_in
from provider.auth.chromium import BrowserSettings
from provider.auth.discovery import find_stored, no_credentials_error
from provider.auth.store import open_store
from tests.support.browsers.processes import processes_of
from tests.support.homes import own_home

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    return own_home(tmp_path, monkeypatch)


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def service(script):
    with serve(script, own_origins=Script.ORIGINS) as server:
        yield server.url


@pytest.fixture
def signed_in(service, from_environment):
    """A person has signed in with a browser, and what that gave is kept, as `wiretape login` does."""
    session = asyncio.run(sign_in(f"{service}/.wiretape/sign-in?auto&account=ada", deadline=40))
    open_store().save(session)
    return session


def test_person_signs_in_once_chats_and_stays_in_when_the_token_expires(service, script, signed_in, left_behind):
    with CopilotClient(base_url=service) as client:
        assert client.user().first_name == "ada"
        assert "turn 1" in client.chat("Hello").text
    script.expire()
    with CopilotClient(base_url=service) as client:
        assert "turn 1" in client.chat("Hello again").text
    kept = open_store().load(service)
    assert kept.token not in (None, signed_in.token)
    assert kept.expires_at > time.time()
    assert left_behind() == ([], [])


async def test_hundred_chats_that_meet_the_expired_token_start_one_browser(service, script, signed_in, caplog):
    caplog.set_level("INFO", "provider.auth")
    script.expire()
    clients = [AsyncCopilotClient(base_url=service) for _ in range(100)]
    try:
        answers = await asyncio.gather(*(answer_of(client) for client in clients))
    finally:
        await asyncio.gather(*(client.close() for client in clients))
    assert [answer for answer in answers if "turn 1" not in answer] == []
    assert sum("Starting" in line for line in caplog.messages) == 1


def test_token_that_ended_by_the_clock_is_replaced_before_anything_is_sent(service, script, signed_in):
    script.expire()
    kept = signed_in
    open_store().save(type(kept)(**{**fields(kept), "expires_at": time.time() - 60}))
    found = find_stored(service)
    assert found.token not in (None, signed_in.token)
    assert found.expires_at > time.time()


def test_profile_that_is_signed_out_is_told_with_what_is_kept(
    service, script, signed_in, from_environment, monkeypatch
):
    monkeypatch.setattr("provider.auth.headless.HEADLESS_DEADLINE", 3.0)
    script.expire()
    (from_environment.profile / "Default").rename(from_environment.profile / "Gone")
    with CopilotClient(base_url=service) as client, pytest.raises(MissingAuthError) as caught:
        client.chat("Hello").text  # noqa: B018  # it asks
    assert caught.value.source == "browser sign-in"
    kept = signed_in
    open_store().save(type(kept)(**{**fields(kept), "expires_at": time.time() - 60}))
    assert "expired, and the browser's profile gives no new token" in str(no_credentials_error(service))


async def test_window_is_not_opened_where_the_profile_is_signed_in(service, signed_in, from_environment):
    assert was_signed_in(from_environment.profile, service)
    said = []
    settings = BrowserSettings(profile=from_environment.profile, driver=from_environment.driver)
    await sign_in(service, deadline=40, browser=settings, on_progress=said.append)
    assert [line for line in said if "window" in line] == []


async def test_window_is_opened_after_all_where_the_profile_is_signed_in_no_more(
    service, signed_in, from_environment, monkeypatch
):
    monkeypatch.setattr("provider.auth.browser.login._PROFILE_DEADLINE", 2.0)
    (from_environment.profile / "Default").rename(from_environment.profile / "Gone")
    said = []
    settings = BrowserSettings(
        profile=from_environment.profile, driver=from_environment.driver, extra_args=("--ozone-platform=headless",)
    )
    with pytest.raises(LoginError):
        await sign_in(service, deadline=6, browser=settings, on_progress=said.append)
    assert any("not signed in any more" in line for line in said)
    assert any("browser window" in line for line in said)
    assert not was_signed_in(from_environment.profile, service)
    assert processes_of(from_environment.profile) == []


async def answer_of(client):
    return "".join([item async for item in client.chat("Hello") if isinstance(item, str)])


def fields(credentials):
    return {name: getattr(credentials, name) for name in type(credentials).__dataclass_fields__}
