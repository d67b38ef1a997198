"""Exporters that write headers and the query only into HAR's own fields for them."""

import base64
import gzip

import pytest

from tests.harness.har.conftest import entry, har


def response_headers(exchanges):
    return exchanges[0].response.headers


def response(**fields):
    return {"response": fields}


def test_query_that_stands_only_in_its_list_is_rebuilt_and_counted(bring):
    query = [{"name": "q", "value": "a b"}, {"name": "q", "value": "ü"}, {"name": "empty", "value": ""}]
    imported = bring(har(entry("/search", request={"queryString": query})))
    assert imported.cassette.exchanges[0].target == "/search?q=a+b&q=%C3%BC&empty="
    assert imported.report.plain()["losses"]["rebuilt-query"]["count"] == 1


def test_query_of_the_url_wins_over_its_list(taken):
    (call,) = taken(entry("/search?q=1", request={"queryString": [{"name": "q", "value": "2"}]}))
    assert call.target == "/search?q=1"


def test_target_of_a_redirect_is_rebuilt_and_counted(bring):
    imported = bring(har(entry(status=302, text="", **response(redirectURL="/next"))))
    assert ("location", "/next") in response_headers(imported.cassette.exchanges)
    assert imported.report.plain()["losses"]["rebuilt-headers"]["count"] == 1


@pytest.mark.parametrize(
    ("status", "headers"), [(302, [{"name": "Location", "value": "/theirs"}]), (200, [{"name": "X", "value": "y"}])]
)
def test_location_is_neither_doubled_nor_added_to_other_answers(taken, status, headers):
    found = response_headers(taken(entry(status=status, text="", **response(redirectURL="/ours", headers=headers))))
    assert ("location", "/ours") not in found


def test_type_is_rebuilt_where_no_header_was_written(taken):
    assert response_headers(taken(entry(text="{}"))) == (("content-type", "application/json"),)


@pytest.mark.parametrize("mime_type", ["", "x-unknown", "text/plain\r\nx: y"])
def test_type_that_is_none_is_not_rebuilt(taken, mime_type):
    content = {"size": 2, "mimeType": mime_type, "text": "{}"}
    assert response_headers(taken(entry(**response(content=content)))) == ()


def test_guessed_type_of_an_answer_without_one_is_not_added(taken):
    headers = [{"name": "Server", "value": "x"}]
    assert "content-type" not in dict(response_headers(taken(entry(**response(headers=headers)))))


def test_cookies_that_stand_only_in_their_list_are_rebuilt_and_redacted(bring):
    cookies = [
        {
            "name": "sid",
            "value": "s3cr3t-41",
            "path": "/",
            "domain": "copilot.microsoft.com",
            "expires": "2030-01-02T03:04:05.000Z",
            "httpOnly": True,
            "secure": True,
            "sameSite": "Lax",
        },
        {"name": "plain", "value": "1", "expires": "no date", "httpOnly": False},
        {"name": "", "value": "nameless"},
    ]
    imported = bring(har(entry(**response(cookies=cookies))))
    first, second = [value for name, value in response_headers(imported.cassette.exchanges) if name == "set-cookie"]
    assert first.startswith("sid=wiretape-cookie-1; Path=/; Domain=copilot.microsoft.com; SameSite=Lax; Expires=")
    assert first.endswith("Wed, 02 Jan 2030 03:04:05 GMT; HttpOnly; Secure")
    assert second == "plain=wiretape-cookie-2"
    assert imported.report.plain()["losses"]["rebuilt-cookies"]["count"] == 1


def test_cookies_of_the_headers_win_over_their_list(taken):
    headers = [{"name": "Set-Cookie", "value": "a=1"}]
    found = response_headers(taken(entry(**response(headers=headers, cookies=[{"name": "b", "value": "2"}]))))
    assert [name for name, _ in found].count("set-cookie") == 1


def coded(mime_type):
    packed = base64.b64encode(gzip.compress('{"a":"ä"}'.encode(), mtime=0)).decode()
    headers = [{"name": "Content-Encoding", "value": "gzip"}, {"name": "Content-Type", "value": mime_type}]
    content = {"size": 10, "mimeType": mime_type, "text": packed, "encoding": "base64"}
    return entry(**response(headers=headers, content=content))


def test_coding_that_was_left_on_a_text_is_removed(taken):
    (call,) = taken(coded("application/json"))
    assert call.response.body.data.decode() == '{"a":"ä"}'


def test_file_that_is_compressed_itself_stays(taken):
    (call,) = taken(coded("application/octet-stream"))
    assert call.response.body.data[:2] == b"\x1f\x8b"
