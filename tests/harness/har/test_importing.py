"""A HAR becomes a cassette of the service's own entries, in the order of time."""

import json

import pytest

from harness.cassette.model import Limits
from harness.cassette.store import load
from harness.har import session_size
from harness.har.errors import HarError, HarLimitError, OriginError
from harness.har.source import open_har
from harness.har.survey import survey_of
from tests.harness.har.conftest import ORIGIN, STARTED, entry, har, message, socket


def test_call_stands_as_the_relay_would_have_recorded_it(taken):
    request = {"headers": [{"name": "X-A", "value": "1"}, {"name": "Host", "value": "copilot.microsoft.com"}]}
    (call,) = taken(entry("/c/api/start?a=b", method="post", request=request))
    assert (call.method, call.target, call.at) == ("POST", "/c/api/start?a=b", 0)
    assert call.request.headers == (("x-a", "1"),)
    assert (call.response.status, call.response.after, call.response.body.data) == (200, 2000, b"{}")


def test_only_entries_of_the_service_are_taken(bring):
    others = (
        entry("https://copilot.microsoft.com.evil.example/x"),
        entry("https://copilot.microsoft.com:8443/x"),
        entry("http://copilot.microsoft.com/x"),
        entry("https://evil.example/https://copilot.microsoft.com/"),
        entry("https://user:pw@evil.example/x"),
        entry("data:text/plain,x"),
    )
    imported = bring(har(entry("/mine"), entry("HTTPS://Copilot.Microsoft.com:443/too#part"), *others))
    assert [each.target for each in imported.cassette.exchanges] == ["/mine", "/too"]
    assert imported.report.others == {
        "https://copilot.microsoft.com.evil.example": 1,
        "https://copilot.microsoft.com:8443": 1,
        "http://copilot.microsoft.com": 1,
        "https://evil.example": 2,
        "data:": 1,
    }


def test_without_an_entry_of_the_service_the_origins_are_listed(bring):
    with pytest.raises(OriginError, match=r"127\.0\.0\.1:8080 \(2\).*other\.example \(1\).*--origin") as caught:
        bring(har(*[entry("http://127.0.0.1:8080/a")] * 2, entry("https://other.example/a")))
    assert caught.value.found == {"http://127.0.0.1:8080": 2, "https://other.example": 1}


def test_origin_may_be_named(taken):
    assert len(taken(entry("http://127.0.0.1:8080/a"), origin="http://127.0.0.1:8080/")) == 1


def test_origin_that_is_none_is_refused(bring):
    with pytest.raises(HarError, match="--origin is not an origin"):
        bring(har(entry()), origin="copilot")


def test_entries_are_ordered_by_time(taken):
    late, early = entry("/late", at="2026-11-23T06:00:01+01:00"), entry("/early", at=STARTED)
    assert [(each.target, each.at) for each in taken(late, early)] == [("/early", 0), ("/late", 1_000_000)]


def test_cassette_says_where_it_comes_from(bring):
    recorded = bring(har(entry(), browser={"name": "chromium", "version": "156"})).cassette.recorded
    assert (recorded.at, recorded.by, recorded.client) == ("2026-11-23T05:00:00Z", "har", "chromium 156 (HAR)")
    assert (recorded.origin, recorded.complete) == ("https://copilot.microsoft.com", True)


def test_secrets_are_replaced_wherever_they_stand(bring, tmp_path):
    secret = "an-access-token-of-some-length-31415"
    asked = {"headers": [{"name": "Authorization", "value": f"Bearer {secret}"}]}
    frames = message(json.dumps({"event": "x", "said": secret}))
    bring(har(entry(request=asked), socket(frames, url=f"wss://copilot.microsoft.com/c?accessToken={secret}")))
    assert secret.encode() not in (tmp_path / "session.yaml").read_bytes()
    assert "authorization" in load(tmp_path / "session.yaml").redacted


def test_journal_is_gone_when_the_cassette_stands(bring, state):
    bring(har(entry()))
    assert {path.parent.name for path in state.rglob("*") if path.is_file()} <= {"locks"}


def test_failed_import_leaves_neither_cassette_nor_journal(bring, tmp_path, state, monkeypatch):
    monkeypatch.setattr(session_size, "CASSETTE_LIMITS", Limits(payload_bytes=3))
    with pytest.raises(HarError):
        bring(har(entry(), entry()))
    assert not (tmp_path / "session.yaml").exists()
    assert state.exists()
    assert not [path for path in state.rglob("*") if path.is_file()]


def test_too_many_entries_are_refused_in_the_first_pass(tmp_path, monkeypatch):
    monkeypatch.setattr(session_size, "CASSETTE_LIMITS", Limits(exchanges=1))
    path = tmp_path / "session.har"
    path.write_text(json.dumps(har(entry(), entry(), entry())))
    with pytest.raises(HarLimitError, match=r"log\.entries\[1\]: .* at most 1 exchanges"):
        survey_of(open_har(path), ORIGIN, ORIGIN)


def test_old_cassette_stays_when_an_import_fails(bring, tmp_path):
    (tmp_path / "session.yaml").write_text("old")
    with pytest.raises(HarError):
        bring(har(entry(request={"method": 1})))
    assert (tmp_path / "session.yaml").read_text() == "old"


def test_answer_of_the_browsers_cache_is_left_out(bring):
    imported = bring(har(entry("/a"), entry("/b", _fromCache="disk"), entry("/c", response={"fromDiskCache": True})))
    assert [each.target for each in imported.cassette.exchanges] == ["/a"]
    assert imported.report.plain()["losses"]["cached"]["count"] == 2


@pytest.mark.parametrize(
    ("error", "by", "how"),
    [
        ("net::ERR_ABORTED", "client", "eof"),
        ("net::ERR_TIMED_OUT", "client", "timeout"),
        ("net::ERR_CONNECTION_RESET", "server", "reset"),
        ("net::ERR_EMPTY_RESPONSE", "server", "eof"),
        (None, "recorder", "eof"),
    ],
)
def test_entry_without_an_answer_is_an_aborted_exchange(taken, error, by, how):
    (call,) = taken(entry(status=0, response={"status": 0, "_error": error}))
    assert (call.response, call.aborted.by, call.aborted.how) == (None, by, how)


def test_body_that_broke_off_says_so(taken):
    (call,) = taken(entry(text='{"a', response={"_error": "net::ERR_CONNECTION_RESET"}))
    assert [(line.kind, line.data) for line in call.response.stream] == [("text", b'{"a'), ("reset", b"")]


@pytest.mark.parametrize(
    ("error", "end"),
    [
        ("net::ERR_CONTENT_LENGTH_MISMATCH", ("<", "eof")),
        ("net::ERR_ABORTED", (">", "eof")),
        ("NS_BINDING_ABORTED", (">", "eof")),
        ("net::ERR_FAILED", ("!", "cut")),
    ],
)
def test_body_that_was_given_up_is_never_whole(bring, error, end):
    cassette = bring(har(entry(text='{"a', response={"_error": error}))).cassette
    last = cassette.exchanges[0].response.stream[-1]
    assert (last.direction, last.kind) == end
    assert cassette.recorded.complete == (end[1] != "cut")
