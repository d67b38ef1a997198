"""The copies of a client that `with_options` makes."""

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from provider import (
    AsyncCopilotClient,
    CopilotClient,
    Credentials,
)

TOKEN = "token-of-the-tests"  # made up


def aclient(service):
    return AsyncCopilotClient(TOKEN, base_url=service.url, linger=0.2)


def test_copy_has_the_same_options_but_for_those_given(service):
    with CopilotClient(TOKEN, base_url=service.url, model="Think Deeper", timeout=20, linger=0.2) as client:
        client.chat("Hello").read()
        with client.with_options(timeout=5, model="Copilot") as copy:
            assert (type(copy), copy.base_url, copy.conversation) == (CopilotClient, client.base_url, None)
            assert (copy.options.timeout, copy.options.model, copy.options.linger) == (5, "Copilot", 0.2)
            assert copy.user().first_name == "Robin"
            assert "Hello" in copy.chat("Hello").text
            assert copy.conversation != client.conversation
        assert "after" in client.chat("after").text


async def test_copy_of_an_asyncio_client_may_continue_its_conversation(service):
    async with aclient(service) as client:
        await client.chat("one").read()
        async with client.with_options(conversation=client.conversation, timeout=5) as copy:
            await copy.chat("two").read()
            assert [each.text for each in await copy.history() if each.author == "human"] == ["one", "two"]


def test_copy_may_have_other_credentials():
    with (
        serve(Script(Config(tokens=["one", "two"]))) as server,
        CopilotClient("one", base_url=server.url) as client,
        client.with_options(api_key="two") as copy,
        copy.with_options(credentials=Credentials(token="none")) as wrong,
    ):
        assert "Hello" in copy.chat("Hello").text
        with pytest.raises(Exception, match="401"):
            wrong.user()
        assert [client.conversations(), len(copy.conversations())] == [[], 1]


def test_copy_begins_with_the_newest_credentials():
    with serve(Script(Config(tokens=["good"]))) as server:
        asked = []

        def refresh(rejected):
            asked.append(rejected.token)
            return Credentials(token="good")

        with CopilotClient("bad", base_url=server.url, refresh=refresh) as client:
            client.user()
            with client.with_options(timeout=5, refresh=None) as copy:
                assert copy.user().first_name == "Robin"
    assert asked == ["bad"]


def test_copy_stays_with_its_service_when_the_environment_names_another(service, monkeypatch):
    monkeypatch.setenv("COPILOT_BASE_URL", service.url)
    with CopilotClient(TOKEN) as client:
        monkeypatch.setenv("COPILOT_BASE_URL", "http://127.0.0.1:1")
        assert client.with_options(timeout=5).base_url == service.url


def test_copy_with_a_wrong_option_is_a_type_error_without_secrets_in_its_frames(client):
    with pytest.raises(TypeError, match=r"got an unexpected keyword argument 'timeuot'.*'timeout'") as caught:
        client.with_options(api_key="secret-key", proxy="http://u:secret@h:1", timeuot=3)
    for entry in caught.traceback[1:]:
        assert "secret" not in repr({name: value for name, value in entry.frame.f_locals.items() if name != "caught"})
