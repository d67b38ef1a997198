"""An odd entry in a HAR is repaired or left out, and never refuses the others."""

import json

import pytest

from harness.har.times import read_date
from tests.harness.har.conftest import GOOD, STARTED, entry, har

DELETED = object()


def set_in(value, path, new):
    *most, last = path
    for key in most:
        value = value[key]
    if new is DELETED:
        value.pop(last, None)
    else:
        value[last] = new


@pytest.mark.parametrize("new", [None, DELETED, 7, "7", "x", True, [], {}, [None], {"a": 1}, -1, 1e300, 2**70])
def test_odd_value_in_one_entry_leaves_the_other_one(new, bring):
    paths = [
        *[(key,) for key in ("startedDateTime", "time", "timings", "cache", "request", "response")],
        *[
            ("request", key)
            for key in ("method", "url", "httpVersion", "headers", "queryString", "cookies", "postData")
        ],
        *[("request", "postData", key) for key in ("text", "mimeType", "params", "encoding")],
        *[("response", key) for key in ("status", "statusText", "headers", "content", "cookies", "bodySize", "_error")],
        *[("response", "content", key) for key in ("text", "mimeType", "size", "encoding", "_file")],
        *[(half, "headers", 0, key) for half in ("request", "response") for key in ("name", "value")],
        *[("timings", key) for key in ("wait", "receive")],
        *[(key,) for key in ("_webSocketMessages", "_webSocketClose", "_resourceType", "_failureText", "_fromCache")],
    ]
    entries = []
    for path in paths:
        odd = entry(
            method="POST",
            request={"headers": [{"name": "a", "value": "b"}], "postData": {"mimeType": "text/plain", "text": "x"}},
            response={"headers": [{"name": "a", "value": "b"}]},
        )
        set_in(odd, path, new)
        entries.append(odd)
    imported = bring(json.dumps(har(*entries, None, 7, [], GOOD)).encode())
    assert imported.cassette.exchanges[-1].target == "/good"
    taken, left = len(imported.cassette.exchanges), imported.report.plain()["losses"]["odd-entries"]["count"]
    assert taken >= len(paths) - 6  # without a URL, a method, a status or a request nothing can be said
    others = (
        sum(imported.report.others.values()) + imported.report.plain()["losses"].get("cached", {"count": 0})["count"]
    )
    assert taken + left + others == len(paths) + 4


@pytest.mark.parametrize(
    ("said", "status"), [("200", 200), ("404 Not Found", 404), (201.0, 201), ("HTTP/1.1 204 OK", 204)]
)
def test_status_in_other_words_is_read(bring, said, status):
    imported = bring(har(entry(response={"status": said})))
    assert imported.cassette.exchanges[0].response.status == status
    assert ("repaired" in imported.report.plain()["losses"]) == isinstance(said, str)


@pytest.mark.parametrize("change", [{"status": 100}, {"status": 1000}, {"status": 7}])
def test_entry_whose_status_no_answer_has_is_left_out_and_counted(bring, change):
    imported = bring(har(entry(response=change), GOOD))
    assert [each.target for each in imported.cassette.exchanges] == ["/good"]
    assert "1 entry without a URL, a method or a valid status: left out" in imported.report.text()


@pytest.mark.parametrize(
    "headers",
    [
        [{"name": "A", "value": 12}, {"name": None, "value": "x"}, {"value": "y"}, {"name": "B", "value": None}],
        {"A": "12", "B": ""},
        [["A", "12"], ["B", ""], [], 7],
        [{"name": "A", "value": ["12"]}, {"name": "B"}, "C: d"],
    ],
)
def test_headers_in_other_forms_are_read(taken, headers):
    (call,) = taken(entry(request={"headers": headers}))
    assert call.request.headers == (("a", "12"), ("b", ""))


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2026-05-01T08:00:00.123Z", 123_000),
        ("2026-05-01T08:00:00.1234567Z", 123_456),
        ("2026-05-01T10:00:00.123+0200", 123_000),
        ("2026-05-01T10:00:00.123+02:00", 123_000),
        ("2026-05-01 08:00:00,123", 123_000),
        ("2026/05/01 08:00:00", 0),
        ("2026-05-01T8:00:00.123Z", 123_000),
        ("2026-05-01T8:00:00.123 AM+00:00", 123_000),
        ("2026-05-01T08:00Z", 0),
        ("Fri, 01 May 2026 08:00:00 GMT", 0),
        ("Fri May 01 2026 10:00:00 GMT+0200 (Central European Summer Time)", 0),
        ("/Date(1777622400123)/", 123_000),
        (1777622400.123, 123_000),
        (1777622400123, 123_000),
        ("1777622400123", 123_000),
        (1777622400123456, 123_456),
    ],
)
def test_dates_of_other_forms_are_read(text, micros):
    assert read_date(text).at == 1_777_622_400_000_000 + micros


@pytest.mark.parametrize(
    "text", ["", "yesterday", None, {}, True, 0, "0000-00-00T00:00:00Z", "1899-12-30T00:00:00Z", "25:00"]
)
def test_what_is_no_date_is_none(text):
    assert read_date(text) is None


def test_entries_without_a_date_stay_where_they_stand_in_the_file(bring):
    undated = [entry(f"/{number}") for number in range(4)]
    for each in undated:
        each["startedDateTime"] = None
    dated = entry("/dated", at=STARTED)
    later = entry("/later", at="2026-11-23T05:00:05.000Z")
    imported = bring(har(undated[0], dated, undated[1], later, undated[2]))
    assert [each.target for each in imported.cassette.exchanges] == ["/0", "/dated", "/1", "/later", "/2"]
    assert imported.report.plain()["losses"]["no-date"]["count"] == 3
    assert imported.cassette.recorded.at == "2026-11-23T05:00:00Z"


def test_file_without_any_date_is_read(bring):
    entries = [entry("/a"), entry("/b")]
    for each in entries:
        del each["startedDateTime"]
    assert [each.target for each in bring(har(*entries)).cassette.exchanges] == ["/a", "/b"]
