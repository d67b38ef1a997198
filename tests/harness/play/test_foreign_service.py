"""``wiretape play`` against a service that nobody wrote for it: its values are bound, and its differences found."""

import json

from harness.cassette.store import load
from harness.cli.main import main
from tests.support.servers.issuing_site import PASSWORD, IssuingSite, running


def test_the_client_uses_the_values_that_this_service_issues(play):
    site = IssuingSite()
    assert play(site) == (0, [])
    assert site.passwords == [PASSWORD]


def test_an_answer_in_more_or_fewer_pieces_is_the_same_answer(play):
    assert play(IssuingSite(pieces=9)) == (0, [])
    assert play(IssuingSite(pieces=1)) == (0, [])


def test_another_status_is_found(play):
    code, found = play(IssuingSite(status=206))
    assert code == 1
    assert found == [("changed", 2, "answer: recorded 200 application/json, now 206 application/json")]


def test_a_missing_event_is_named_once_the_service_is_silent(play):
    code, found = play(IssuingSite(skips="done"), "--deadline", "0.3")
    assert code == 1
    assert ("missing", 3) in {each[:2] for each in found}
    assert any("no done within" in text for _, _, text in found)
    assert any("recorded < done" in text and "now nothing" in text for _, _, text in found)


def test_a_further_field_is_listed_and_no_failure(play):
    code, found = play(IssuingSite(extra={"usage": 7}))
    assert code == 0
    assert found == [("new", 3, "< done usage: recorded absent, now number")]


def test_other_values_are_listed_on_request(play):
    _, found = play(IssuingSite(pieces=2), "--values")
    assert {kind for kind, _, _ in found} <= {"value"}


def test_the_session_is_written_as_a_redacted_cassette(play, tmp_path, recorded):
    fresh = tmp_path / "fresh.yaml"
    site = IssuingSite()
    assert play(site, "-o", str(fresh))[0] == 0
    assert PASSWORD not in fresh.read_text()
    assert "sk-live-" not in fresh.read_text()
    one, other = load(recorded), load(fresh)
    assert [type(each) for each in one.exchanges] == [type(each) for each in other.exchanges]
    assert other.recorded.by == "play"


def test_a_missing_secret_is_named_before_anything_is_sent(recorded, capfd):
    site = IssuingSite()
    with running(site) as url:
        assert main(["play", str(recorded), "--to", url]) == 2
    assert "token-1 (exchange 1, body)" in capfd.readouterr().err
    assert site.passwords == []


def test_a_placeholder_that_the_client_does_not_send_is_refused(recorded, capfd, monkeypatch):
    monkeypatch.setenv("SITE_PASSWORD", PASSWORD)
    assert main(["play", str(recorded), "--to", "http://127.0.0.1:9", "--secret", "token-99=SITE_PASSWORD"]) == 2
    assert "the client sends no such placeholder" in capfd.readouterr().err


def test_a_service_on_another_machine_needs_consent(recorded, capfd):
    assert main(["play", str(recorded), "--to", "https://service.example", "--send-placeholders"]) == 2
    assert "--yes-live" in capfd.readouterr().err


def test_a_service_that_does_not_answer_is_a_failure(recorded, capfd):
    code = main(["play", str(recorded), "--to", "http://127.0.0.1:9", "--send-placeholders", "--json"])
    found = json.loads(capfd.readouterr().out)["findings"]
    assert code == 1
    assert {each["kind"] for each in found} == {"failed"}
    assert len(found) == 6
