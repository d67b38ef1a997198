"""`provider.Copilot`: the seed's surface, against a Copilot that shares no code with ours."""

import asyncio
import base64
import gc
import gzip
import importlib
import inspect
import logging
import subprocess
import sys
import traceback
from pathlib import Path

import pytest

import provider
from provider import Conversation, Copilot, FinishReason, SuggestedFollowups, TitleGeneration, UsageError
from provider.Copilot import (
    AbstractProvider,
    BaseConversation,
    JsonConversation,
    ProviderModelMixin,
    get_clarity,
    readHAR,
)
from tests.support.servers.outside_copilot import outside_copilot

HELLO = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def shared():
    with outside_copilot() as running:
        yield running


@pytest.fixture
def outside(shared, monkeypatch):
    """The outside service, named by overridden class attributes."""
    for kept in (shared.requests, shared.upgrades, shared.messages):
        kept.clear()
    monkeypatch.setattr(Copilot, "url", shared.base_url)
    monkeypatch.setattr(Copilot, "websocket_url", shared.websocket_url)
    return shared


def ask(**arguments):
    arguments = {"model": "Copilot", "messages": HELLO, "generation": "2025-03", **arguments}
    return list(Copilot.create_completion(**arguments))


def test_class_has_the_seeds_attributes():
    assert Copilot.label == "Microsoft Copilot"
    assert Copilot.url == "https://copilot.microsoft.com"
    assert Copilot.working is True
    assert Copilot.supports_stream is True
    assert Copilot.default_model == "Copilot"
    assert Copilot.models == ["Copilot", "Think Deeper"]
    assert Copilot.websocket_url == "wss://copilot.microsoft.com/c/api/chat?api-version=2"
    assert Copilot.conversation_url == "https://copilot.microsoft.com/c/api/conversations"
    assert Copilot._access_token is None
    assert Copilot._cookies is None
    assert issubclass(Copilot, AbstractProvider)
    assert issubclass(Copilot, ProviderModelMixin)
    assert issubclass(Conversation, JsonConversation)
    assert issubclass(JsonConversation, BaseConversation)


def test_create_completion_has_the_seeds_parameters_in_order():
    names = list(inspect.signature(Copilot.create_completion).parameters)
    assert names == [
        "model", "messages", "stream", "proxy", "timeout", "prompt", "media", "conversation", "return_conversation",
        "api_key", "kwargs",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("alias", "model"), [("", "Copilot"), ("gpt-4o", "Copilot"), ("dall-e-3", "Copilot"), ("o1", "Think Deeper")]
)
def test_aliases_lead_to_models(alias, model):
    assert Copilot.get_model(alias) == model


def test_answer_is_whole_by_default(outside):
    assert ask() == [
        "Hello from outside",
        FinishReason("stop"),
        TitleGeneration("Greeting"),
        SuggestedFollowups(("More?",)),
    ]


def test_answer_streams_on_request(outside):
    assert ask(stream=True)[:2] == ["Hello ", "from outside"]


async def test_async_gives_the_same_items(outside):
    items = [item async for item in Copilot.create_async("Copilot", HELLO, stream=True, generation="2025-03")]
    assert items == await asyncio.to_thread(ask, stream=True)


def test_conversation_is_yielded_first_on_request(outside):
    assert ask(return_conversation=True)[0] == Conversation("outside-conversation0")


def test_continued_conversation_sends_the_last_user_message(outside):
    messages = [*HELLO, {"role": "assistant", "content": "yo"}, {"role": "user", "content": "more"}]
    ask(messages=messages, conversation=Conversation("abc"))
    send = outside.messages[-1]
    assert (send["conversationId"], send["content"]) == ("abc", [{"type": "text", "text": "more"}])
    assert [path for _, path, _, _ in outside.requests] == ["/c/api/user"]


def test_prompt_goes_over_messages(outside):
    ask(prompt="instead")
    assert outside.messages[-1]["content"] == [{"type": "text", "text": "instead"}]


@pytest.mark.parametrize(("model", "mode"), [("Copilot", "chat"), ("reasoning", "reasoning")])
def test_model_becomes_a_mode(outside, model, mode):
    ask(model=model)
    assert outside.messages[-1]["mode"] == mode


def test_api_key_works_alone_on_rest_and_upgrade(outside):
    ask(api_key="tok-1")
    assert {headers.get("Authorization") for _, _, headers, _ in outside.requests} == {"Bearer tok-1"}
    assert outside.upgrades[0][0].endswith("&accessToken=tok-1")
    assert Copilot._access_token is None


def test_class_wide_credentials_are_read_and_not_written(outside, monkeypatch):
    monkeypatch.setattr(Copilot, "_access_token", "tok-2")
    monkeypatch.setattr(Copilot, "_cookies", {"_U": "cookie-2"})
    ask()
    assert outside.requests[0][2]["Authorization"] == "Bearer tok-2"
    assert outside.requests[0][2]["Cookie"] == "_U=cookie-2"
    assert outside.upgrades[0][1]["Cookie"] == "_U=cookie-2"
    assert (Copilot._access_token, Copilot._cookies) == ("tok-2", {"_U": "cookie-2"})


def test_argument_goes_over_class_attribute_over_environment(outside, monkeypatch):
    monkeypatch.setenv("COPILOT_BASE_URL", "http://127.0.0.1:1")
    ask()
    with pytest.raises(Exception, match=r"127\.0\.0\.1:1"):
        ask(base_url="http://127.0.0.1:1")
    monkeypatch.setattr(Copilot, "url", "https://copilot.microsoft.com")
    with pytest.raises(Exception, match=r"127\.0\.0\.1:1"):
        ask()


def test_unknown_arguments_are_ignored_with_a_debug_line(outside, caplog):
    with caplog.at_level(logging.DEBUG, logger="provider.Copilot"):
        ask(temperature=0.5, web_search=True)
    assert "temperature, web_search" in caplog.text


def test_nothing_fails_before_the_first_next():
    answer = Copilot.create_completion(model="none such", messages=[])
    with pytest.raises(UsageError, match="messages"):
        next(answer)


def test_leaving_the_loop_closes_the_connection(outside):
    for item in Copilot.create_completion("Copilot", HELLO, stream=True, generation="2025-03"):
        assert item == "Hello "
        break
    gc.collect()


async def test_async_generator_may_be_left(outside):
    async for item in Copilot.create_async("Copilot", HELLO, stream=True, generation="2025-03"):
        assert item == "Hello "
        break
    gc.collect()
    await asyncio.sleep(0.05)


async def test_event_loop_keeps_running_during_a_turn(outside):
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.01)

    ticking = asyncio.ensure_future(tick())
    async for _ in Copilot.create_async("Copilot", HELLO, generation="2025-03"):
        pass
    ticking.cancel()
    assert ticks > 1


def test_clarity_is_a_fixed_gzip_blob():
    assert gzip.decompress(base64.b64decode(get_clarity())) == b'{"clarity":"wiretape"}'
    assert get_clarity() == get_clarity()


@pytest.mark.parametrize(
    "first",
    ["from provider.Copilot import readHAR", "import provider.Copilot", "from provider import CopilotClient", "pass"],
)
def test_name_is_the_class_whatever_is_imported_first(first):
    code = f"{first}\nfrom provider import Copilot\nassert isinstance(Copilot, type), Copilot\n"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_module_is_reachable_by_its_path():
    assert importlib.import_module("provider.Copilot").readHAR is readHAR


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, provider\n"
        "heavy = {'curl_cffi', 'nodriver', 'harness', 'fake_server', 'pytest', 'msgspec', 'asyncio'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        "from provider import Copilot, CopilotClient\n"
        "heavy = {'curl_cffi', 'nodriver', 'harness', 'fake_server', 'pytest'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_missing_curl_is_a_typed_error_that_names_what_to_install():
    code = (
        "import sys\nsys.modules['curl_cffi'] = None\n"
        "from provider import Copilot, MissingRequirementsError\n"
        "try: next(Copilot.create_completion('Copilot', [{'role': 'user', 'content': 'x'}]))\n"
        "except MissingRequirementsError as error: assert 'pip install curl_cffi' in str(error)\n"
        "else: raise SystemExit('no error')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)


def test_aliases_are_a_dict_that_an_app_may_extend(monkeypatch):
    assert isinstance(Copilot.model_aliases, dict)
    monkeypatch.setitem(Copilot.model_aliases, "mine", "Think Deeper")
    assert Copilot.get_model("mine") == "Think Deeper"
    assert ProviderModelMixin.model_aliases == {}


def test_error_for_a_missing_library_can_be_imported_beside_the_others():
    module = importlib.import_module("provider.Copilot")
    for name in ("MissingRequirementsError", "MissingAuthError", "NoValidHarFileError"):
        assert getattr(module, name) is getattr(importlib.import_module("provider"), name)


def test_connection_that_ends_before_an_answer_is_a_runtime_error(outside):
    with pytest.raises(RuntimeError) as caught:
        ask(base_url="http://127.0.0.1:1")
    assert type(caught.value).__name__ == "ConnectionClosedError"


def test_calls_arguments_show_themselves_in_no_repr():
    module = importlib.import_module("provider.Copilot")
    call = module._Call(
        cls=Copilot, model="", messages=(), stream=False, proxy="secret", timeout=1, prompt="", media=None,
        conversation=None, return_conversation=False, api_key="secret", kwargs={"cookies": {"a": "secret"}},
    )  # fmt: skip
    assert "secret" not in repr(call)


@pytest.mark.parametrize("wrong", [{"model": "none such"}, {"base_url": "nowhere"}, {"generation": "1999"}])
@pytest.mark.parametrize("is_async", [False, True])
def test_traceback_frames_of_a_failed_call_hold_no_secret(wrong, is_async):
    given = {"model": "Copilot", "messages": HELLO, "api_key": "key-in-clear", "cookies": {"a": "cookie-in-clear"}}
    given |= {"proxy": "http://user:password-in-clear@127.0.0.1:9"} | wrong

    async def in_asyncio():
        return [item async for item in Copilot.create_async(**given)]

    with pytest.raises(UsageError) as raised:
        asyncio.run(in_asyncio()) if is_async else list(Copilot.create_completion(**given))
    frames = [frame for frame, _ in traceback.walk_tb(raised.value.__traceback__)]
    ours = Path(provider.__file__).parent
    held = [repr(frame.f_locals) for frame in frames if ours in Path(frame.f_code.co_filename).parents]
    assert held
    assert not [text for text in held if "in-clear" in text]
