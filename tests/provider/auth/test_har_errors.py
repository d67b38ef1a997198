"""What a HAR file without a valid token lacks is named; nothing in it raises another error."""

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
from tests.support.har.with_tokens import URL, entry, write


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
