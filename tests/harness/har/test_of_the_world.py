"""HARs as programs of the world write them: one odd entry is repaired or left out, and never refuses the others."""

import base64
import gzip
import json
import zipfile
import zlib

import pytest

from harness.har.errors import HarError, UnreadableHarError
from harness.har.exporting import export_har
from harness.har.times import read_date
from tests.harness.har.conftest import STARTED, entry, har, message, socket

GOOD = entry("/good", at="2026-11-23T05:00:09.000Z")
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


# ---------------------------------------------------------------- no JSON by the letter
TEXT = json.dumps(har(entry("/a", text="one\ttwo\nthree"), GOOD))


@pytest.mark.parametrize(
    "content",
    [
        TEXT + "\0",
        TEXT + "\0\0\x1a\n",
        TEXT.replace('"time": 3', '"time": NaN'),
        TEXT.replace('"time": 3', '"time": -Infinity'),
        TEXT.replace('"time": 3', '"time": undefined'),
        TEXT.replace("\\t", "\t").replace("\\n", "\n"),
        TEXT.replace('"statusText": ""', '"statusText": "\\x41\x01"'),
        TEXT.replace("}]}}", "},]}}"),
    ],
)
@pytest.mark.parametrize("padding", [0, 65_500])
def test_file_that_is_no_json_by_the_letter_is_repaired_and_said(bring, content, padding):
    assert content != TEXT
    imported = bring((" " * padding + content).encode())
    assert [each.target for each in imported.cassette.exchanges] == ["/a", "/good"]
    assert imported.cassette.exchanges[0].response.body.data == b"one\ttwo\nthree"
    assert "repaired-json" in imported.report.plain()["losses"]


def test_text_that_looks_like_what_is_repaired_stays(bring):
    text = 'NaN,] \\x "Infinity" \\" undefined'
    damaged = json.dumps(har(entry(text=text))) + "\0"
    assert bring(damaged.encode()).cassette.exchanges[0].response.body.data == text.encode()


def test_sound_file_is_not_said_to_be_repaired(bring):
    assert "repaired-json" not in bring(TEXT.encode()).report.plain()["losses"]


# ---------------------------------------------------------------- packed
def packed(tmp_path, name, *members):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members:
            archive.writestr(member, content)
    return path


@pytest.mark.parametrize("inside", ["har.har", "session.har", "folder/session.HAR"])
def test_zip_is_unpacked(bring, tmp_path, inside):
    path = packed(tmp_path, "s.har.zip", (inside, TEXT), ("README", "no HAR"))
    assert len(bring(path).cassette.exchanges) == 2


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda data: data])
def test_compressed_har_is_unpacked(bring, tmp_path, pack):
    path = tmp_path / "session.zhar"
    path.write_bytes(pack(TEXT.encode()))
    assert len(bring(path).cassette.exchanges) == 2


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(TEXT.encode())[:-20],
        zlib.compress(TEXT.encode())[:-20],
        b"\x1f\x8b\x08\x00garbage of some length",
        b"PK\x03\x04 garbage",
        zlib.compress(b"[]"),
    ],
)
def test_broken_archive_is_an_error_of_ours(bring, tmp_path, content):
    path = tmp_path / "session.zhar"
    path.write_bytes(content)
    with pytest.raises(HarError, match=r"session\.zhar"):
        bring(path)


def test_archive_with_several_hars_is_refused(bring, tmp_path):
    with pytest.raises(UnreadableHarError, match="more than one file"):
        bring(packed(tmp_path, "s.zip", ("a.har", TEXT), ("b.har", TEXT)))


def attached(name, **half):
    return entry("/a", method="POST", response={"content": {"size": 4, "mimeType": "image/png", "_file": name}}, **half)


def test_bodies_that_playwright_puts_into_the_zip_are_read(bring, tmp_path):
    name, posted = f"{'a' * 40}.png", f"{'b' * 40}.bin"
    one = attached(name, request={"postData": {"mimeType": "x/bin", "_file": posted}})
    path = packed(tmp_path, "s.har.zip", ("har.har", json.dumps(har(one))), (name, b"\x89PNG"), (posted, b"\x00\xff"))
    (call,) = bring(path).cassette.exchanges
    assert (call.request.body.data, call.response.body.data) == (b"\x00\xff", b"\x89PNG")


def test_bodies_that_playwright_puts_beside_the_har_are_read(bring, tmp_path):
    name = f"{'a' * 40}.png"
    (tmp_path / name).write_bytes(b"\x89PNG")
    assert bring(har(attached(name))).cassette.exchanges[0].response.body.data == b"\x89PNG"


@pytest.mark.parametrize(
    "name", ["id_rsa", "../secret", "/etc/passwd", "session.har", f"{'c' * 40}.png", f"{'d' * 40}"]
)
def test_no_other_file_is_read_for_a_har(bring, tmp_path, name):
    (tmp_path / "id_rsa").write_text("key")
    (tmp_path / ("d" * 40)).symlink_to(tmp_path / "id_rsa")
    imported = bring(har(attached(name)))
    assert imported.cassette.exchanges[0].response.body.data == b""
    assert imported.report.plain()["losses"]["no-file"]["count"] == 1


# ---------------------------------------------------------------- single programs
def cookies_of(bring, value, creator="x", **response):
    one = entry(response={"headers": [{"name": "set-cookie", "value": value}], **response})
    (call,) = bring(har(one, creator=(creator, "1"))).cassette.exchanges
    return [header.partition("=")[0] for name, header in call.response.headers if name == "set-cookie"]


@pytest.mark.parametrize(
    ("creator", "value", "names"),
    [
        ("HTTP Toolkit", "a=1,b=2", ["a", "b"]),
        ("HTTP Toolkit", "a=1; Expires=Fri, 01 May 2026 08:00:00 GMT; Path=/,b=2; Secure,c=3", ["a", "b", "c"]),
        (
            "Firefox",
            "a=1; Expires=Fri, 01 May 2026 08:00:00 GMT, b=2; Expires=Sat, 02 May 2026 08:00:00 GMT",
            ["a", "b"],
        ),
        ("Firefox", "a=x,y=z", ["a"]),
        ("Firefox", "a=1\nb=2", ["a", "b"]),
        ("HTTP Toolkit", "a=1; Expires=Friday, 01-May-26 08:00:00 GMT", ["a"]),
    ],
)
def test_cookies_that_were_joined_are_taken_apart(bring, creator, value, names):
    assert cookies_of(bring, value, creator) == names


def test_body_that_http_toolkit_has_beside_is_taken(taken):
    said = {"text": base64.b64encode(b"\x00\xff").decode(), "size": 2, "encoding": "base64"}
    one = entry(method="POST", request={"_requestBodyStatus": "discarded:not-representable", "_content": said})
    assert taken(one)[0].request.body.data == b"\x00\xff"


def test_posted_base64_is_decoded(taken):
    post = {"mimeType": "x/y", "text": "AP8", "encoding": "base64"}
    assert taken(entry(method="POST", request={"postData": post}))[0].request.body.data == b"\x00\xff"


def test_body_that_charles_takes_for_a_form_is_taken(taken):
    body = '{"a":1}'
    post = {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": body, "value": ""}]}
    assert (
        taken(entry(method="POST", request={"postData": post, "bodySize": len(body)}))[0].request.body.data
        == body.encode()
    )


def test_answer_that_broke_off_in_charles_is_not_whole(taken):
    (call,) = taken(entry(text="{", response={"_charlesStatus": "EXCEPTION", "statusText": None}))
    assert [line.kind for line in call.response.stream] == ["text", "eof"]


@pytest.mark.parametrize(
    ("error", "by", "how"),
    [
        ("net::ERR_CONNECTION_REFUSED", "server", "reset"),
        ("net::ERR_NAME_NOT_RESOLVED", "server", "eof"),
        ("NS_ERROR_CONNECTION_REFUSED", "server", "reset"),
        ("NS_ERROR_NET_TIMEOUT", "client", "timeout"),
        ("Could not connect to server", "server", "eof"),
        ("Load request cancelled", "client", "eof"),
        ("net::ERR_FAILED", "recorder", "eof"),
    ],
)
@pytest.mark.parametrize("status", [-1, 0, None])
def test_failed_try_of_playwright_is_an_aborted_exchange(taken, error, by, how, status):
    failed, again = entry("/a", response={"status": status, "_failureText": error}), entry("/a")
    first, second = taken(failed, again)
    assert (first.response, first.aborted.by, first.aborted.how) == (None, by, how)
    assert second.response.body.data == b"{}"


def test_route_that_playwright_aborted_is_the_clients(taken):
    (call,) = taken(entry(response={"status": -1}, _wasAborted=True))
    assert call.aborted.by == "client"


def test_entry_larger_than_a_cassette_may_hold_is_left_out(bring, monkeypatch):
    from harness.cassette.model import Limits
    from harness.har import importing

    monkeypatch.setattr(importing, "CASSETTE_LIMITS", Limits(side_file_bytes=1000))
    imported = bring(har(entry("/large", text="x" * 1001), socket(message("y" * 1001)), GOOD))
    assert [each.target for each in imported.cassette.exchanges] == ["/good"]
    assert imported.report.plain()["losses"]["too-large"]["count"] == 2


def test_own_export_with_an_entry_that_says_nothing_any_more_gives_the_others(bring):
    ours = json.loads(b"".join(export_har(bring(har(entry("/a"), GOOD)).cassette)))
    ours["log"]["entries"][0]["request"]["method"] = None
    imported = bring(ours)
    assert [each.target for each in imported.cassette.exchanges] == ["/good"]
    assert not imported.report.restored
    assert imported.report.plain()["losses"]["odd-entries"]["count"] == 1
