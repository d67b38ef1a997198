"""`wiretape profile suggest` on takes of clients over real sockets: what it writes is what a third run needs."""

import tomllib

import pytest

from fake_server import serve
from harness.cli.main import main
from harness.services.project import project_profiles
from harness.sessions import recording, replaying
from tests.support.servers.framed_services import (
    signalr_client,
    signalr_service,
    socketio_client,
    socketio_service,
)
from tests.support.servers.order_service import run_client, service

SERVICES = {
    "of our own": (
        service,
        run_client,
        {
            "ignore": ["json.drawn", "json.key", "json.digest"],
            "bind": ["json.ref"],
            "headers": ["x-variant"],
            "end_of_turn": ["end"],
        },
    ),
    "socket.io": (
        socketio_service,
        socketio_client,
        {"ignore": ["message[1].nonce"]},
    ),
    "SignalR": (
        signalr_service,
        signalr_client,
        {"bind": ["message.arguments[*].ticket"]},
    ),
}


@pytest.fixture
def here(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("COPILOT_TOKEN", raising=False)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def takes(here, make_service, client):
    for seed, name in enumerate(("shop.yaml", "shop.2.yaml")):
        with serve(make_service()) as upstream, recording(here / name, upstream.url) as running:
            client(running.url, seed)
    return [str(here / "shop.yaml"), str(here / "shop.2.yaml")]


def replay_is_ok(path, client, profile=None):
    with replaying(path, profile=profile) as server:
        try:
            client(server.url, 2)
        except Exception:  # the client of a replay that refuses it
            return False
        return server.report().ok


@pytest.mark.parametrize("name", SERVICES)
def test_it_finds_the_places_that_vary_and_nothing_else_and_a_third_run_replays_with_them_only(here, capfd, name):
    make_service, client, expected = SERVICES[name]
    paths = takes(here, make_service, client)
    code = main(["profile", "suggest", *paths, "--apply"])
    told = capfd.readouterr()
    assert code == 0, told.err
    assert "with them it has none" in told.err
    assert tomllib.loads(told.out)["services"]["shop"] == expected
    assert (here / "wiretape.toml").read_text() == told.out
    (profile,) = project_profiles(here)
    assert replay_is_ok(paths[0], client, profile)
    assert not replay_is_ok(paths[0], client)


def test_each_line_has_its_evidence_and_no_value_of_a_take(here, capfd):
    paths = takes(here, service, run_client)
    assert main(["profile", "suggest", *paths]) == 0
    out = capfd.readouterr().out
    assert '"json.ref",  # random: 2 pairs differ, 2 sent again later' in out
    assert '"json.drawn",   # random number: 2 pairs differ, never sent again' in out
    assert '"json.digest",  # signature: 2 pairs differ, never sent again' in out
    assert "#   json.sent: time: 2 pairs differ, never sent again" in out
    assert "#   message.ref: random: 2 pairs differ, 2 sent again later" in out
    assert "session" not in out.partition("\n")[2].replace("sessions:", "")
    assert not (here / "wiretape.toml").exists()


def test_a_constant_and_random_value_of_the_client_looks_secret(here, capfd):
    def client(url, seed):
        return run_client(url, seed, header="X-Device")

    paths = takes(here, service, client)
    assert main(["profile", "suggest", *paths]) == 0
    out = capfd.readouterr().out
    assert '"header.x-device",  # long and random, and the same in each take: 6 requests' in out
    assert tomllib.loads(out)["services"]["shop"]["secrets"] == ["header.x-device"]


def test_a_text_that_varies_is_named_but_has_no_rule(here, capfd):
    notes = iter(["a blue one please", "the red one"])
    paths = takes(here, service, lambda url, seed: run_client(url, seed, note=next(notes)))
    assert main(["profile", "suggest", *paths]) == 1
    told = capfd.readouterr()
    assert (
        "# These vary, too, and have no rule: are the takes of one session?\n#   json.note: text: 2 pairs differ"
        in told.out
    )
    assert "json.note" not in str(tomllib.loads(told.out))
    assert "a replay has" in told.err
    assert "POST /orders: nothing recorded matches" in told.err


def test_a_second_profile_is_added_beside_the_first_and_a_third_of_the_same_name_is_refused(here, capfd):
    before = '# ours\n[services.other]\nupstreams = ["https://other.example"] # kept'
    (here / "wiretape.toml").write_text(before)
    paths = takes(here, signalr_service, signalr_client)
    assert main(["profile", "suggest", *paths, "--name", "hub", "--apply"]) == 0
    text = (here / "wiretape.toml").read_text()
    assert text.startswith(before + "\n\n# Suggested by")
    assert [each.name for each in project_profiles(here)] == ["other", "hub"]
    capfd.readouterr()
    assert main(["profile", "suggest", *paths, "--name", "hub", "--apply"]) == 2
    assert "wiretape.toml: there is a profile hub already" in capfd.readouterr().err
    assert (here / "wiretape.toml").read_text() == text


def test_it_is_added_to_the_table_of_pyproject_where_that_is_read(here, capfd):
    (here / "pyproject.toml").write_text('[project]\nname = "x"\n[tool.wiretape.services.a]\n')
    paths = takes(here, signalr_service, signalr_client)
    assert main(["profile", "suggest", *paths, "--apply"]) == 0
    assert "[tool.wiretape.services.shop]" in (here / "pyproject.toml").read_text()
    assert [each.name for each in project_profiles(here)] == ["a", "shop"]


def test_a_file_with_inline_services_is_left_as_it_is(here, capfd):
    before = "services = {a = {}}\n"
    (here / "wiretape.toml").write_text(before)
    paths = takes(here, signalr_service, signalr_client)
    assert main(["profile", "suggest", *paths, "--apply"]) == 2
    assert "wiretape.toml: the profile cannot be appended to this file: not TOML" in capfd.readouterr().err
    assert (here / "wiretape.toml").read_text() == before
