"""The options of a client: one list, checked types, and errors that name the argument."""

import inspect
import pickle
from typing import get_type_hints

import pytest

from provider import (
    ArgumentTypeError,
    AsyncCopilotClient,
    ClientOptions,
    Conversation,
    Copilot,
    CopilotClient,
    Credentials,
    Options,
    UsageError,
)

CLIENTS = pytest.mark.parametrize("client", [CopilotClient, AsyncCopilotClient])
CREDENTIALS_AND_CONVERSATION = {"cookies", "identity_type", "credentials", "conversation"}


def test_options_and_the_arguments_of_a_client_are_one_list():
    declared = get_type_hints(ClientOptions)
    assert {name: hint for name, hint in declared.items() if name not in CREDENTIALS_AND_CONVERSATION} == (
        get_type_hints(Options)
    )
    assert declared.keys() >= CREDENTIALS_AND_CONVERSATION


@CLIENTS
def test_defaults_are_of_the_declared_types(client):
    defaults = {name: getattr(Options(), name) for name in Options.__slots__}
    assert client(**defaults).options == Options()


@CLIENTS
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"api_key": 5}, "api_key must be str or None, not int"),
        ({"base_url": 7}, "base_url must be str or None, not int"),
        ({"base_url": b"http://localhost"}, "base_url must be str or None, not bytes"),
        ({"timeout": "3"}, "timeout must be a number, Timeout or None, not str"),
        ({"timeout": True}, "timeout must be a number, Timeout or None, not bool"),
        ({"linger": None}, "linger must be a number, not NoneType"),
        ({"verify": 1}, "verify must be bool or str, not int"),
        ({"anonymous": 0}, "anonymous must be bool, not int"),
        ({"cookies": [("a", "b")]}, "cookies must be Mapping[str, str] or None, not list"),
        ({"cookies": {"a": 1}}, "cookies must be Mapping[str, str] or None, not dict of str: int"),
        ({"credentials": "a-token"}, "credentials must be Credentials or None, not str"),
        ({"conversation": "an-id"}, "conversation must be Conversation or None, not str"),
        ({"refresh": "a-token"}, "refresh must be a function or None, not str"),
        ({"on_challenge": 1}, "on_challenge must be a function or None, not int"),
    ],
)
def test_wrong_type_is_a_type_error_that_names_the_argument(client, arguments, message):
    with pytest.raises(TypeError) as caught:
        client(**arguments)
    assert isinstance(caught.value, UsageError)
    assert isinstance(caught.value, ArgumentTypeError)
    assert (caught.value.argument, str(caught.value)) == (*arguments, f"{message} (at {client.__name__}).")
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@CLIENTS
def test_unknown_option_is_a_type_error_as_pythons_with_the_nearest_name(client):
    with pytest.raises(TypeError) as caught:
        client(bse_url="http://127.0.0.1:1")
    text = f"{client.__name__}() got an unexpected keyword argument 'bse_url'. Did you mean 'base_url'?"
    assert str(caught.value) == text


def test_unknown_option_without_a_near_name_lists_all():
    with pytest.raises(TypeError, match=r"'zzzz'\. Known: anonymous, answer_challenges, api_key"):
        CopilotClient(zzzz=1)


@CLIENTS
def test_numbers_of_any_kind_are_seconds(client):
    assert client(timeout=3, linger=0.5).options.timeout == 3


@CLIENTS
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"prompt": ["hi"]}, "prompt must be str, not list"),
        ({"prompt": None}, "prompt must be str, not NoneType"),
        ({"prompt": "hi", "model": 4}, "model must be str or None, not int"),
        ({"prompt": "hi", "timeout": "3"}, "timeout must be a number, Timeout or None, not str"),
        ({"prompt": "hi", "media": b"PNG"}, "media must be a list of media, not bytes"),
        ({"prompt": "hi", "media": "picture.png"}, "media must be a list of media, not str"),
        ({"prompt": "hi", "media": None}, "media must be a list of media, not NoneType"),
    ],
)
def test_chat_checks_its_arguments_when_it_is_called(client, arguments, message):
    with pytest.raises(TypeError) as caught:
        client().chat(**arguments)
    assert str(caught.value) == f"{message} (at chat)."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"timeout": "3"}, "timeout must be a number, Timeout or None, not str"),
        ({"proxy": 8080}, "proxy must be str or None, not int"),
        ({"base_url": 7}, "base_url must be str or None, not int"),
    ],
)
def test_original_class_checks_the_options_that_it_knows(arguments, message):
    with pytest.raises(TypeError, match=message):
        next(Copilot.create_completion("Copilot", [{"role": "user", "content": "hi"}], **arguments))


def test_wrong_argument_leaves_no_secret_in_the_tracebacks_frames():
    secrets = {"cookies": {"_U": "cookie-secret"}, "identity_type": "identity-secret", "proxy": "http://u:pass@h:1"}
    for wrong in ({"timeout": "3"}, {"nothing": 1}, {"base_url": "nowhere"}):
        with pytest.raises(UsageError) as caught:
            CopilotClient("token-secret", **{**secrets, **wrong})
        for entry in caught.traceback[1:]:
            shown = repr(entry.frame.f_locals)
            assert not any(secret in shown for secret in ("token-secret", "cookie-secret", "identity-secret", "pass@"))


def test_options_can_be_read_from_the_client():
    client = CopilotClient("a-token", base_url="http://127.0.0.1:1", model="Think Deeper")
    assert (client.options.model, client.options.timeout, client.base_url) == (
        "Think Deeper",
        900.0,
        "http://127.0.0.1:1",
    )
    assert "a-token" not in repr(client.options)


def test_conversation_and_credentials_are_taken():
    client = CopilotClient(credentials=Credentials(token="a-token"), conversation=Conversation("an-id"))
    assert client.conversation == Conversation("an-id")


@CLIENTS
def test_signature_lists_the_options_for_help_and_notebooks(client):
    parameters = inspect.signature(client).parameters
    assert list(parameters) == ["api_key", *get_type_hints(ClientOptions)]
    for name in Options.__slots__:
        assert (parameters[name].default, parameters[name].annotation) == (
            getattr(Options(), name),
            get_type_hints(Options)[name],
        )
    assert inspect.signature(client("a-token").with_options).parameters.keys() == parameters.keys()
