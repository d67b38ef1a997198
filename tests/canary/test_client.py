"""What the client itself shows of a service that plants a secret in every place: errors, hooks' values and the log."""

import copy
import json
import logging
import pickle
import traceback

import pytest

from fake_server import serve
from fake_server.stage import Accept, Response
from harness.services.copilot import COPILOT
from provider import Copilot, CopilotClient, Credentials
from provider.errors import CopilotError
from provider.websocket import Ended, Message, Opcode
from tests.support.secrets.canary_session import headers, texts
from tests.support.secrets.canary_spots import OWN, SPOTS, core_of, found_in
from tests.support.servers.stages import StageOf

PERSONAL = {"MSAL account", "Auth0 entry", "address", "address over deltas", "account id", "account name"} | {
    f"field {name}" for name, kind in COPILOT.secret_fields.items() if kind != "token"
}
"""The client redacts credentials; whom they belong to, it shows."""
PLANTED = {
    *(name for name, (place, _) in OWN.items() if place in {"response header", "response body"}),
    *(f"field {name}" for name in COPILOT.secret_fields),
} - PERSONAL
CREDENTIALS = {spot.name for spot in SPOTS if spot.taught == "itself"} - PERSONAL
TOKEN, COOKIE = core_of("the client's token"), core_of("the client's cookie")
MINE = (TOKEN, COOKIE)


def refusing(*, upgrades):
    """Answers requests, or upgrades alone, with 503 and all that a response can give away."""

    async def handle(request):
        if request.upgrade or not upgrades:
            body = "\n".join([*texts("response body"), *MINE])
            return Response(status=503, headers=tuple(headers("response header")), body=body.encode())
        return Response(body=b'{"firstName":null,"id":"c","currentConversationId":"c","sessionKey":"k"}')

    return StageOf(handle)


def planting():
    """Answers as Copilot does, with a secret in every place of the responses, the upgrade and the messages."""

    async def run(socket):
        await socket.send(Message(Opcode.TEXT, b'{"event":"connected","id":"0"}'))
        while not isinstance(message := await socket.receive(), Ended):
            if b'"event":"send"' in message.data:
                await send_answer(socket, texts("received") + [f'{{"event":"echo","y":"{each}"}}' for each in MINE])

    async def handle(request):
        if request.upgrade:
            return Accept(run=run, headers=tuple(headers("socket header")))
        body = {"firstName": None, "id": "c", "currentConversationId": "c", "secret": core_of("a member"), "mine": MINE}
        return Response(headers=tuple(headers("response header")), body=json.dumps(body).encode())

    return StageOf(handle)


async def send_answer(socket, more):
    for text in more:
        if text.startswith("{") and '"event"' in text:
            await socket.send(Message(Opcode.TEXT, text.encode()))
    for text in (
        '{"event":"appendText","messageId":"m","partId":"0","text":"Hello"}',
        '{"event":"done","messageId":"m"}',
        '{"event":"titleUpdate","conversationId":"c","title":"t"}',
        '{"event":"suggestedFollowups","messageId":"m","suggestions":[]}',
    ):
        await socket.send(Message(Opcode.TEXT, text.encode()))


def secrets_in(shown: bytes) -> set[str]:
    mine = {f"own {number}" for number, secret in enumerate(MINE) if secret.encode() in shown}
    return (found_in(shown) & CREDENTIALS) | mine


@pytest.fixture(params=[False, True], ids=["request", "upgrade"])
def error(request):
    mine = Credentials(token=TOKEN, cookies={"_U": COOKIE})
    with (
        serve(refusing(upgrades=request.param)) as service,
        CopilotClient(credentials=mine, base_url=service.url, generation="2025-03", max_retries=0) as client,
        pytest.raises(CopilotError) as caught,
    ):
        client.chat("Hello").read()
    return caught.value


@pytest.mark.parametrize("upgrades", [False, True], ids=["request", "upgrade"])
def test_the_retries_of_a_turn_show_no_secret(upgrades, caplog):
    mine = Credentials(token=TOKEN, cookies={"_U": COOKIE})
    with (
        caplog.at_level(logging.INFO, "provider.retry"),
        serve(refusing(upgrades=upgrades)) as service,
        CopilotClient(credentials=mine, base_url=service.url, generation="2025-03") as client,
    ):
        turn = client.chat("Hello")
        with pytest.raises(CopilotError):
            turn.read()
    assert [each.reason for each in turn.attempts] == ["status 503"] * 2
    assert secrets_in(f"{caplog.text}{turn.attempts!r}".encode()) == set()


def with_locals(error):
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()).encode()


def shown_of(error):
    response = error.response
    return {
        "repr": repr(error).encode(),
        "str": str(error).encode(),
        "pickle": pickle.dumps(error),
        "copy": repr(vars(copy.copy(error))).encode(),
        "traceback": with_locals(error),
        "attributes": repr(vars(error)).encode(),
        "response": repr((response, str(response), response.headers, response.body, response.text)).encode(),
        "pickled response": pickle.dumps(response),
    }


def test_an_error_and_its_response_show_no_secret(error):
    found = {where: names for where, shown in shown_of(error).items() if (names := secrets_in(shown))}
    assert found == {}


def test_the_raw_response_would_show_every_planted_secret(error):
    raw = repr((error.response.raw_headers(), error.response.raw_body())).encode()
    in_headers = {name for name in PLANTED if OWN.get(name, ("",))[0] == "response header"}
    by_body = PLANTED | {f"own {number}" for number in range(len(MINE))}
    # libcurl gives no access to the body of a refused upgrade.
    assert secrets_in(raw) == (by_body if error.response.raw_body() else in_headers)


def test_an_error_of_the_original_class_shows_no_secret():
    mine = {"_U": COOKIE}
    with serve(refusing(upgrades=False)) as service, pytest.raises(CopilotError) as caught:
        list(
            Copilot.create_completion("Copilot", [], prompt="Hello", cookies=mine, api_key=TOKEN, base_url=service.url)
        )
    shown = shown_of(caught.value)
    del shown["traceback"]  # its frames hold the arguments of the call itself
    assert secrets_in(b"\n".join(shown.values())) == set()


IN_A_TURN = {
    *(name for name, (place, _) in OWN.items() if place in {"response header", "socket header"}),
    "JWT in a message",
    "own 0",
    "own 1",
}


@pytest.fixture
def values(caplog):
    """What the hooks of a client saw in a turn; the log shows the same."""
    caplog.set_level(logging.DEBUG, "provider")
    mine = Credentials(token=TOKEN, cookies={"_U": COOKIE})
    seen = []
    hooks = {"on_request": seen.append, "on_response": seen.append, "on_message": seen.append}
    with serve(planting()) as service, CopilotClient(credentials=mine, base_url=service.url, **hooks) as client:
        assert client.chat(f"My token is {TOKEN}").read().text == "Hello"
    return seen


@pytest.mark.usefixtures("values")
def test_the_log_shows_no_secret(caplog):
    lines = [record.getMessage() for record in caplog.get_records("setup")]
    assert '< {"event":"echo","y":"***"}' in lines
    assert secrets_in("\n".join(lines).encode()) == set()


def test_the_values_of_hooks_show_no_secret(values):
    fields = [getattr(value, name) for value in values for name in value.__dataclass_fields__]
    assert secrets_in(repr((values, [str(value) for value in values], fields)).encode()) == set()
    assert secrets_in(pickle.dumps(values)) == set()


def test_the_raw_values_of_hooks_would_show_every_secret(values):
    raw = [value._raw.get() for value in values]
    assert secrets_in(repr(raw).encode()) >= IN_A_TURN
