"""What reaches the service in each mode, counted there; and from where."""

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from tests.support.servers.stages import StageOf, echoing

TALK = """
@pytest.mark.cassette("talk")
def test_talk(copilot):
    assert copilot.chat("Hello").text
"""
MORE = """
import urllib.request


@pytest.mark.cassette("more")
def test_more(wire):
    for path in PATHS:
        urllib.request.urlopen(wire.url + path).read()
"""
OPENING = ["/c/api/user", "/c/api/start", "/c/api/chat"]


@pytest.fixture
def service():
    stage = StageOf(Script(Config(seed=1)).handle)
    with serve(stage) as running:
        stage.url = running.url
        yield stage


def asked(service):
    # Before it forwards anything, a relay asks a local server whether it is another one of ours.
    paths = [request.path for request in service.requests if request.path != "/.wiretape"]
    service.requests.clear()
    return paths


def run(inner, service, mode, *more):
    inner.run(f"--record-mode={mode}", f"--wire-upstream={service.url}", *more).assert_outcomes(passed=1)
    return asked(service)


def test_none_sends_nothing(inner, service):
    inner.write(TALK)
    inner.record()
    assert run(inner, service, "none") == []


def test_once_sends_everything_the_first_time_and_nothing_then(inner, service):
    inner.write(TALK)
    assert run(inner, service, "once") == OPENING
    assert run(inner, service, "once") == []


def test_new_episodes_sends_what_is_not_recorded(inner, service):
    inner.write(MORE.replace("PATHS", '["/c/api/user"]'))
    assert run(inner, service, "once") == ["/c/api/user"]
    inner.write(MORE.replace("PATHS", '["/c/api/user", "/c/api/conversations"]'))
    assert run(inner, service, "new_episodes") == ["/c/api/conversations"]


@pytest.mark.parametrize("mode", ["all", "rewrite", "verify"])
def test_all_rewrite_and_verify_send_everything(inner, service, mode):
    inner.write(TALK)
    run(inner, service, "once")
    assert run(inner, service, mode) == OPENING


def test_without_recording_everything_is_sent(inner, service):
    inner.write(TALK)
    assert run(inner, service, "none", "--disable-recording") == OPENING


def test_wire_record_mode_goes_over_the_shared_option(inner, service):
    inner.write(TALK)
    inner.record()
    assert run(inner, service, "rewrite", "--wire-record-mode=none") == []


def test_upstream_may_stand_in_the_configuration_file(inner, service):
    inner.configure(f"wire_upstream = {service.url}\nwire_record_mode = once\n")
    inner.write(TALK)
    inner.run().assert_outcomes(passed=1)
    assert asked(service) == OPENING


def test_users_token_reaches_the_service_and_no_file(inner, service, monkeypatch):
    monkeypatch.setenv("COPILOT_TOKEN", "my-very-own-token")
    inner.write(TALK)
    inner.run("--record-mode=once", f"--wire-upstream={service.url}").assert_outcomes(passed=1)
    assert ("authorization", "Bearer my-very-own-token") in service.requests[1].headers
    texts = [path.read_bytes() for path in inner.folder.rglob("*") if path.is_file()]
    assert not any(b"my-very-own" in text for text in texts)


# ---------------------------------------------------------------- profiles
SHOP = """
[services.shop]
env = {SHOP_URL = "{url}/v1"}
secrets = ["json.pin"]
ignore = ["query.t"]
"""
SHOP_TEST = """
import os, urllib.request

@pytest.mark.cassette("shop")
def test_shop(wire):
    assert "COPILOT_BASE_URL" not in wire.env
    url = f"{os.environ['SHOP_URL']}/items?t={os.getpid()}"
    urllib.request.urlopen(urllib.request.Request(url, b'{"pin":"pin-of-the-tests-77"}')).read()
"""


@pytest.fixture
def service_of_anybody():
    with serve(echoing()) as running:
        yield running


def test_the_projects_profile_serves_a_wire(inner, service_of_anybody):
    inner.pytester.path.joinpath("wiretape.toml").write_text(SHOP)
    inner.write(SHOP_TEST)
    inner.run("--wire-record-mode=all", f"--wire-upstream={service_of_anybody.url}").assert_outcomes(passed=1)
    [cassette] = inner.pytester.path.rglob("shop.yaml")
    assert "pin-of-the-tests" not in cassette.read_text()
    assert "copilot" not in cassette.read_text().lower()
    inner.run().assert_outcomes(passed=1)


def test_an_error_in_the_projects_profile_is_told(inner):
    inner.pytester.path.joinpath("wiretape.toml").write_text("[services.shop]\nx = 1\n")
    inner.write(SHOP_TEST)
    inner.run().stdout.fnmatch_lines(["*config: *wiretape.toml:2: services.shop.x: unknown key*"])


def test_a_profile_that_is_not_there_is_told(inner):
    inner.write(SHOP_TEST)
    inner.run("--wire-profile=nobody").stdout.fnmatch_lines(["*config: there is no profile 'nobody'*"])
