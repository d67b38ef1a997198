"""docs/fake-server.md says what is so: its code runs, its transcripts are what is said, its tables name what there is."""

import re
import shlex

import httpx
import pytest
from websockets.sync.client import connect

from fake_server import serve
from fake_server.__main__ import _parser, main
from fake_server.scenarios import Scenario
from fake_server.scenarios.library import make_registry
from fake_server.script import FAULT_WORDS, PLACES, Config, Script
from fake_server.service.switches import check_switches
from fake_server.tracing import Traced
from provider.wire.generations import DEFAULT_GENERATION, GENERATIONS
from tests.support.project.tree import ROOT

PAGE = (ROOT / "docs" / "fake-server.md").read_text(encoding="utf-8")
OPTIONS = {name: action for action in _parser("x")._actions for name in action.option_strings if name.startswith("--")}


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def table(heading):
    """The rows of the table whose first column is called so, cell by cell."""
    [found] = re.findall(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in found.splitlines()]


def commands(program):
    """The arguments of every such command on the page."""
    rows = re.findall(rf"^\$ .*?\b{program} (.*)$", "\n".join(blocks("console")), re.MULTILINE)
    return [shlex.split(row.rstrip("&").strip(), comments=True) for row in rows]


@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_python_on_the_page_runs(number):
    namespace = {}
    exec(compile(blocks("python")[number], "docs/fake-server.md", "exec"), namespace)  # our own page
    made = [value for value in namespace.values() if isinstance(value, Scenario)]
    assert made or namespace["server"].url.startswith("http://127.0.0.1:")


def test_answer_on_the_page_is_printed(capsys):
    exec(blocks("python")[0], {})  # our own page
    assert "Hello" in capsys.readouterr().out


def test_every_command_on_the_page_is_taken():
    found = commands("wiretape serve")
    assert len(found) > 3
    for arguments in found:
        _parser("wiretape serve").parse_args(arguments)


def test_explanation_on_the_page_is_what_is_shown(capsys, monkeypatch):
    [block] = [block for block in blocks("console") if "--explain" in block]
    command, _, shown = block.partition("\n")
    monkeypatch.setenv("COLUMNS", "108")
    assert main(shlex.split(command)[3:]) == 0
    assert capsys.readouterr().out == shown


def test_reason_on_the_page_is_what_is_sent():
    [told] = re.findall(r"^x-wiretape-because: (.*)$", PAGE, re.MULTILINE)
    with serve(Script(Config(strict=True))) as server:
        answer = httpx.post(
            f"{server.url}/c/api/attachments", content=b"x", headers={"content-type": "image/png"}, trust_env=False
        )
    assert answer.headers["x-wiretape-because"] == told


def test_trace_on_the_page_is_what_is_said():
    lines = []
    with serve(Traced(Script(Config(strict=True)), lines.append)) as server:
        token = {"authorization": "Bearer t"}
        httpx.get(f"{server.url}/c/api/user", headers=token, trust_env=False)
        with connect(f"{server.ws_url}/c/api/chat", additional_headers=token, proxy=None) as socket:
            socket.send('{"event":"send","conversationId":"c","content":[{"type":"text","text":"hi"}]}')
            assert "invalid-event" in socket.recv(5)
    assert "\n".join(lines) + "\n" == blocks("text")[0]


def test_options_of_the_page_are_those_that_there_are_with_their_defaults():
    told = {row[0].strip("`"): row[1] for row in table("option | default | meaning")}
    defaults = {name: action.default for name, action in OPTIONS.items() if name != "--help"}
    shown = {
        name: f"{default:g}" if isinstance(default, float) else str(default or "") for name, default in defaults.items()
    }
    assert told == shown | {"--generation": DEFAULT_GENERATION, "--seed": "0"}


def test_options_of_faults_are_options():
    named = [row[0].strip("`").split()[0] for row in table("option | effect")]
    assert len(named) > 4
    assert set(named) <= set(OPTIONS)


def test_commands_of_scenarios_are_there():
    named = {command for row in table("behaviour | prompt") for command in re.findall(r"`(/[a-z-]+)", row[1])}
    assert len(named) > 15
    assert {command for command in named if make_registry().get(command) is None} == set()


def test_generations_are_those_that_there_are():
    assert [row[0].strip("`") for row in table("generation | typical features")] == list(GENERATIONS)


def test_places_and_ways_to_fail_are_all_named():
    [text] = re.findall(r"^Places are .*?\n\n", PAGE, re.DOTALL | re.MULTILINE)
    assert set(PLACES) | set(FAULT_WORDS) <= set(re.findall(r"`([a-z-]+)`", text))


def test_switches_on_the_page_are_taken():
    pairs = re.findall(r"--switch ([a-z-]+)=([a-z-]+)", PAGE) + re.findall(r'switches={"([a-z-]+)": "([a-z-]+)"}', PAGE)
    assert len(pairs) > 1
    check_switches(dict(pairs))
