"""What one exporter alone writes in its own way."""

import base64
import json

import pytest

from harness.har.exporting import export_har
from tests.harness.har.conftest import GOOD, entry, har, message, socket


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
    from harness.har import session_size

    monkeypatch.setattr(session_size, "CASSETTE_LIMITS", Limits(side_file_bytes=1000))
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
