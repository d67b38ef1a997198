"""Credentials out of HAR files."""

import pytest

from provider import NoValidHarFileError
from provider.auth.har import read_har_session
from provider.Copilot import readHAR
from tests.support.har.with_tokens import URL, entry, write


def test_pair_of_token_and_cookies(folder):
    write(folder / "a.har", entry(token="tok-1", cookies=[("_U", "c1")]))
    assert readHAR(URL) == ("tok-1", {"_U": "c1"})


def test_last_matching_entry_wins(folder):
    write(folder / "a.har", entry(token="old"), entry(token="new"))
    assert readHAR(URL)[0] == "new"


def test_newest_file_wins(folder):
    write(folder / "b.har", entry(token="old"), age=100)
    write(folder / "a.har", entry(token="new"))
    assert readHAR(URL)[0] == "new"


def test_file_named_by_the_environment_is_read(folder, tmp_path, monkeypatch):
    named = write(tmp_path / "named.har", entry(token="named"))
    monkeypatch.setenv("COPILOT_HAR", str(named))
    assert readHAR(URL)[0] == "named"


def test_token_without_cookies_works(folder):
    write(folder / "a.har", entry(token="tok-1"))
    assert readHAR(URL) == ("tok-1", {})


def test_token_of_the_sockets_url_works(folder):
    write(folder / "a.har", entry("wss://copilot.microsoft.com/c/api/chat?api-version=2&accessToken=t%2B1"))
    assert readHAR(URL)[0] == "t+1"


def test_cookie_header_is_read_where_the_array_is_empty(folder):
    write(folder / "a.har", entry(token="t", headers=[("cookie", "_U=c1; MUID=m")]))
    assert readHAR(URL)[1] == {"_U": "c1", "MUID": "m"}


@pytest.mark.parametrize(
    "url",
    ["https://copilot.microsoft.com.evil.tld/c/api/user", "http://copilot.microsoft.com/c/api/user", "https://x/"],
)
def test_other_origins_are_not_ours(folder, url):
    write(folder / "a.har", entry(url, token="stolen"))
    with pytest.raises(NoValidHarFileError, match="holds an access token"):
        readHAR(URL)


def test_without_files_the_error_says_how_to_export(folder):
    with pytest.raises(NoValidHarFileError, match="with sensitive data"):
        readHAR(URL)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'{"log":5}',
        b'{"log":{"entries":[null,{"request":{"url":5}}]}}',
        pytest.param(b'{"log":' + b"[" * 60_000, id="deep"),
    ],
)
def test_broken_file_is_skipped(folder, content):
    (folder / "broken.har").write_bytes(content)
    write(folder / "good.har", entry(token="good"), age=100)
    assert readHAR(URL)[0] == "good"


@pytest.mark.parametrize(
    "name",
    ["chromium-devtools-156.0.8078.79-plain.har", "mitmproxy-11.0.2-reverse-plain.har", "playwright-1.65.2-plain.har"],
)
def test_real_exports_hold_token_and_cookies(folder, monkeypatch, name, request):
    monkeypatch.setenv("COPILOT_HAR", str(request.config.rootpath / "tests" / "data" / "har" / name))
    token, cookies = readHAR("http://127.0.0.1:28801")
    assert token == "SECRET-TOKEN-1"
    assert cookies


def test_session_of_cookies_alone(folder):
    write(folder / "a.har", entry(cookies=[("__Host-copilot-anon", "anon")]))
    found = read_har_session(URL)
    assert (found.token, dict(found.cookies), found.origin) == (None, {"__Host-copilot-anon": "anon"}, URL)


def test_session_with_a_token_goes_before_a_newer_one_without(folder):
    write(folder / "new.har", entry(cookies=[("_U", "c")]))
    write(folder / "old.har", entry(token="t"), age=1)
    assert read_har_session(URL).token == "t"


def test_session_says_where_and_when_it_was_found_and_shows_no_secret(folder):
    recorded = {
        **entry(token="secret-token-1", cookies=[("_U", "secret-cookie")]),
        "startedDateTime": "2026-11-23T10:00:00Z",
    }
    write(folder / "a.har", recorded)
    found = read_har_session(URL)
    assert found.source.endswith("a.har, recorded 2026-11-23 at 10:00 UTC")
    assert "secret" not in repr(found) + str(found)
