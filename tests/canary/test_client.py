"""What the client itself shows of a service that plants a secret in every place: errors and their responses."""

import copy
import pickle
import traceback

import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.services.copilot import COPILOT
from provider import Copilot, CopilotClient, Credentials
from provider.errors import CopilotError
from tests.support.secrets.canary_session import headers, texts
from tests.support.secrets.canary_spots import OWN, core_of, found_in
from tests.support.servers.stages import StageOf

PERSONAL = {"MSAL account", "Auth0 entry", "address", "address over deltas", "account id", "account name"} | {
    f"field {name}" for name, kind in COPILOT.secret_fields.items() if kind != "token"
}
"""The client redacts credentials; whom they belong to, it shows."""
PLANTED = {
    *(name for name, (place, _) in OWN.items() if place in {"response header", "response body"}),
    *(f"field {name}" for name in COPILOT.secret_fields),
} - PERSONAL
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


def secrets_in(shown: bytes) -> set[str]:
    mine = {f"own {number}" for number, secret in enumerate(MINE) if secret.encode() in shown}
    return (found_in(shown) & PLANTED) | mine


@pytest.fixture(params=[False, True], ids=["request", "upgrade"])
def error(request):
    mine = Credentials(token=TOKEN, cookies={"_U": COOKIE})
    with (
        serve(refusing(upgrades=request.param)) as service,
        CopilotClient(credentials=mine, base_url=service.url, generation="2025-03") as client,
        pytest.raises(CopilotError) as caught,
    ):
        client.chat("Hello").read()
    return caught.value


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
