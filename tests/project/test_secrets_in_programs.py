"""No credential of the user stands in what our programs print, write or hand to the processes that they start."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from provider.auth.store import FileStore
from provider.credentials import Credentials
from tests.support.browsers.processes import processes_of
from tests.support.browsers.sealed_browser import chromium, sealed, settings, temporary
from tests.support.secrets.echoing_stages import error_event, refusing, talking
from tests.support.secrets.marked import Surfaces, in_query, secret

pytestmark = pytest.mark.slow

__all__ = ["chromium", "sealed", "settings", "temporary"]

USER = f"{in_query('user')}:{in_query('password')}"
# Tells all that it can see of itself and of the journals, then asks its question, and repeats the answer.
COMMAND = """
import json, os, pathlib, sys
from provider import CopilotClient, CopilotError
told = {"environment": dict(os.environ), "arguments": sys.argv}
state = pathlib.Path(os.environ["XDG_STATE_HOME"])
try:
    with CopilotClient(generation="2026") as client:
        told["answer"] = client.chat("Hello").text
        told["journals"] = [path.read_text("latin-1") for path in state.rglob("*") if path.is_file()]
except CopilotError as error:
    told["error"] = type(error).__name__  # what the service itself says reaches its client
pathlib.Path("told.json").write_text(json.dumps(told))
"""


@pytest.fixture
def surfaces():
    """Where secrets may be seen; in the end none was."""
    seen = Surfaces()
    yield seen
    assert seen.texts, "nothing was looked at"
    assert not seen.leaks()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder to work in, which is looked through in the end, and an environment with a token."""
    work = tmp_path / "work"
    for path in (work, tmp_path / "state", tmp_path / "data"):
        path.mkdir()
    (work / "command.py").write_text(COMMAND)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    return work


@pytest.fixture
def run(folder, surfaces):
    """Runs `wiretape` with secrets in its environment; what it says and leaves is seen. Gives its exit code."""

    def run(*arguments: object, **more: str) -> int:
        ended = subprocess.run(
            [sys.executable, "-X", "dev", "-m", "harness.cli.main", *map(str, arguments)],
            cwd=folder,
            env=os.environ | {"COPILOT_TOKEN": secret("token"), "COPILOT_HAR": "/nowhere"} | more,
            capture_output=True,
            timeout=60,
            check=False,
        )
        surfaces.see(f"{arguments[0]}: stdout", ended.stdout)
        surfaces.see(f"{arguments[0]}: stderr", ended.stderr)
        surfaces.see_folder(folder)
        surfaces.see_folder(folder.parent / "state")
        return ended.returncode

    return run


@pytest.fixture
def service():
    """A fake that takes the user's token, and none other."""
    with serve(Script(Config(tokens=frozenset({secret("token")})))) as server:
        yield server


def told_by_command(folder):
    return json.loads((folder / "told.json").read_text())


# -------------------------------------------------------------------- recording and replaying
def test_recorded_command_gets_a_stand_in_and_is_answered(run, folder, service):
    assert run("record", "-o", "c.yaml", "--upstream", service.url, "--", sys.executable, "command.py") == 0
    told = told_by_command(folder)
    assert "turn 1" in told["answer"]
    assert told["journals"]
    assert not {"COPILOT_HAR", "COPILOT_STORE"} & set(told["environment"])


def test_service_that_repeats_the_token_is_recorded_without_it(run, folder):
    with serve(talking(error_event)) as telling:
        copilot = ("--profile", "copilot")  # no fake of ours: nothing else tells that it speaks Copilot's protocol
        run("record", "-o", "c.yaml", "--upstream", telling.url, *copilot, "--", sys.executable, "command.py")
    assert "error" in told_by_command(folder)
    assert (folder / "c.yaml").exists()


def test_command_behind_the_proxy_door_sees_no_token(run, folder, service):
    code = run(
        "record", "--proxy", "-o", "c.yaml", "--upstream", service.url, "--", sys.executable, "command.py",
        COPILOT_BASE_URL=service.url,
    )  # fmt: skip
    assert code in (0, 1)  # it has no credentials of its own then, which the service refuses
    assert told_by_command(folder)["environment"]["HTTPS_PROXY"]


def test_replayed_command_that_asks_something_else_is_told_without_its_secrets(run, folder, service):
    run("record", "-o", "c.yaml", "--upstream", service.url, "--", sys.executable, "command.py")
    (folder / "other.py").write_text(
        "import os, urllib.request\n"
        "token, cookie = open(os.environ['THEIRS']).read().split()\n"
        "fields = {'authorization': f'Bearer {token}', 'cookie': f'_U={cookie}', 'x-mark': token}\n"
        "url = os.environ['COPILOT_BASE_URL'] + '/c/api/other?accessToken=' + token\n"
        "urllib.request.urlopen(urllib.request.Request(url, json, headers=fields), timeout=5)\n".replace("json", "None")
    )
    theirs = folder.parent / "theirs"
    theirs.write_text(f"{in_query('har')} {in_query('harcookie')}")
    assert run("replay", "c.yaml", "--", sys.executable, "other.py", THEIRS=str(theirs)) != 0


def test_live_recording_and_its_comparison_hold_no_token(run, folder, service):
    (folder / "prompts.yaml").write_text("- {name: one, prompt: Hello}\n")
    options = ("prompts.yaml", "--upstream", service.url, "--pause", "0")
    assert run("live", "record", *options, "-o", "out") == 0
    assert run("live", "compare", *options, "--against", "out") == 0
    assert run("show", "out/one.yaml") == 0


# -------------------------------------------------------------------- asking and signing in
@pytest.mark.parametrize("answer", [lambda: refusing(401), lambda: refusing(403, "text/html"), lambda: refusing(500)])
def test_question_that_is_refused_shows_no_token(run, answer):
    with serve(answer()) as telling:
        assert run("ask", "Hello", COPILOT_BASE_URL=telling.url) == 1


def test_proxy_of_the_environment_is_not_shown(run):
    proxy = f"http://{USER}@127.0.0.1:1"
    assert run("ask", "Hello", COPILOT_BASE_URL="http://copilot.test", HTTP_PROXY=proxy, http_proxy=proxy) == 1


def test_proxy_with_a_password_on_the_command_line_is_refused(run):
    assert run("ask", "Hello", "--proxy", f"http://{USER}@127.0.0.1:1") == 2


def test_what_is_kept_of_a_sign_in_is_not_shown(run, folder):
    kept = Credentials(
        token=secret("stored"), cookies={"_U": secret("cookie")}, origin="http://127.0.0.1:1", source="a sign-in"
    )
    FileStore(folder.parent / "data" / "wiretape" / "credentials.json").save(kept)
    assert run("login", "--status", COPILOT_STORE="file") == 0
    assert run("ask", "Hello", COPILOT_BASE_URL="http://127.0.0.1:1", COPILOT_STORE="file") == 1
    assert run("logout", "--origin", "http://127.0.0.1:1", COPILOT_STORE="file") == 0


def test_har_file_that_is_signed_in_with_is_not_shown(run, folder, service):
    headers = [{"name": "Authorization", "value": f"Bearer {secret('token')}"}]
    cookies = [{"name": "_U", "value": secret("harcookie")}]
    entry = {"request": {"url": f"{service.url}/c/api/user", "headers": headers, "cookies": cookies}}
    har = folder.parent / "a.har"
    har.write_text(json.dumps({"log": {"entries": [entry]}}))
    assert run("login", "--har", har, "--origin", service.url, COPILOT_STORE="file") == 0
    assert (folder.parent / "data" / "wiretape" / "credentials.json").exists()


# -------------------------------------------------------------------- pytest
SUITE = """
import os, urllib.request
import pytest


@pytest.mark.cassette
def test_asks(wire):
    fields = {"authorization": "Bearer " + os.environ.get("COPILOT_TOKEN", "none")}
    urllib.request.urlopen(urllib.request.Request(wire.url + "/c/api/user", headers=fields), timeout=5)


@pytest.mark.cassette("asks")
def test_asks_something_else(copilot):
    copilot.chat("Hello").text
    copilot.chat("What is not recorded").text
"""


def test_pytest_run_shows_no_token_in_output_junit_xml_or_files(folder, surfaces, service):
    (folder / "test_suite.py").write_text(SUITE)
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = os.environ | {"COPILOT_TOKEN": secret("token")}

    def run(*arguments):
        command = [sys.executable, "-m", "pytest", "-vv", "-l", "--junit-xml=junit.xml", *arguments]
        ended = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, timeout=120, check=False, text=True
        )
        surfaces.see("pytest", ended.stdout + ended.stderr)
        surfaces.see_folder(folder)
        surfaces.see_folder(folder.parent / "state")
        return ended.returncode

    upstream = f"--wire-upstream={service.url}"
    assert run("--record-mode=once", upstream, "-k", "test_asks and not else") == 0
    assert run("--record-mode=once", upstream) == 0
    (folder / "test_suite.py").write_text(SUITE.replace("What is not recorded", "And now?"))
    assert run() == 1


# -------------------------------------------------------------------- the browser
@pytest.mark.browser
def test_browser_and_its_helpers_get_no_token_and_no_password(settings, surfaces, folder, service):
    page = "http://127.0.0.1:9/"  # by the proxy, as any other
    child = [sys.executable, "-c", BROWSING, page, str(settings.profile), settings.driver, *settings.extra_args]
    environment = os.environ | {"COPILOT_TOKEN": secret("token"), "COPILOT_HAR": secret("har")}
    with subprocess.Popen(child, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        running.stdin.write(f"http://{USER}@127.0.0.1:{service.port}\n")
        running.stdin.flush()
        said = iter(running.stdout.readline, "")
        assert any(line.startswith("Looking") for line in said)
        found = processes_of(settings.profile)
        for process in found:
            for what in ("cmdline", "environ"):
                surfaces.see(f"the browser's {what}", seen_of(process, what))
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
    assert found


BROWSING = """
import asyncio, contextlib, sys
from pathlib import Path
from provider.auth.browser import sign_in
from provider.auth.chromium import BrowserSettings
url, profile, driver, *extra = sys.argv[1:]
settings = BrowserSettings(headless=True, profile=Path(profile), driver=driver, extra_args=tuple(extra))
with contextlib.suppress(KeyboardInterrupt):
    asyncio.run(sign_in(
        url, proxy=sys.stdin.readline().strip(), browser=settings, on_progress=lambda line: print(line, flush=True)
    ))
"""


def seen_of(process: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{process}/{what}").read_bytes()
    except OSError:
        return b""  # it has ended meanwhile


# -------------------------------------------------------------------- that it would be seen
@pytest.mark.parametrize("spelling", ["plain", "URL", "base64", "JSON"])
def test_token_that_a_command_knows_itself_is_seen(folder, spelling):
    spellings = {
        "plain": "token",
        "URL": "urllib.parse.quote(token, safe='')",
        "base64": "base64.b64encode(('x' + token).encode()).decode()",
        "JSON": "json.dumps({'a': token})",
    }
    program = f"import base64, json, os, urllib.parse; token = os.environ['MINE']; print({spellings[spelling]})"
    told = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"MINE": secret("token")}, capture_output=True, check=True
    )
    seen = Surfaces()
    seen.see("a program", told.stdout)
    assert len(seen.leaks()) == 1
