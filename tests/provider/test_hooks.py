"""Hooks see each request, response and message of a client, redacted, and can end a turn."""

import asyncio
import contextlib

import pytest

from fake_server import serve
from fake_server.script import Script
from fake_server.stage import Response
from provider import AsyncCopilotClient, Copilot, CopilotClient, ResponseStatusError, UsageError
from provider.errors import TimeoutError as CopilotTimeoutError
from provider.traffic import ReceivedResponse, SentRequest, SocketMessage
from tests.support.servers.stages import StageOf

TOKEN = "a-token-of-the-tests"


class OwnError(Exception):
    pass


@pytest.fixture
def service():
    with serve(Script()) as running:
        yield running


def sync_turn(url, prompt="Hello", **options):
    with CopilotClient(TOKEN, base_url=url, **options) as client:
        return client.chat(prompt).read()


def async_turn(url, prompt="Hello", **options):
    async def run():
        async with AsyncCopilotClient(TOKEN, base_url=url, **options) as client:
            return await client.chat(prompt).read()

    return asyncio.run(run())


def original_turn(url, prompt="Hello", **options):
    return list(Copilot.create_completion("Copilot", [], prompt=prompt, api_key=TOKEN, base_url=url, **options))


both = pytest.mark.parametrize("turn", [sync_turn, async_turn])
every = pytest.mark.parametrize("turn", [sync_turn, async_turn, original_turn])


def appending(seen):
    return {"on_request": seen.append, "on_response": seen.append, "on_message": seen.append}


def outline(value):
    match value:
        case SentRequest():
            return "request", value.method, value.url.partition("/c/api")[2].partition("?")[0]
        case ReceivedResponse():
            return "response", value.status
        case SocketMessage():
            return value.direction, value.text.split('"')[3]


@every
def test_hooks_see_the_traffic_in_order(service, turn):
    seen = []
    turn(service.url, **appending(seen))
    lines = [outline(value) for value in seen]
    assert lines[:8] == [
        ("request", "GET", "/user"),
        ("response", 200),
        ("request", "POST", "/start"),
        ("response", 200),
        ("request", "GET", "/chat"),
        ("response", 101),
        ("received", "connected"),
        ("sent", "setOptions"),
    ]
    names = [name for kind, name, *_ in lines[8:] if kind == "received"]
    assert ("sent", "send") in lines
    assert {"startMessage", "appendText", "done", "suggestedFollowups"} <= set(names)


@both
def test_hooks_see_no_credentials_unless_they_ask_for_them(service, turn):
    seen = []
    turn(service.url, **appending(seen))
    fields = [getattr(value, name) for value in seen for name in value.__dataclass_fields__]
    assert TOKEN not in repr((seen, fields))
    requests = [value for value in seen if isinstance(value, SentRequest)]
    assert dict(requests[0].headers)["authorization"] == "***"
    assert dict(requests[0].raw_headers())["authorization"] == f"Bearer {TOKEN}"
    assert f"accessToken={TOKEN}" in requests[2].raw_url()
    assert "accessToken=***" in requests[2].url


def test_hooks_of_asyncio_may_be_coroutine_functions(service):
    seen = []

    async def on_message(message):
        await asyncio.sleep(0)
        seen.append(outline(message))

    async_turn(service.url, on_message=on_message)
    assert ("received", "done") in seen


@pytest.mark.parametrize("name", ["on_request", "on_response", "on_message"])
def test_coroutine_functions_are_for_asyncio(service, name, recwarn):
    async def hook(_):
        pass

    with pytest.raises(UsageError, match=f"{name} is a coroutine function"):
        sync_turn(service.url, **{name: hook})
    assert not recwarn.list


@every
@pytest.mark.parametrize("name", ["on_request", "on_response", "on_message"])
def test_exception_of_a_hook_ends_the_turn_with_that_exception(service, turn, name):
    def hook(_):
        raise OwnError("mine")

    with pytest.raises(OwnError, match="mine"):
        turn(service.url, **{name: hook})


def failing_at(event):
    def hook(message):
        if f'"{event}"' in message.text and not hook.failed:
            hook.failed = True
            raise OwnError("mine")

    hook.failed = False
    return hook


@pytest.mark.parametrize("event", ["connected", "send", "appendText", "done", "suggestedFollowups"])
def test_client_is_free_after_the_exception_of_a_hook(service, event):
    with CopilotClient(TOKEN, base_url=service.url, on_message=failing_at(event)) as client:
        turn = client.chat("Hello")
        with pytest.raises(OwnError):
            turn.read()
        with pytest.raises(OwnError):
            turn.read()
        assert client.chat("Hello").text


@pytest.mark.parametrize("event", ["connected", "send", "appendText", "done", "suggestedFollowups"])
def test_asyncio_client_is_free_after_the_exception_of_a_hook(service, event):
    async def run():
        async with AsyncCopilotClient(TOKEN, base_url=service.url, on_message=failing_at(event)) as client:
            with pytest.raises(OwnError):
                await client.chat("Hello").read()
            assert (await client.chat("Hello").read()).text

    asyncio.run(run())


def test_coroutine_of_a_hook_is_bounded_by_the_turns_timeout(service):
    async def forever(message):
        if '"done"' in message.text:
            await asyncio.Event().wait()

    with pytest.raises(CopilotTimeoutError) as caught:
        async_turn(service.url, on_message=forever, timeout=2)
    assert caught.value.partial


def test_hook_may_raise_the_builtin_timeout(service):
    async def hook(_):
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine"):
        async_turn(service.url, on_message=hook, timeout=30)


@both
def test_hooks_see_calls_of_the_account_and_failed_ones(turn):
    async def handle(_):
        return Response(status=418, headers=(("x-request-id", "r-1"),), body=b"busy")

    seen = []
    with serve(StageOf(handle)) as service, contextlib.suppress(ResponseStatusError):
        turn(service.url, **appending(seen))
    assert [outline(value) for value in seen] == [("request", "GET", "/user"), ("response", 418)]
    assert seen[1].body == b"busy"


@both
def test_hooks_see_a_refused_upgrade(turn):
    async def handle(request):
        if request.upgrade:
            return Response(status=451, headers=(("cf-ray", "c-1"),))
        return Response(body=b'{"firstName":null,"id":"c","currentConversationId":"c","sessionKey":"k"}')

    seen = []
    with serve(StageOf(handle)) as service, pytest.raises(ResponseStatusError):
        turn(service.url, **appending(seen))
    assert outline(seen[-1]) == ("response", 451)
    assert seen[-1].request_id == "c-1"


def test_hooks_see_the_account_calls(service):
    seen = []
    with CopilotClient(TOKEN, base_url=service.url, **appending(seen)) as client:
        client.user()
    assert [outline(value) for value in seen] == [("request", "GET", "/user"), ("response", 200)]


@both
def test_message_can_stop_its_turn(service, turn):
    turns = []

    def hook(message):
        if message.direction == "received" and '"appendText"' in message.text:
            turns[0].stop()

    if turn is sync_turn:
        with CopilotClient(TOKEN, base_url=service.url, on_message=hook) as client:
            turns.append(client.chat("Hello"))
            assert turns[0].read().finish_reason == "stopped"
        return

    async def run():
        async with AsyncCopilotClient(TOKEN, base_url=service.url, on_message=hook) as client:
            turns.append(client.chat("Hello"))
            assert (await turns[0].read()).finish_reason == "stopped"

    asyncio.run(run())
