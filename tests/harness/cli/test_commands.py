"""The command line, as a user types it."""

import json
import sys
from pathlib import Path

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from fake_server.stage import Response
from harness import load
from harness.cli.main import main

ROOT = Path(__file__).parents[3]
ASK = "import os, urllib.request as r; print(r.urlopen(os.environ['COPILOT_BASE_URL'] + '/c/api/user').read().decode())"


@pytest.fixture
def service(monkeypatch):
    for name in ("COPILOT_BASE_URL", "COPILOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with serve(Script()) as running:
        yield running


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_version_is_told(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out.startswith("wiretape 0.")


def test_help_shows_no_type_for_switches(capsys):
    assert run("ask", "--help") == 0
    assert "<bool>" not in capsys.readouterr().out


def test_help_names_every_command(capsys):
    assert run("--help") == 0
    shown = capsys.readouterr().out
    assert all(command in shown for command in ("ask", "serve", "record", "replay", "show", "live"))


LOOK = "import os, urllib.request as r; print(r.urlopen(os.environ['WIRETAPE_URL'] + '/look').read().decode())"


class Looking:
    """Says who asked, after a hint."""

    async def handle(self, request):
        request.inform(103, (("link", "</a.css>"),))
        return Response(body=(request.header("user-agent") or "").encode())

    async def close(self):
        pass


@pytest.mark.parametrize(("options", "look"), [((), "Python-urllib/"), (("--impersonate", "chrome"), "Mozilla/5.0")])
def test_record_shows_the_service_who_asks_unless_a_look_is_wanted(capfd, tmp_path, options, look):
    with serve(Looking()) as running:
        path = tmp_path / "look.yaml"
        command = ("--", sys.executable, "-c", LOOK)
        # urllib takes an interim answer for the answer; the recording tells the two apart.
        run("record", "-o", path, "--upstream", running.url, *options, *command)
    (call,) = load(path).exchanges
    assert call.response.body.data.decode().startswith(look)
    assert "an interim answer (103) was passed on, and not recorded" in " ".join(capfd.readouterr().err.split())


@pytest.mark.parametrize("more", [("--impersonate", "netscape"), ("--impersonate", "chrome", "--browser")])
def test_record_refuses_a_look_that_there_is_not(capsys, tmp_path, more):
    assert run("record", "-o", tmp_path / "x.yaml", *more) == 2
    assert "--impersonate" in capsys.readouterr().err
    assert not (tmp_path / "x.yaml").exists()


def test_ask_streams_the_answer_and_tells_the_rest_apart(service, capsys):
    assert run("ask", "Hello", "--base-url", service.url) == 0
    shown = capsys.readouterr()
    assert "Hello" in shown.out
    assert "conversation:" in shown.err


def test_ask_sends_an_image(service, capsys, tmp_path):
    (tmp_path / "cat.png").write_bytes(b"\x89PNG\r\n\x1a\n0000")
    assert run("ask", "What is this?", "--image", tmp_path / "cat.png", "--base-url", service.url) == 0
    assert "png" in capsys.readouterr().out.lower()


def test_ask_as_json_gives_one_item_a_line(service, capsys):
    assert run("ask", "/suggest", "--json", "--base-url", service.url) == 0
    items = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"text", "FinishReason", "SuggestedFollowups"} <= {item["item"] for item in items}


def test_ask_spells_out_control_characters_of_the_answer(service, capsys):
    assert run("ask", "\x1b[31mred\x07", "--base-url", service.url) == 0
    shown = capsys.readouterr()
    assert "\\x1b[31m" in shown.out
    assert "\x1b" not in shown.out + shown.err


def test_folder_in_place_of_a_cassette_is_one_line(capsys, tmp_path):
    assert run("show", tmp_path) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_refused_token_is_one_line_and_exit_code_1(service, capsys, monkeypatch):
    monkeypatch.setenv("COPILOT_TOKEN", "expired-token-of-the-tests")
    assert run("ask", "Hello", "--base-url", service.url) == 1
    error = capsys.readouterr().err
    assert error.startswith("wiretape: ")
    assert "401" in error
    assert "expired-token-of-the-tests" not in error
    assert error.count("\n") == 1


def test_record_show_and_replay(service, capsys, tmp_path):
    cassette = tmp_path / "x.yaml"
    command = (sys.executable, "-c", ASK)
    assert run("record", "-o", cassette, "--upstream", service.url, "--", *command) == 0
    assert load(cassette).recorded.origin == "fake:2026"
    assert run("show", cassette) == 0
    assert "GET /c/api/user" in capsys.readouterr().out
    assert run("replay", cassette, "--", *command) == 0
    assert run("replay", cassette, "--", sys.executable, "-c", "pass") == 1
    assert "never requested" in capsys.readouterr().err


def test_commands_exit_code_is_passed_on(service, tmp_path):
    command = (sys.executable, "-c", "raise SystemExit(7)")
    assert run("record", "-o", tmp_path / "x.yaml", "--upstream", service.url, "--", *command) == 7


def test_cassette_that_is_there_is_not_replaced_without_force(service, capsys, tmp_path):
    (tmp_path / "x.yaml").write_text("mine")
    assert run("record", "-o", tmp_path / "x.yaml", "--upstream", service.url, "--", "true") == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "x.yaml").read_text() == "mine"


DEEP = "cassette: 1\nmeta: " + "[" * 100_000
NEWER = "cassette: 2\nrecorded: {at: '2026-01-01T00:00:00Z', by: relay}\nexchanges: []\n"
UNKNOWN = "cassette: 1\nrecorded: {at: '2026-01-01T00:00:00Z', by: relay}\nexchangs: []\n"
FILE = (
    "cassette: 1\nrecorded: {at: '2026-01-01T00:00:00Z', by: relay}\nexchanges:\n- call: GET /\n  at: 0.000000\n"
    "  response:\n    status: 200\n    after: 0.000000\n    file: {name: gone.png, size: 1, sha256: '"
    + "0" * 64
    + "'}\n"
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "x.yaml"),
        (DEEP, "deep"),
        (NEWER, "upgrade wiretape"),
        (UNKNOWN, "exchangs"),
        (FILE, "side files is missing"),
        ("cassette: 1\n", "recorded"),
    ],
    ids=["truncated", "deeply nested", "newer", "unknown field", "missing body file", "incomplete"],
)
@pytest.mark.parametrize("command", ["show", "replay"])
def test_bad_cassette_is_one_line_and_exit_code_2(text, said, command, tmp_path, capsys):
    (tmp_path / "x.yaml").write_text(text)
    assert run(command, tmp_path / "x.yaml") == 2
    error = capsys.readouterr().err
    assert said in error.lower()
    assert error.count("\n") == 1
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "/no/such/file.yaml"), "no such file"),
        (("ask", "hi", "--base-url", "nonsense"), "base url"),
        (("ask", "hi", "--generation", "1999"), "1999"),
        (("ask", "hi", "--proxy", "nonsense://x"), "proxy"),
        (("record", "-o", "x.yaml", "--upstream", "ftp://x", "--", "true"), "upstream"),
        (("replay", "x.yaml", "--speed", "-3"), "speed"),
        (("serve", "--scenarios", "/no/such/file.py"), "file.py"),
        (("nonsense",), "nonsense"),
    ],
)
def test_wrong_usage_is_said_with_exit_code_2(arguments, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == 2
    error = capsys.readouterr().err
    assert said in error.lower()
    assert "Traceback" not in error


def test_port_in_use_is_one_line(service, capsys, tmp_path):
    cassette = ROOT / "cassettes" / "hand-made-may-2025.yaml"
    assert run("replay", cassette, "--port", service.port) == 2
    assert "cannot listen" in capsys.readouterr().err


def test_unknown_certificate_is_a_clear_error(capsys, monkeypatch):
    monkeypatch.delenv("COPILOT_TOKEN", raising=False)
    with serve(Script(), tls=True) as running:
        assert run("ask", "hi", "--base-url", running.url) == 1
    error = capsys.readouterr().err
    assert "certificate" in error.lower()
    assert error.count("\n") == 1


def test_live_run_needs_consent(capsys, monkeypatch):
    monkeypatch.delenv("COPILOT_TOKEN", raising=False)
    assert run("live", "record", ROOT / "cassettes" / "prompts.yaml") == 2
    assert "COPILOT_TOKEN" in capsys.readouterr().err


def test_live_record_and_compare_work_against_the_fake(service, capsys, tmp_path):
    prompts = tmp_path / "prompts.yaml"
    prompts.write_text("- {name: one, prompt: Hello}\n- {name: two, prompt: Rivers, follow_ups: [More]}\n")
    options = (prompts, "--upstream", service.url, "--pause", "0")
    assert run("live", "record", *options, "-o", tmp_path / "out") == 0
    assert {path.name for path in (tmp_path / "out").glob("*.yaml")} == {"one.yaml", "two.yaml"}
    assert run("live", "compare", *options, "--against", tmp_path / "out") == 0
    assert "as recorded" in capsys.readouterr().err


def test_live_compare_names_what_changed(service, capsys, tmp_path):
    (tmp_path / "p.yaml").write_text("- {name: one, prompt: Hello}\n")
    assert run("live", "record", tmp_path / "p.yaml", "--upstream", service.url, "-o", tmp_path / "out") == 0
    (tmp_path / "p.yaml").write_text("- {name: one, prompt: /search Hello}\n")
    options = ("--upstream", service.url, "--against", tmp_path / "out")
    assert run("live", "compare", tmp_path / "p.yaml", *options) == 1
    assert "citation" in capsys.readouterr().err


@pytest.mark.parametrize("fault", [429, 401])
def test_live_record_stops_when_the_service_asks_for_less(fault, capsys, tmp_path):
    (tmp_path / "p.yaml").write_text("[Hello, Rivers, Mountains]\n")
    with serve(Script(Config(faults={"start": fault}))) as running:
        options = ("--upstream", running.url, "--pause", "0", "-o", tmp_path / "out")
        assert run("live", "record", tmp_path / "p.yaml", *options) == 1
    assert "[1/3]" in (shown := capsys.readouterr().err)
    assert "[2/3]" not in shown


@pytest.mark.parametrize(
    ("arguments", "explained"), [((), None), (("--explain",), ""), (("--explain", "§4.7"), "§4.7")]
)
def test_serve_takes_no_argument_and_an_option_without_its_value(monkeypatch, arguments, explained):
    served = []
    monkeypatch.setattr("fake_server.command.run", lambda options, prog, wrap: served.append(options) or 0)
    assert main(["serve", *arguments]) == 0
    [options] = served
    assert options.port == 8765
    assert options.explain == explained


NOWHERE = "http://127.0.0.1:9"
"""A proxy that refuses every connection."""


def test_proxies_of_the_environment_stand_neither_before_nor_behind_the_local_server(
    tmp_path, service, monkeypatch, capfd
):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, NOWHERE)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    cassette = tmp_path / "c.yaml"
    command = (sys.executable, "-c", ASK)
    assert run("record", "-o", cassette, "--upstream", service.url, "--", *command) == 0
    assert run("replay", cassette, "--", *command) == 0
    recorded, replayed = map(json.loads, capfd.readouterr().out.splitlines())
    assert recorded["ageGroup"] == replayed["ageGroup"] == "adult"
    assert len(load(cassette).exchanges) == 1
