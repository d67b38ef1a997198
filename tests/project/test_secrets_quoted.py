"""What a service quotes of a caller's credentials is taken out of errors; what is sent does not show itself."""

import pytest

from fake_server import serve
from provider import CopilotClient, CopilotError
from provider.effects import OpenSocket
from provider.transport.types import Request
from tests.support.secrets import echoing_stages as telling_stages
from tests.support.secrets.echoing_stages import talking
from tests.support.secrets.marked import Surfaces, leaks_in, secret

GIVEN = {"cookies": {"_U": secret("cookie")}, "identity_type": secret("identity"), "timeout": 0.7}
MESSAGES = {"an error's code": telling_stages.error_event, "a close frame's reason": telling_stages.closing}


@pytest.mark.parametrize("generation", ["2026", "2025-03"])
@pytest.mark.parametrize("message", MESSAGES)
def test_texts_of_an_error_show_nothing_of_what_they_quote(message, generation):
    with (
        serve(talking(MESSAGES[message])) as service,
        CopilotClient(secret("token"), base_url=service.url, generation=generation, **GIVEN) as client,
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
