"""The original description's examples, verbatim, against the fake."""

import asyncio
import json

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from provider import Copilot
from provider.Copilot import get_access_token_and_cookies, get_clarity, readHAR


@pytest.fixture(params=["2025-03", "2025-10", "2026"])
def service(request, monkeypatch):
    """A fake, for callers that name no server."""
    monkeypatch.setattr(Copilot, "generation", request.param)
    with serve(Script(Config(generation=request.param))) as running:
        monkeypatch.setenv("COPILOT_BASE_URL", running.url)
        yield running


def test_first_example_writes_hello_world(service, capsys):
    messages = [{"role": "user", "content": "Напиши Hello World на Python"}]
    result = Copilot.create_completion(model="Copilot", messages=messages)
    for item in result:
        print(item)
    assert 'print("Hello, World!")' in capsys.readouterr().out


def test_second_example_draws_a_cat(service, capsys):
    messages = [{"role": "user", "content": "Сгенерируй изображение котика"}]
    result = Copilot.create_completion(model="Copilot", messages=messages)
    for item in result:
        print(item)
    assert "![котика](http" in capsys.readouterr().out


def test_third_example_reads_a_har(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    request = {
        "url": "https://copilot.microsoft.com/c/api/user",
        "headers": [{"name": "authorization", "value": "Bearer made-up-token"}],
        "cookies": [{"name": "_U", "value": "made-up-cookie"}],
    }
    (tmp_path / "har_and_cookies").mkdir()
    (tmp_path / "har_and_cookies" / "x.har").write_text(json.dumps({"log": {"entries": [{"request": request}]}}))
    token, cookies = readHAR("https://copilot.microsoft.com")
    print(f"Token: {token}")
    print(f"Cookies: {cookies}")
    assert capsys.readouterr().out == "Token: made-up-token\nCookies: {'_U': 'made-up-cookie'}\n"


def test_fourth_example_prints_a_fixed_blob(capsys):
    data = get_clarity()
    print(f"Data: {data}")
    assert capsys.readouterr().out.startswith("Data: b'H4sI")


def test_browser_function_is_a_coroutine_function():
    assert asyncio.iscoroutinefunction(get_access_token_and_cookies)
