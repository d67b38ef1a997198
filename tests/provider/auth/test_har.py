"""Credentials out of HAR files."""

import json
import os

import pytest

from provider import NoValidHarFileError
from provider.Copilot import readHAR

URL = "https://copilot.microsoft.com"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COPILOT_HAR", raising=False)
    (tmp_path / "har_and_cookies").mkdir()
    return tmp_path / "har_and_cookies"


def entry(url=f"{URL}/c/api/user", *, token=None, cookies=(), headers=()):
    listed = [{"name": name, "value": value} for name, value in headers]
    if token:
        listed.append({"name": "Authorization", "value": f"Bearer {token}"})
    return {"request": {"url": url, "headers": listed, "cookies": [{"name": n, "value": v} for n, v in cookies]}}


def write(path, *entries, age=0):
    path.write_text(json.dumps({"log": {"entries": list(entries)}}))
    os.utime(path, (1_000_000_000 - age, 1_000_000_000 - age))
    return path


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
    "content", [b"", b"{", b"\xff\xfe", b"[]", b'{"log":5}', b'{"log":{"entries":[null,{"request":{"url":5}}]}}']
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
