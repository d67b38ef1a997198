"""What is exported and imported again is the same cassette; the HAR on the way keeps the rules of HAR 1.2."""

import json
from datetime import datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cassette.codec import parse, render
from harness.cassette.model import Body, Call, Cassette, Line, Recorded, RequestPart, ResponsePart
from harness.cassette.store import load
from harness.har.errors import HarError
from harness.har.exporting import export_har
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor
from harness.services.copilot import COPILOT
from tests.harness.har.conftest import HARS, entry, har
from tests.support.cassettes.scenarios import FOLDER
from tests.support.har.rules import check
from tests.support.hostile.cassettes import answered, cassette_of, cassettes

TAKEN = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "prompts.yaml")
per_test = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def exported(cassette):
    return b"".join(export_har(cassette))


def entries(cassette):
    return json.loads(exported(cassette))["log"]["entries"]


def safe(cassette):
    return redact_cassette(Redactor(COPILOT), cassette)


@pytest.mark.parametrize("path", TAKEN, ids=lambda path: path.stem)
def test_committed_cassette_comes_back(path, bring):
    cassette = load(path)
    assert bring(exported(cassette)).cassette == safe(cassette)


@pytest.mark.parametrize("path", TAKEN, ids=lambda path: path.stem)
def test_committed_cassette_keeps_the_rules_as_a_har(path):
    assert len(check(exported(load(path)))) == len(load(path).exchanges)


@pytest.mark.parametrize("path", HARS, ids=lambda path: path.stem)
def test_import_export_import_changes_nothing(path, bring):
    once = bring(path, origin="http://127.0.0.1:28801").cassette
    again = bring(exported(once))
    assert again.cassette == once
    assert exported(again.cassette) == exported(once)


@per_test
@given(cassette=cassettes())
def test_any_cassette_comes_back(cassette, bring):
    expected = safe(parse(render(cassette).content))
    assert bring(exported(cassette)).cassette == expected


@per_test
@given(cassette=cassettes())
def test_any_cassette_keeps_the_rules_as_a_har(cassette):
    check(exported(cassette))


@pytest.mark.parametrize(
    "line",
    [
        Line("<", 5, "text", b"\xff\xfe"),
        Line(">", 5, "text", b'{"a":"xyz"}', None, (4, 7)),
        Line("<", 5, "close", b"bye", 3),
        Line("<", 5, "ping", b"x"),
        Line(">", 5, "binary", b"\x00\x01"),
        Line("<", 5, "reset"),
    ],
)
def test_line_of_a_socket_comes_back(line, bring):
    cassette = cassette_of(line, Line("!", 9, "cut"))
    assert bring(exported(cassette)).cassette == cassette


def test_large_body_keeps_its_side_file(bring, tmp_path):
    large = Cassette(
        recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"),
        exchanges=(
            Call(
                method="POST",
                target="/x",
                request=RequestPart(body=Body(data=b"q" * 70_000, file="question.txt")),
                response=ResponsePart(status=200, body=Body(data=b"\xff" * 70_000, file="answer.bin")),
            ),
        ),
    )
    assert bring(exported(large)).cassette == large
    assert sorted(path.name for path in (tmp_path / "session.yaml.files").iterdir()) == ["answer.bin", "question.txt"]


def test_ordinary_cassette_needs_no_words_of_ours():
    assert not any("_wiretape" in each for each in entries(load(FOLDER / "text-2026.yaml")))


def test_socket_is_written_as_chrome_writes_it():
    (socket,) = (each for each in entries(load(FOLDER / "text-2026.yaml")) if each["_resourceType"] == "websocket")
    assert socket["request"]["url"].startswith("ws://")
    assert (socket["response"]["status"], socket["_webSocketMessages"][0]["type"]) == (101, "receive")
    assert {each["opcode"] for each in socket["_webSocketMessages"]} == {1, 8}


def test_answer_that_is_no_text_is_base64():
    (call,) = entries(answered(ResponsePart(status=200, body=Body(data=b"\x89PNG"))))
    assert call["response"]["content"] == {"size": 4, "mimeType": "x-unknown", "text": "iVBORw==", "encoding": "base64"}


def test_moments_are_exact():
    cassette = load(FOLDER / "text-2026.yaml")
    zero = msgspec.convert(cassette.recorded.at, type=datetime).timestamp()
    for each, exchange in zip(check(exported(cassette)), cassette.exchanges, strict=True):
        assert round((each.started_date_time.timestamp() - zero) * 1e6) == exchange.at


def test_redaction_is_done_again_as_the_file_may_have_changed(bring, tmp_path):
    data = exported(load(FOLDER / "text-2026.yaml"))
    secret = b"put-in-later-of-some-length-27182818"
    bring(data.replace(b"wiretape-token-1", secret))
    assert secret not in (tmp_path / "session.yaml").read_bytes()


def test_origin_is_not_asked_of_our_own_export(bring):
    with pytest.raises(HarError, match="leave out --origin"):
        bring(exported(load(FOLDER / "text-2026.yaml")), origin="https://other.example")


def test_report_of_our_own_export_says_that_nothing_is_lost(bring):
    report = bring(exported(load(FOLDER / "text-2026.yaml"))).report
    assert (report.restored, report.losses, report.exporter.split()[0]) == (True, {}, "wiretape")


@pytest.mark.parametrize(
    ("own", "place"),
    [
        ({"version": 1}, "log._wiretape: the field `_wiretape` is not in the form that wiretape exports"),
        ({"version": 2, "base": "", "recorded": {"at": "2026-11-23T05:00:00Z", "by": "x"}}, "later version"),
        ({"version": 1, "base": "", "recorded": {"at": "soon", "by": "x"}}, "expected a date"),
    ],
)
def test_head_that_we_never_wrote_is_refused(bring, own, place):
    with pytest.raises(HarError, match=place):
        bring(har(entry(), _wiretape=own))


@pytest.mark.parametrize(
    "own",
    [{"x": 1}, {"response": {"stream": [{"from": "<", "time": 0, "size": 99}]}}, {"messages": "x"}, [], {"at": -1.5}],
)
def test_entry_that_we_never_wrote_is_refused_with_its_place(bring, own):
    head = {"version": 1, "base": "https://a.example", "recorded": {"at": "2026-11-23T05:00:00Z", "by": "x"}}
    with pytest.raises(HarError, match=r"log\.entries\[0\]\._wiretape"):
        bring(har(entry(_wiretape=own), _wiretape=head))


@per_test
@given(text=st.text(max_size=20))
def test_any_text_survives_as_a_message(text, bring):
    cassette = cassette_of(Line("<", 1, "text", text.encode("utf-8", "replace")), Line("!", 9, "cut"))
    assert bring(exported(cassette)).cassette == safe(cassette)
