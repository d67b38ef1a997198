"""``wiretape play``: the repository's own cassettes against the fake service that they were recorded from."""

import json

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from harness.cli.main import main
from tests.support.project.tree import ROOT

CHATS = ("text-2026", "conversation-2026", "image-2026", "image-upload-2026", "anonymous-2026", "reasoning-2026")
OLD = ("text-2025-03",)


def played(name, url, capfd, *options):
    path = ROOT / "cassettes" / f"{name}.yaml"
    code = main(["play", str(path), "--to", url, "--send-placeholders", "--json", *options])
    captured = capfd.readouterr()
    assert code in (0, 1), captured.err
    return code, json.loads(captured.out)


@pytest.mark.parametrize("name", CHATS)
def test_a_recorded_chat_gets_the_same_answers_from_the_fake(name, capfd):
    with serve(Script()) as server:
        code, result = played(name, server.url, capfd)
    assert result["findings"] == []
    assert (code, result["sent"]) == (0, result["exchanges"])


@pytest.mark.parametrize("name", OLD)
def test_an_older_generation_is_played_to_its_fake(name, capfd):
    generation = name.partition("-")[2]
    with serve(Script(config=Config(generation=generation))) as server:
        code, result = played(name, server.url, capfd)
    assert (code, result["findings"]) == (0, [])


def test_the_fake_of_another_generation_answers_differently(capfd):
    with serve(Script()) as server:
        code, result = played("text-2025-03", server.url, capfd)
    assert code == 1
    texts = [each["text"] for each in result["findings"]]
    assert any("remainingReasoningCalls: recorded number, now missing" in text for text in texts)
    assert any("recorded nothing, now < connected" in text for text in texts)


def test_an_expected_challenge_that_does_not_come_is_waited_for_once(capfd):
    with serve(Script()) as server:
        code, result = played("challenge-hashcash-answered-2026", server.url, capfd, "--deadline", "0.3")
    assert code == 1
    assert [each["kind"] for each in result["findings"]].count("missing") == 1
