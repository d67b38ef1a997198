"""No credential stands in an error, in its causes, in its traceback as pytest shows it, or in a log."""

import asyncio
import json

import pytest

from fake_server import Drop, Stall, serve
from provider import AsyncCopilotClient, Copilot, CopilotClient, CopilotError, MalformedEventError
from provider.auth.har import readHAR
from provider.effects import OpenSocket
from provider.transport.types import Request
from tests.support.secrets import echoing_stages
from tests.support.secrets.echoing_stages import answering_badly, refusing, talking
from tests.support.secrets.marked import Surfaces, everything_logged, in_query, leaks_in, secret

USER = f"{in_query('user')}:{in_query('password')}"
GIVEN = {"cookies": {"_U": secret("cookie")}, "identity_type": secret("identity"), "timeout": 0.7}
QUESTION = ("Copilot", [{"role": "user", "content": "Hello"}])


def by_client(**options):
    with CopilotClient(secret("token"), **GIVEN, **options) as client:
        return client.chat("Hello").text


def by_async_client(**options):
    async def ask():
        async with AsyncCopilotClient(secret("token"), **GIVEN, **options) as client:
            return [item async for item in client.chat("Hello")]

    return asyncio.run(ask())


def by_class(**options):
    return list(Copilot.create_completion(*QUESTION, api_key=secret("token"), **GIVEN, **options))


def by_class_attribute(**options):
    class Signed(Copilot):
        _access_token = secret("token")
        _cookies = GIVEN["cookies"]

    return list(Signed.create_completion(*QUESTION, stream=True, timeout=0.7, **options))


def by_async_class(**options):
    async def ask():
        return [item async for item in Copilot.create_async(*QUESTION, api_key=secret("token"), **GIVEN, **options)]

    return asyncio.run(ask())


@pytest.fixture(params=[by_client, by_async_client, by_class, by_class_attribute, by_async_class])
def ask(request):
    """Asks, by one of the ways to do so, with secrets for credentials."""
    return request.param


@pytest.fixture
def surfaces():
    """Where secrets may be seen; in the end none was."""
    seen = Surfaces()
    with everything_logged(seen):
        yield seen
    assert seen.texts, "nothing was looked at"
    assert not seen.leaks()


ANSWERS = {
    "401": lambda: refusing(401),
    "a page with 403": lambda: refusing(403, "text/html"),
    "429": lambda: refusing(429),
    "a redirect": lambda: refusing(302),
    "500": lambda: refusing(500),
    "no JSON": lambda: answering_badly(lambda told: b"{" + told.encode()),
    "JSON of another shape": lambda: answering_badly(lambda told: json.dumps([told]).encode()),
    "JSON of other fields": lambda: answering_badly(lambda told: json.dumps({told: told, "id": [told]}).encode()),
    "a page with 200": lambda: answering_badly(lambda told: b"<!doctype html>" + told.encode(), "text/html"),
    "a cut": echoing_stages.cut,
    "silence": echoing_stages.silent,
    "an upgrade with 401": lambda: echoing_stages.refusing_upgrades(401),
    "an upgrade with 429": lambda: echoing_stages.refusing_upgrades(429),
    "an upgrade with a cut": lambda: echoing_stages.ending_upgrades(Drop(how="reset")),
    "an upgrade with silence": lambda: echoing_stages.ending_upgrades(Stall()),
    "an upgrade without a socket": lambda: answering_badly(
        lambda told: json.dumps({"id": "c1", "currentConversationId": "c1", "firstName": told}).encode()
    ),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_error_shows_nothing_of_what_a_service_repeats(ask, surfaces, answer):
    with serve(ANSWERS[answer]()) as service, pytest.raises(CopilotError) as raised:
        ask(base_url=service.url)
    surfaces.see_error(answer, raised.value)


SETTINGS = {
    "TLS where there is none": {"base_url": "https://127.0.0.1:PORT"},
    "a user in the URL": {"base_url": f"http://{USER}@127.0.0.1:PORT"},
    "a user in the port's place": {"base_url": f"http://{USER}"},
    "a user in the socket's URL": {"base_url": "http://127.0.0.1:PORT", "websocket_url": f"http://{USER}@127.0.0.1"},
    "a proxy that is not there": {"base_url": "http://copilot.test", "proxy": f"http://{USER}@127.0.0.1:1"},
    "a proxy that refuses": {"base_url": "https://copilot.test", "proxy": f"http://{USER}@127.0.0.1:PORT"},
    "a proxy of no scheme": {"base_url": "https://copilot.test", "proxy": f"{USER}@127.0.0.1:PORT"},
    "a proxy of another scheme": {"base_url": "https://copilot.test", "proxy": f"gopher://{USER}@127.0.0.1:PORT"},
    "a proxy with a wrong port": {"base_url": "https://copilot.test", "proxy": f"http://{USER}"},
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_error_of_a_wrong_setting_shows_nothing_of_it(ask, surfaces, setting):
    with serve(refusing(407)) as service:
        port = str(service.port)
        settings = {name: value.replace("PORT", port) for name, value in SETTINGS[setting].items()}
        with pytest.raises(CopilotError) as raised:
            ask(**settings)
    surfaces.see_error(setting, raised.value)


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_error_of_the_environments_proxy_shows_nothing_of_it(ask, surfaces, scheme, monkeypatch):
    monkeypatch.setenv("http_proxy", f"{scheme}{USER}@127.0.0.1:1")
    with pytest.raises(CopilotError) as raised:
        ask(base_url="http://copilot.test")
    surfaces.see_error("a proxy of the environment", raised.value)


def test_error_of_a_token_with_a_blank_does_not_show_it(surfaces):
    with pytest.raises(CopilotError) as raised:
        CopilotClient(f"{secret('token')} {secret('stored')}", cookies=GIVEN["cookies"])
    surfaces.see_error("no token", raised.value)


def test_error_of_the_environments_token_does_not_show_it(surfaces, monkeypatch):
    monkeypatch.setenv("COPILOT_TOKEN", f"{secret('token')} and more")
    with pytest.raises(CopilotError) as raised:
        CopilotClient()
    surfaces.see_error("no token", raised.value)


def test_error_of_a_har_file_shows_nothing_of_it(surfaces, tmp_path, monkeypatch):
    monkeypatch.setenv("COPILOT_HAR", str(tmp_path / "a.har"))
    (tmp_path / "a.har").write_text('{"log": {"entries": [{"request": {"url": "' + secret("har"))
    with pytest.raises(CopilotError) as raised:
        readHAR("https://copilot.microsoft.com")
    surfaces.see_error("half a file", raised.value)


def test_error_of_a_har_files_url_shows_nothing_of_it(surfaces):
    with pytest.raises(CopilotError) as raised:
        readHAR(f"https://{USER}")
    surfaces.see_error("no URL", raised.value)


def test_temporary_sessions_key_is_in_no_error(surfaces):
    def tell(_):
        return json.dumps({"sessionKey": secret("key"), "currentConversationId": "c1"}).encode()

    with (
        serve(answering_badly(tell)) as service,
        CopilotClient(base_url=service.url, timeout=0.7) as client,
        pytest.raises(CopilotError) as raised,
    ):
        list(client.chat("Hello"))
    surfaces.see_error("anonymous", raised.value)


MESSAGES = {"JSON of another shape": echoing_stages.malformed_event, "no JSON": echoing_stages.no_json}


@pytest.mark.parametrize("message", MESSAGES)
def test_texts_of_an_error_show_nothing_of_a_message(ask, surfaces, message):
    # pytest shows the message itself as the decoder's argument: that is the conversation's, and helps.
    with serve(talking(MESSAGES[message])) as service, pytest.raises(MalformedEventError) as raised:
        ask(base_url=service.url)
    surfaces.see_error(message, raised.value, calls=False)


# ---------------------------------------------------------------- what a service quotes

QUOTING = {"an error's code": echoing_stages.error_event, "a close frame's reason": echoing_stages.closing}


@pytest.mark.parametrize("generation", ["2026", "2025-03"])
@pytest.mark.parametrize("message", QUOTING)
def test_texts_of_an_error_show_nothing_of_what_they_quote(message, generation):
    with (
        serve(talking(QUOTING[message])) as service,
        CopilotClient(
            secret("token"), base_url=service.url, generation=generation, **(GIVEN | {"timeout": 20})
        ) as client,
        pytest.raises(CopilotError) as raised,
    ):
        list(client.chat("Hello"))
    surfaces = Surfaces()
    surfaces.see_error(message, raised.value, calls=False)
    assert "***" in str(raised.value)
    assert not surfaces.leaks()


def test_unknown_option_makes_pytest_show_no_credentials():
    with pytest.raises(CopilotError) as raised:
        CopilotClient(secret("token"), bogus=1, **GIVEN)
    surfaces = Surfaces()
    surfaces.see_error("an unknown option", raised.value)
    assert not surfaces.leaks()


URL = f"wss://host/c/api/chat?accessToken={secret('token')}"
HEADERS = (("cookie", secret("cookie")),)


@pytest.mark.parametrize(
    ("effect", "shown"),
    [
        (OpenSocket(URL, HEADERS), "wss://host/c/api/chat"),
        (Request(method="POST", url=URL, headers=HEADERS, body=secret("token").encode()), "POST"),
    ],
)
def test_what_is_to_be_sent_shows_no_credential(effect, shown):
    assert shown in repr(effect)
    assert not leaks_in(repr(effect))
