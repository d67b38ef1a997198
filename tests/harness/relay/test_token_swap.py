"""A token that clients never hold: they send a placeholder, and the relay puts the real one back on the way."""

import base64
import json
import os
import re
import sys
from urllib.parse import quote

import pytest

from fake_server.host.server import serve
from fake_server.script import Config, Script
from harness.cli.main import main
from harness.sessions import recording, replaying
from provider import CopilotClient, MissingAuthError
from provider.transport.sync_transport import SyncTransport as Transport
from provider.transport.types import Request, Settings
from tests.support.servers.stages import echoing

TOKEN = "real/token+of=the-tests-4f9c1e7d2b"
OTHER = "another-token-of-somebody-else-8d2e"


def jwt():
    parts = (b'{"alg":"RS256"}', b'{"sub":"somebody-4f1c9e","exp":4102444800}', b"signature-of-the-tests-9d2f7b")
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


@pytest.fixture
def service():
    """Takes the real token, and no other."""
    with serve(Script(Config(tokens=frozenset({TOKEN})))) as server:
        yield server


def ask(url, token):
    with CopilotClient(token, base_url=url, linger=0.3) as client:
        return client.chat("hi").text


def test_placeholder_is_the_real_token_at_the_service_and_nowhere_else(service, tmp_path):
    with recording(tmp_path / "a.yaml", service.url, token=TOKEN) as relay:
        assert relay.placeholder_token != TOKEN
        assert "You said" in ask(relay.url, relay.placeholder_token)
    kept = (tmp_path / "a.yaml").read_text()
    assert "wiretape-token-1" in kept
    assert relay.placeholder_token not in kept
    assert not [form for form in (TOKEN, "real%2Ftoken%2Bof%3Dthe-tests-4f9c1e7d2b") if form in kept]


def test_what_was_recorded_so_is_played_to_the_same_placeholder(service, tmp_path):
    with recording(tmp_path / "a.yaml", service.url, token=TOKEN) as relay:
        recorded = ask(relay.url, relay.placeholder_token)
    with replaying(tmp_path / "a.yaml") as player:
        assert ask(player.url, relay.placeholder_token) == recorded
        player.report().check()


@pytest.mark.parametrize("offered", ["wiretape-token-1", "wiretape-token-1-" + "0" * 32, "wiretape-token-1-"])
def test_who_does_not_know_the_placeholder_does_not_act_with_the_token(service, tmp_path, offered):
    with recording(tmp_path / "a.yaml", service.url, token=TOKEN) as relay, pytest.raises(MissingAuthError):
        ask(relay.url, offered)


def test_placeholder_is_another_one_each_time_and_the_cassettes_is_not(service, tmp_path):
    shown = set()
    for name in ("a.yaml", "b.yaml"):
        with recording(tmp_path / name, service.url, token=TOKEN) as relay:
            ask(relay.url, relay.placeholder_token)
        shown.add(relay.placeholder_token)
        assert set(re.findall(r"wiretape-token-[\w-]*", (tmp_path / name).read_text())) == {"wiretape-token-1"}
    assert len(shown) == 2


@pytest.mark.parametrize("token", [TOKEN, jwt()])
def test_placeholder_lies_nowhere_in_a_cassette_in_whatever_form(token, tmp_path):
    with (
        serve(echoing()) as server,
        recording(tmp_path / "a.yaml", server.url, token=token) as relay,
        Transport(Settings(trust_environment=False)) as client,
    ):
        held = relay.placeholder_token
        coded = base64.b64encode(b"x" + held.encode()).decode()
        url = f"{relay.url}/x?accessToken={held}&other={held}&coded={quote(coded)}"
        body = json.dumps({"said": held, "deep": json.dumps({"token": held})}).encode()
        fields = (("authorization", f"Bearer {held}"), ("x-other", held), ("content-type", "application/json"))
        client.request(Request(method="POST", url=url, headers=fields, body=body), timeout=10)
    kept = (tmp_path / "a.yaml").read_text()
    tail = held.rpartition("-")[2]
    assert tail not in kept
    assert base64.b64encode(b"xy" + tail.encode()).decode()[4:-4] not in kept
    assert token not in kept


@pytest.mark.parametrize("offered", ["the cassette's", "the relay's"])
def test_replay_takes_either(service, tmp_path, offered):
    with recording(tmp_path / "a.yaml", service.url, token=TOKEN) as relay:
        recorded = ask(relay.url, relay.placeholder_token)
    with replaying(tmp_path / "a.yaml") as player:
        assert (
            ask(player.url, "wiretape-token-1" if offered == "the cassette's" else relay.placeholder_token) == recorded
        )
        player.report().check()


def test_token_of_the_clients_own_is_passed_on_as_it_is(service, tmp_path):
    with recording(tmp_path / "a.yaml", service.url, token=TOKEN) as relay, pytest.raises(MissingAuthError):
        ask(relay.url, OTHER)


def test_placeholder_shows_no_secret(service, tmp_path):
    with recording(tmp_path / "a.yaml", service.url, token=TOKEN) as relay:
        shown = repr(relay.server.stage.__dict__["_token_swap"])
    assert TOKEN not in repr(relay.__dict__) + shown
    assert relay.placeholder_token not in shown


SHOW = "import os; print([os.environ.get(name) for name in ('COPILOT_TOKEN', 'COPILOT_HAR', 'COPILOT_STORE')])"
ANONYMOUS = """
import os, urllib.request
urllib.request.urlopen(os.environ["WIRETAPE_URL"] + "/.wiretape").read()
"""
ASK = """
from provider import CopilotClient
with CopilotClient() as client:
    print(client.user().first_name)
"""


def record(tmp_path, service, code, *options):
    path = str(tmp_path / "session.yaml")
    return main(["record", "-o", path, "--upstream", service.url, *options, "--", sys.executable, "-c", code])


def test_command_gets_a_placeholder_and_is_known_to_the_service(tmp_path, service, monkeypatch, capfd):
    monkeypatch.setenv("COPILOT_TOKEN", TOKEN)
    assert record(tmp_path, service, ASK) == 0
    assert "Robin" in capfd.readouterr().out
    assert TOKEN not in (tmp_path / "session.yaml").read_text()


@pytest.mark.parametrize("options", [(), ("--proxy",)])
def test_command_never_sees_the_token_or_where_to_find_more(tmp_path, service, monkeypatch, capfd, options):
    monkeypatch.setenv("COPILOT_TOKEN", TOKEN)
    monkeypatch.setenv("COPILOT_HAR", str(tmp_path))
    record(tmp_path, service, SHOW, *options)
    assert re.search(r"\['wiretape-token-1-[0-9a-f]{32}', None, None\]", capfd.readouterr().out)
    assert os.environ["COPILOT_TOKEN"] == TOKEN


def test_command_of_a_user_without_a_token_gets_none(tmp_path, service, capfd):
    record(tmp_path, service, SHOW)
    assert "[None, None, None]" in capfd.readouterr().out


def test_replayed_command_gets_the_cassettes_placeholder(tmp_path, service, monkeypatch, capfd):
    monkeypatch.setenv("COPILOT_TOKEN", TOKEN)
    record(tmp_path, service, ASK)
    capfd.readouterr()
    assert main(["replay", str(tmp_path / "session.yaml"), "--", sys.executable, "-c", ASK]) == 0
    assert "wiretape-text-1" in capfd.readouterr().out


def test_replayed_command_of_an_anonymous_session_gets_none(tmp_path, service, monkeypatch, capfd):
    record(tmp_path, service, ANONYMOUS)
    monkeypatch.setenv("COPILOT_TOKEN", TOKEN)
    capfd.readouterr()
    main(["replay", str(tmp_path / "session.yaml"), "--", sys.executable, "-c", SHOW])
    assert "[None, None, None]" in capfd.readouterr().out
