"""``wiretape load``: users, passes, times, failures, reports, and what it refuses."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from fake_server import serve
from fake_server.script import Config, Script
from fake_server.stage import Response
from harness.cassette.store import save
from harness.cli.main import main
from tests.support.cassettes.builders import call, cassette
from tests.support.project.tree import ROOT
from tests.support.servers.stages import StageOf

CHAT = ROOT / "cassettes" / "text-2026.yaml"
JSON = ("content-type", "application/json")


def load(path, url, capfd, *options):
    code = main(["load", str(path), "--to", url, "--speed", "instant", "--send-placeholders", "--json", *options])
    captured = capfd.readouterr()
    assert code in (0, 1), captured.err
    return code, json.loads(captured.out)


def test_each_user_plays_its_passes_and_every_time_is_measured(tmp_path, capfd):
    page, picture = tmp_path / "load.html", tmp_path / "load.svg"
    options = ("--users", "3", "--workers", "2", "--passes", "2", "--html", str(page), "--svg", str(picture))
    with serve(Script(config=Config(chunk_delay=0.01))) as server:
        code, report = load(CHAT, server.url, capfd, *options)
    assert (code, report["sessions"], report["failed"], report["failures"]) == (0, 6, 0, {})
    found = {(each["measure"], each["exchange"]): each for each in report["measures"]}
    turn, gap = found["turn", "socket /c/api/chat"], found["gap", "socket /c/api/chat"]
    assert turn["count"] == found["first token", "socket /c/api/chat"]["count"] == 6
    assert gap["count"] >= 6
    assert gap["p50"] >= 9
    assert turn["p50"] >= found["first token", "socket /c/api/chat"]["p50"]
    assert {measure for measure, _ in found} == {
        "first token", "gap", "turn", "response", "first byte", "open", "session"
    }  # fmt: skip
    assert sum(each["sessions"] for each in report["timeline"]) == 6
    text = page.read_text()
    assert "<svg" in text
    drawn = list(ET.parse(picture).getroot().iter("{http://www.w3.org/2000/svg}polyline"))  # our own file
    assert len(drawn) == 5
    assert all(each.get("points") for each in drawn)
    assert "first token" in text
    assert "<script" not in text


def test_a_service_that_answers_otherwise_fails_the_sessions(tmp_path, capfd):
    path = tmp_path / "session.yaml"
    save(cassette(call("GET /a")), path)
    count = 0

    async def handle(_):
        nonlocal count
        count += 1
        return Response(status=200 if count % 2 else 503, headers=(JSON,), body=b"{}")

    with serve(StageOf(handle)) as server:
        code, report = load(path, server.url, capfd, "--users", "1", "--passes", "4", "--allow-failed", "49")
    assert (code, report["sessions"], report["failed"]) == (1, 4, 2)
    assert report["failures"] == {"GET /a: status 503 instead of 200": 2}


def test_a_duration_ends_the_load(tmp_path, capfd):
    path = tmp_path / "session.yaml"
    save(cassette(call("GET /a")), path)

    async def handle(_):
        return Response(headers=(JSON,), body=b"{}")

    with serve(StageOf(handle)) as server:
        code, report = load(path, server.url, capfd, "--users", "2", "--duration", "0.3", "--allow-failed", "0")
    assert code == 0
    assert report["sessions"] >= 2
    assert report["seconds"] < 30


@pytest.mark.parametrize("url", ["https://service.example", "http://192.0.2.1:8000"])
def test_another_machine_is_refused(url, capfd):
    assert main(["load", str(CHAT), "--to", url, "--send-placeholders"]) == 2
    assert "not on this machine" in capfd.readouterr().err


def test_a_missing_secret_stops_the_load_before_a_worker_starts(capfd):
    assert main(["load", str(CHAT), "--to", "http://127.0.0.1:9"]) == 2
    assert "token-1" in capfd.readouterr().err


def test_a_report_without_a_folder_is_refused_at_once(tmp_path, capfd):
    options = ("--send-placeholders", "--html", str(tmp_path / "no" / "load.html"))
    assert main(["load", str(CHAT), "--to", "http://127.0.0.1:9", *options]) == 2
    assert "its folder is missing" in capfd.readouterr().err


def worker(order, *requests):
    lines = "".join(json.dumps(each) + "\n" for each in (order, *requests))
    return subprocess.Popen(
        [sys.executable, "-m", "harness.cli.load_worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
    ), lines  # fmt: skip


def order(url, path=CHAT):
    choices = {
        "to": url, "upstream": [], "secret": [], "speed": "instant", "deadline": 5, "limit": 60, "verify": None,
        "profile": None, "sends_placeholders": True,
    }  # fmt: skip
    return {"cassette": str(path), "choices": choices}


def test_a_worker_plays_sessions_on_request(tmp_path):
    path = tmp_path / "session.yaml"
    save(cassette(call("GET /a")), path)

    async def handle(_):
        return Response(headers=(JSON,), body=b"{}")

    with serve(StageOf(handle)) as server:
        process, lines = worker(order(server.url, path), {"session": 1}, {"session": 2})
        with process:
            process.stdin.write(lines)
            process.stdin.flush()
            told = [json.loads(process.stdout.readline()) for _ in range(2)]
            process.stdin.close()
            assert process.wait(30) == 0
    assert {each["session"] for each in told} == {1, 2}
    assert all(not each["failures"] for each in told)
    assert {sample[0] for sample in told[0]["samples"]} == {"first byte", "response", "session"}


def test_a_worker_refuses_another_machine_whatever_its_order(tmp_path):
    asked = order("https://service.example")
    process, lines = worker({**asked, "choices": {**asked["choices"], "allows_live": True}})
    out, errors = process.communicate(lines, timeout=60)
    assert (process.returncode, out) == (2, "")
    assert "this machine only" in errors


def test_a_locust_user_without_locust_names_the_extra():
    code = "import harness.load_generator.locust_user"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 1
    assert "MissingLocustError: a Locust user needs the extra `load` (locust is missing)" in done.stderr
