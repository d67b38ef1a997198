"""Credentials out of HAR files of any exporter, in any encoding."""

import json

import pytest

from provider.auth.har import read_har_session
from provider.Copilot import readHAR
from tests.support.har.with_tokens import URL, entry, write


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
