"""``--view`` of record, replay and serve: the URL of a page that follows the session."""

import re
import signal
import subprocess
import sys
import urllib.request

import pytest

from harness.browser.record import Browsed
from harness.cassette.model import Body, Call, Cassette, Recorded, RequestPart, ResponsePart
from harness.cassette.store import save
from harness.cli.main import main
from harness.record.recording import Recording

URL = re.compile(r"the URL is a secret\): (http://127\.0\.0\.1:\d+/\S{43})\n")
ASK = "import os, urllib.request; urllib.request.urlopen(os.environ['WIRETAPE_URL'] + '/a')"


def test_a_replay_and_a_recording_name_the_page(tmp_path, capsys):
    path = tmp_path / "one.yaml"
    call = Call(
        method="GET", target="/a", request=RequestPart(), response=ResponsePart(status=200, body=Body(data=b"x"))
    )
    save(Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), exchanges=(call,)), path)
    assert main(["replay", str(path), "--view", "--", sys.executable, "-c", ASK]) == 0
    assert URL.search(capsys.readouterr().err)
    assert main(["replay", str(path), "--view", "--proxy", "--", "true"]) == 1
    assert URL.search(capsys.readouterr().err)
    unreachable = ["record", "-o", str(tmp_path / "x.yaml"), "--upstream", "http://127.0.0.1:9"]
    assert main([*unreachable, "--view", "--", "true"]) == 1
    assert URL.search(capsys.readouterr().err)
    assert main(["replay", str(tmp_path), "--control", "--view"]) == 2


def test_a_recording_in_a_browser_names_the_page(monkeypatch, tmp_path, capsys):
    async def record_browser(page, output, *, profile, options, progress, **_):
        with Recording(output, profile, options=options) as session:
            with progress.watching(session):
                pass
            session.discard()
        return Browsed(None, "stopped")

    monkeypatch.setattr("harness.browser.record.record_browser", record_browser)
    command = ["record", "-o", str(tmp_path / "one.yaml"), "--upstream", "http://127.0.0.1:9", "--browser"]
    assert main([*command, "--view"]) == 1
    assert URL.search(capsys.readouterr().err)
    assert main(command) == 1
    assert not URL.search(capsys.readouterr().err)


@pytest.mark.parametrize("more", [[], ["--stubs", "stubs.yaml"]])
def test_a_server_has_the_page_until_it_ends(tmp_path, more):
    (tmp_path / "stubs.yaml").write_text("stubs:\n- on: GET /a\n  reply: {text: hello}\n")
    command = [sys.executable, "-m", "harness.cli.main", "serve", "--view", "--port", "0", *more]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, stdout=subprocess.PIPE) as process:
        try:
            found = URL.search(process.stderr.readline())
            assert any("Ctrl-C" in line for line in iter(process.stdout.readline, ""))
            with urllib.request.urlopen(found[1], timeout=10) as page:
                assert b'"live":true' in page.read()
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
    assert process.returncode == 130
