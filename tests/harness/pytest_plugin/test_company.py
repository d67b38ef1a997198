"""Beside other plugins: xdist, random order, reruns, pytest-recording."""

import os
import subprocess
import sys

import pytest

from harness import load
from tests.support.inner_pytest.runs import ALONE, FAKE, InnerPytest

pytestmark = pytest.mark.slow  # most run pytest several times in processes of their own
RERUNS = ("-p", "no:randomly", "-p", "no:recording", "-p", "no:hypothesispytest")


@pytest.fixture
def beside(pytester):
    """Beside all plugins that are installed but for those that change the order of tests or what they do."""
    return InnerPytest(pytester, plugins=ALONE)


@pytest.fixture(scope="session")
def recorded():
    """The cassette that three tests share; the first test that needs it records it."""
    return []


@pytest.fixture
def shared(pytester, recorded):
    """Writes three tests beside the cassette that they share, for runs beside these plugins, or in this process."""

    def make(plugins=None):
        inner = InnerPytest(pytester, in_process=True) if plugins is None else InnerPytest(pytester, plugins)
        inner.write(shared_by(3))
        if not recorded:
            InnerPytest(pytester, in_process=True).record()
            recorded.append(inner.cassette("shared").read_bytes())
        inner.cassette("shared").parent.mkdir(exist_ok=True)
        inner.cassette("shared").write_bytes(recorded[0])
        return inner

    return make


SHARED = """
@pytest.mark.cassette("shared")
@pytest.mark.parametrize("number", range(16))
def test_shared(copilot, number):
    assert f"number {number}." in copilot.chat(f"number {number}.").text
"""


def shared_by(count):
    return SHARED.replace("range(16)", f"range({count})")


def test_four_workers_that_record_one_cassette_lose_nothing(inner, beside):
    inner.write(SHARED)
    inner.record("-n", "4").assert_outcomes(passed=16)
    sockets = [name for name in inner.exchanges("shared") if name.startswith("socket")]
    assert len(sockets) == 16
    assert load(inner.cassette("shared")).recorded.complete
    beside.run("-n", "2", "--check-orphans").assert_outcomes(passed=16)
    beside.run().assert_outcomes(passed=16)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_what_nobody_played_of_a_shared_cassette_fails_the_session(shared, workers):
    inner = shared()
    inner.write(shared_by(2))
    result = inner.run(*workers)
    result.assert_outcomes(passed=2)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["unplayed: cassettes/shared.yaml is shared by 2 tests*", "*: socket /c/api/chat"])


@pytest.mark.parametrize("chosen", ["test_it.py", "test_it.py::test_shared[1]"])
def test_part_of_a_run_tells_nothing_about_what_others_play(shared, chosen):
    inner = shared()
    inner.write(shared_by(2))
    assert inner.run(chosen).ret == 0


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_orphans_fail_the_session_where_they_are_asked_for(shared, workers):
    inner = shared()
    inner.cassette("old").write_text("cassette: 1\n")
    assert inner.run(*workers).ret == 0
    result = inner.run(*workers, "--check-orphans")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["orphan: cassettes/old.yaml is used by no test"])


@pytest.mark.parametrize("part", [("-k", "0"), ("test_it.py",), ("--lf",)])
def test_part_of_a_run_tells_nothing_about_orphans(shared, part):
    inner = shared()
    inner.cassette("old").write_text("cassette: 1\n")
    result = inner.run("--check-orphans", *part)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["warning: --check-orphans checked nothing, because *"])


def test_worker_that_dies_is_no_reason_to_speak_of_orphans(inner):
    inner.write("""
    import os


    @pytest.mark.cassette("talk")
    def test_dies(wire):
        os._exit(3)
    """)
    inner.cassette("talk").parent.mkdir()
    inner.cassette("old").write_text("cassette: 1\n")
    result = inner.run("-n", "1", "--check-orphans", "--max-worker-restart=0")
    assert result.ret == 1
    assert "orphan:" not in result.stdout.str()


def test_random_order_changes_nothing(shared):
    inner = shared(("-p", "no:recording", "-p", "no:rerunfailures", "-p", "no:hypothesispytest"))
    for seed in (1, 2):
        inner.run(f"--randomly-seed={seed}").assert_outcomes(passed=3)


def test_reruns_have_a_fresh_stage_and_record_once(pytester):
    inner = InnerPytest(pytester, RERUNS)
    inner.write("""
    tried = []


    @pytest.mark.cassette("talk")
    def test_flaky(copilot):
        assert copilot.chat("Hello").text
        tried.append(1)
        assert len(tried) % 2 == 0
    """)
    inner.run("--reruns=1", "--record-mode=once", FAKE).stdout.fnmatch_lines(["*1 passed, 1 rerun*"])
    assert inner.exchanges("talk") == ["call: GET /c/api/user", "call: POST /c/api/start", "socket: /c/api/chat"]
    inner.run("--reruns=1").stdout.fnmatch_lines(["*1 passed, 1 rerun*"])


REPEAT = """
@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc):
    metafunc.fixturenames.append("__pytest_repeat_step_number")
    ids = [f"{run}-2" for run in (1, 2)]
    metafunc.parametrize("__pytest_repeat_step_number", range(2), indirect=True, ids=ids)


@pytest.fixture
def __pytest_repeat_step_number(request):
    return request.param
"""
"""What pytest-repeat does for ``--count=2``."""


def test_repeated_runs_of_a_test_share_its_cassette(inner):
    once = """
    @pytest.mark.cassette
    def test_plain(copilot):
        assert copilot.chat("Hello").text


    @pytest.mark.cassette
    @pytest.mark.parametrize("word", ["apples", "1-2", ""])
    def test_words(copilot, word):
        assert copilot.chat(f"What of {word}?").text
    """
    inner.write(once)
    inner.record().assert_outcomes(passed=4)
    inner.write(REPEAT, "conftest.py")
    inner.run().assert_outcomes(passed=8)


RERUN = """
tried = []


@pytest.fixture
def late():
    yield
    assert WHEN != "after" or len(tried) != 2


@pytest.mark.cassette("shared")
@pytest.mark.parametrize("number", range(3))
def test_shared(late, copilot, number):
    assert f"number {number}." in copilot.chat(f"number {number}.").text
    tried.append(number)
    assert WHEN != "within" or len(tried) != 2
"""


@pytest.mark.parametrize("when", ["within", "after"])
def test_rerun_in_a_run_that_rewrites_loses_nothing_and_doubles_nothing(shared, when):
    inner = shared(RERUNS)
    before = inner.exchanges("shared")
    inner.write(RERUN.replace("WHEN", repr(when)))
    inner.run("--reruns=1", "--record-mode=rewrite", FAKE).stdout.fnmatch_lines(["* passed, 1 rerun*"])
    assert inner.exchanges("shared") == before
    assert len(before) == 5  # the same opening, and three sockets
    inner.write(RERUN.replace("WHEN", '"never"'))
    inner.run().assert_outcomes(passed=3)


def test_test_that_fails_every_time_in_a_run_that_rewrites_takes_nothing_from_the_others(shared):
    inner = shared(RERUNS)
    inner.write(RERUN.replace("WHEN", '"never"').replace("tried.append", "assert number != 1; tried.append"))
    result = inner.run("--reruns=2", "--record-mode=rewrite", FAKE)
    result.stdout.fnmatch_lines(
        ["*shared.yaml stays as it was, because the test failed*", "*1 failed, 2 passed, 2 rerun*"]
    )
    inner.run("--deselect", "test_it.py::test_shared[1]").assert_outcomes(passed=2, deselected=1)


def test_pytest_recording_shares_its_options_and_both_work(pytester):
    inner = InnerPytest(pytester, plugins=["-p", "no:randomly", "-p", "no:rerunfailures", "-p", "no:hypothesispytest"])
    inner.write("""
    import urllib.request
    from http.server import BaseHTTPRequestHandler, HTTPServer
    import threading


    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"theirs")

        def log_message(self, *_):
            pass


    @pytest.mark.vcr
    def test_theirs(record_mode):
        if record_mode == "none":
            url = (open("url").read())
            assert urllib.request.urlopen(url).read() == b"theirs"
            return
        with HTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}/"
            open("url", "w").write(url)
            assert urllib.request.urlopen(url).read() == b"theirs"
            server.shutdown()


    @pytest.mark.cassette("talk")
    def test_ours(copilot):
        assert copilot.chat("Hello").text
    """)
    inner.run("--record-mode=once", FAKE).assert_outcomes(passed=2)
    inner.run().assert_outcomes(passed=2)
    inner.run("--block-network").assert_outcomes(passed=2)
    inner.run("-p", "no:wiretape", "-k", "theirs").assert_outcomes(passed=1, deselected=1)


def test_what_a_test_does_not_use_is_not_imported(beside):
    beside.write("""
    import sys


    def test_light():
        heavy = {"curl_cffi", "websockets", "h11", "fake_server", "provider", "syrupy.extensions", "yaml", "filelock"}
        assert not heavy & set(sys.modules)
    """)
    beside.run("-p", "no:syrupy").assert_outcomes(passed=1)


def test_killed_recording_leaves_the_old_cassette_and_no_lock(shared):
    inner = shared(ALONE)
    before = inner.cassette("shared").read_bytes()
    inner.write("""
    import os, signal


    @pytest.mark.cassette("shared")
    def test_killed(copilot):
        assert copilot.chat("Hello").text
        os.kill(os.getpid(), signal.SIGKILL)
    """)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *ALONE, "--record-mode=rewrite", FAKE],
        cwd=inner.folder,
        env={**os.environ, "HOME": str(inner.folder)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -9
    assert inner.cassette("shared").read_bytes() == before
    inner.write(shared_by(1))
    inner.run("--record-mode=rewrite", FAKE).assert_outcomes(passed=1)
