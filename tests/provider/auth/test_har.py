"""Credentials out of HAR files."""

import base64
import contextlib
import json
import os
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provider import NoValidHarFileError
from provider.auth.har import read_har_session
from provider.Copilot import readHAR

URL = "https://copilot.microsoft.com"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COPILOT_HAR", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-config"))
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


# -------------------------------------------------------------------- dialects
def test_file_in_the_users_configuration_is_read(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    place = tmp_path / "config" / "wiretape" / "har_and_cookies"
    place.mkdir(parents=True)
    write(place / "mine.har", entry(token="mine"))
    assert readHAR(URL)[0] == "mine"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_file_in_any_encoding_of_unicode_is_read(folder, encoding):
    text = json.dumps({"log": {"comment": "Привет 🙂", "entries": [entry(token="tok-1")]}}, ensure_ascii=False)
    (folder / "a.har").write_bytes(text.encode(encoding))
    assert readHAR(URL)[0] == "tok-1"


def test_bytes_that_are_no_text_do_not_break_the_file(folder):
    text = json.dumps({"log": {"comment": "XX", "entries": [entry(token="tok-1")]}})
    (folder / "a.har").write_bytes(text.encode().replace(b"XX", b"\xff\xfe"))
    assert readHAR(URL)[0] == "tok-1"


@pytest.mark.parametrize("scheme", ["wss", "ws", "https", "http"])
def test_socket_is_known_by_whatever_scheme_the_exporter_writes(folder, scheme):
    write(
        folder / "a.har", entry(f"{scheme}://copilot.microsoft.com/c/api/chat?accessToken=t&X-UserIdentityType=google")
    )
    assert (readHAR(URL)[0], read_har_session(URL).identity_type) == ("t", "google")


def test_default_port_is_the_same_origin(folder):
    write(folder / "a.har", entry("https://copilot.microsoft.com:443/c/api/user", token="t"))
    assert readHAR(URL)[0] == "t"


@pytest.mark.parametrize("missing", ["cookies", "headers"])
def test_missing_and_null_fields_are_passed_over(folder, missing):
    whole = entry(token="t", cookies=[("_U", "c")])
    odd = entry(token="u")
    odd["request"][missing] = None
    del odd["request"]["headers" if missing == "cookies" else "cookies"]
    write(folder / "a.har", odd, whole)
    assert readHAR(URL) == ("t", {"_U": "c"})


def test_extra_keys_and_bodies_are_passed_over(folder):
    more = {"_initiator": {"type": "script"}, "response": {"content": {"text": "aGk=", "encoding": "base64"}}}
    write(folder / "a.har", {**entry(token="t"), **more})
    assert readHAR(URL)[0] == "t"


def test_cookie_of_the_array_counts_over_the_header(folder):
    write(folder / "a.har", entry(token="t", cookies=[("_U", "array")], headers=[("Cookie", "_U=header")]))
    assert readHAR(URL)[1] == {"_U": "array"}


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\x00b"])
def test_value_that_would_end_a_header_is_no_cookie_and_no_token(folder, value):
    write(folder / "a.har", entry(token="good", cookies=[("_U", value)]), entry(token=value))
    assert readHAR(URL) == ("good", {})


# -------------------------------------------------------------------- what is wrong is named
def jwt(expires_at):
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expires_at}).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{claims}.sig"


def test_expired_token_is_named_as_such(folder):
    write(folder / "a.har", entry(token=jwt(1_600_000_000)))
    with pytest.raises(NoValidHarFileError, match=r"a\.har: its token has expired on 2020-09-13 at 12:26 UTC"):
        readHAR(URL)


def test_expired_token_gives_way_to_a_valid_one(folder):
    write(folder / "a.har", entry(token="valid"), entry(token=jwt(1_600_000_000)))
    assert readHAR(URL)[0] == "valid"


def test_readable_token_tells_its_end(folder):
    write(folder / "a.har", entry(token=jwt(4_000_000_000)))
    assert read_har_session(URL).expires_at == 4_000_000_000


def test_sanitised_export_is_recognised(folder):
    write(folder / "a.har", entry())
    with pytest.raises(NoValidHarFileError, match=r"a\.har: a sanitised export") as raised:
        readHAR(URL)
    assert "with sensitive data" in raised.value.hint


def test_sanitised_export_whose_sockets_url_has_the_token_works(monkeypatch, request, folder):
    name = "chromium-devtools-156.0.8078.79-plain-sanitized.har"
    monkeypatch.setenv("COPILOT_HAR", str(request.config.rootpath / "tests" / "data" / "har" / name))
    assert readHAR("http://127.0.0.1:28801")[0] == "SECRET-TOKEN-1"


def test_each_file_says_what_it_lacks(folder):
    write(folder / "a.har", entry("https://elsewhere.example/", token="t"))
    write(folder / "b.har", entry(cookies=[("_U", "c")]), age=1)
    (folder / "c.har").write_text("{")
    with pytest.raises(NoValidHarFileError) as raised:
        readHAR(URL)
    told = str(raised.value)
    assert all(
        part in told
        for part in ("a.har: it has no request", "b.har: no request carries a token", "c.har: not readable")
    )


def test_broken_file_is_named_in_a_warning_that_quotes_nothing_of_it(folder, caplog):
    (folder / "broken.har").write_text('{"log":{"entries":[{"request":{"url":SECRET-VALUE}}]}}')
    write(folder / "good.har", entry(token="good"), age=1)
    assert readHAR(URL)[0] == "good"
    assert "broken.har" in caplog.text
    assert "SECRET-VALUE" not in caplog.text


# -------------------------------------------------------------------- sessions
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


# -------------------------------------------------------------------- whatever stands in the file
REAL = sorted((Path(__file__).parents[2] / "data" / "har").glob("*.har"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def only_the_documented_error(path, url=URL):
    with patch.dict(os.environ, {"COPILOT_HAR": str(path)}), contextlib.suppress(NoValidHarFileError):
        token, cookies = readHAR(url)
        assert token.isascii()
        assert all(isinstance(value, str) for value in cookies.values())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_any_bytes_give_only_the_documented_error(tmp_path, content):
    (tmp_path / "any.har").write_bytes(content)
    only_the_documented_error(tmp_path / "any.har")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=VALUES, more=VALUES)
def test_any_json_gives_only_the_documented_error(tmp_path, request, more):
    shapes = [
        {"request": request},
        {"request": {"url": f"{URL}/c/api/user", "headers": more, "cookies": request}},
        more,
    ]
    (tmp_path / "any.har").write_text(json.dumps({"log": {"entries": shapes}}))
    only_the_documented_error(tmp_path / "any.har")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_real_exports_give_only_the_documented_error(tmp_path, data):
    content = bytearray(data.draw(st.sampled_from(REAL)).read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    (tmp_path / "mutated.har").write_bytes(content)
    only_the_documented_error(tmp_path / "mutated.har", "http://127.0.0.1:28801")
