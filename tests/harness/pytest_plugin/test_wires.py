"""The fixtures, the environment, wider scopes, and what keeps one test from the next."""

from tests.support.inner_pytest.runs import FAKE


def test_what_a_wire_shows(inner):
    inner.write("""
    import os


    @pytest.mark.cassette("talk")
    def test_shows(wire, copilot):
        assert os.environ["COPILOT_BASE_URL"] == wire.url == wire.env["COPILOT_BASE_URL"]
        assert os.environ["COPILOT_TOKEN"] == wire.token == wire.env["COPILOT_TOKEN"] == "wiretape-token-1"
        copilot.chat("Hello").text
        assert [(call.method, call.path, call.status) for call in wire.calls] == [
            ("GET", "/c/api/user", 200), ("POST", "/c/api/start", 200), ("GET", "/c/api/chat", 101)
        ]
        assert wire.calls[0].headers["authorization"] == "Bearer wiretape-token-1"
        assert [sent["event"] for sent in wire.sent] == ["setOptions", "reportLocalConsents", "send"]
        assert wire.cassette.name == "talk.yaml" and wire.report().ok


    def test_afterwards():
        assert not {"COPILOT_BASE_URL", "COPILOT_TOKEN"} & set(os.environ)
    """)
    inner.record().assert_outcomes(passed=2)
    inner.run().assert_outcomes(passed=2)


def test_a_token_of_the_users_stays_out_of_a_recording_of_the_fake(inner, monkeypatch):
    monkeypatch.setenv("COPILOT_TOKEN", "my-very-own-token")
    inner.write("""
    import os


    @pytest.mark.cassette("talk")
    def test_talk(wire, copilot):
        assert "my-very-own-token" not in (os.environ["COPILOT_TOKEN"], wire.token)
        copilot.chat("Hello").text
    """)
    inner.record()
    assert "my-very-own" not in inner.cassette("talk").read_text()


def test_anonymous_recordings_are_played_to_anonymous_clients(inner):
    inner.write("""
    import urllib.request


    @pytest.mark.cassette("anonymous")
    def test_anonymous(wire):
        urllib.request.urlopen(wire.url + "/c/api/user").read()
        if wire.mode == "none":
            assert wire.token is None and "COPILOT_TOKEN" not in wire.env
    """)
    inner.record()
    inner.run().assert_outcomes(passed=1)


def test_late_traffic_of_one_test_never_reaches_the_next(inner):
    inner.write("""
    import threading, time, urllib.request

    go = threading.Event()
    late = []


    def knock(url):
        go.wait(10)
        try:
            urllib.request.urlopen(url + "/c/api/user", timeout=5)
        except Exception as error:
            late.append(error)


    def test_first(wire):
        test_first.thread = threading.Thread(target=knock, args=(wire.url,))
        test_first.thread.start()


    def test_second(wire):
        go.set()
        test_first.thread.join(10)
        assert wire.calls == [] and len(late) == 1
    """)
    inner.run().assert_outcomes(passed=2)


def test_sync_client_in_an_async_test_does_not_wait_for_itself(inner):
    inner.write("""
    @pytest.mark.cassette("talk")
    async def test_sync_in_async(copilot):
        assert copilot.chat("Hello").text


    @pytest.mark.cassette("talk")
    async def test_async(async_copilot):
        assert (await async_copilot.chat("Hello").read()).text
    """)
    inner.record()
    inner.run().assert_outcomes(passed=2)


def test_strict_asyncio_anyio_and_trio_run_side_by_side(apart):
    apart.write("""
    import trio


    @pytest.mark.asyncio
    async def test_asyncio(async_copilot):
        assert (await async_copilot.chat("Hello").read()).text


    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    async def test_anyio(anyio_backend, async_copilot):
        assert (await async_copilot.chat("Hello").read()).text


    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["trio"])
    async def test_trio(anyio_backend, copilot):
        assert await trio.to_thread.run_sync(lambda: copilot.chat("Hello").text)


    def test_trio_alone(copilot):
        async def main():
            return copilot.chat("Hello").text

        assert trio.run(main)
    """)
    apart.run("-p", "anyio", "-o", "asyncio_mode=strict").assert_outcomes(passed=4)


def test_without_pytest_asyncio_the_sync_half_works(inner):
    inner.write("def test_it(copilot): assert copilot.chat('Hi').text")
    (inner.folder / "tox.ini").write_text("[pytest]\n")
    inner.run("-p", "no:asyncio").assert_outcomes(passed=1)


def test_forked_children_may_use_the_wire(apart):
    apart.write("""
    import os, urllib.request


    def test_fork(wire):
        child = os.fork()
        if not child:
            os._exit(0 if urllib.request.urlopen(wire.url + "/c/api/user").status == 200 else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert len(wire.calls) == 1
    """)
    apart.run("-W", "ignore::DeprecationWarning").assert_outcomes(passed=1)


def test_programs_find_the_cassette_by_the_environment(inner):
    inner.write("""
    import subprocess, sys

    CODE = "from provider import CopilotClient; print(CopilotClient().chat('Hello').text)"


    @pytest.mark.cassette("talk")
    def test_program():
        done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=30)
        assert "Hello" in done.stdout, done.stderr
    """)
    inner.record()
    inner.run().assert_outcomes(passed=1)


def test_wires_of_modules_and_classes_are_judged_over_their_tests(inner):
    inner.write("""
    from provider import CopilotClient


    @pytest.fixture(scope="module")
    def client(wire_factory):
        with wire_factory("talk") as wire, CopilotClient(wire.token, base_url=wire.url) as client:
            yield client


    def test_one(client):
        assert client.chat("One").text


    def test_two(client):
        assert client.chat("Two").text
    """)
    inner.record()
    inner.run("-p", "no:randomly").assert_outcomes(passed=2)
    inner.run("-k", "one").assert_outcomes(passed=1, deselected=1)
    inner.write((inner.folder / "test_it.py").read_text().removeprefix("import pytest\n\n").replace('"Two"', '"Three"'))
    assert inner.run().ret == 1


def test_wire_factory_without_a_name_takes_that_of_the_fixtures_scope(inner):
    inner.write("""
    from provider import CopilotClient


    @pytest.fixture(scope="class")
    def answer(wire_factory):
        with wire_factory() as wire, CopilotClient(wire.token, base_url=wire.url) as client:
            yield client.chat("One").text


    class TestAll:
        def test_it(self, answer):
            assert answer
    """)
    inner.record()
    assert [path.name for path in inner.folder.rglob("*.yaml") if "cassettes" in path.parts] == ["TestAll.yaml"]


def test_scripts_are_for_wires_without_a_cassette(inner):
    inner.write("""
    def test_script(wire, copilot):
        wire.say("Hello").suggest("More?").done()
        turn = copilot.chat("Hi")
        assert (turn.text, turn.suggestions) == ("Hello", ["More?"])


    def test_script_is_too_long(wire, copilot):
        wire.say("One").done().say("Two").done()
        assert copilot.chat("Hi").text == "One"


    @pytest.mark.cassette("talk")
    def test_cassette(wire, copilot):
        copilot.chat("Hello").text
        wire.say("No").done()
    """)
    result = inner.run(FAKE, "--record-mode=once")
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*unplayed*", "*scripts are for tests without the marker `cassette`*"])


def test_network_is_blocked_and_the_error_names_url_and_test(apart):
    apart.write("""
    import socket
    import curl_cffi


    @pytest.fixture
    def other():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/private?token=secret"


    def test_curl(wire, other):
        curl_cffi.get(other, timeout=3)


    @pytest.mark.block_network
    def test_without_a_wire(other):
        curl_cffi.get(other, timeout=3)


    @pytest.mark.block_network(allowed_hosts=["127[.]0[.]0[.]1"])
    def test_allowed(other):
        with pytest.raises(curl_cffi.exceptions.Timeout):
            curl_cffi.get(other, timeout=0.2)
    """)
    result = apart.run()
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*NetworkBlockedError: http://127.0.0.1:*/private is blocked*test_it.py::test_curl*"])
    assert "token=secret" not in "".join(line for line in result.stdout.lines if line.startswith("E "))
    apart.run("--allowed-hosts=127.0.0.1", "-k", "allowed").assert_outcomes(passed=1, deselected=2)


def test_block_network_is_for_all_tests_but_live_ones(apart):
    apart.write("""
    import socket


    def connect():
        with socket.create_server(("127.0.0.1", 0)) as other:
            socket.create_connection(other.getsockname()).close()


    def test_plain():
        connect()


    @pytest.mark.live
    def test_live():
        connect()
    """)
    apart.run().assert_outcomes(passed=2)
    apart.run("--block-network").assert_outcomes(passed=1, failed=1)


def test_coded_body_is_shown_by_what_is_in_it(inner):
    inner.write("""
    import gzip
    import json
    import urllib.error
    import urllib.request


    @pytest.mark.cassette("talk")
    def test_shows(wire, copilot):
        copilot.chat("Hello").text
        body = gzip.compress(b'{"a": 1}')
        request = urllib.request.Request(wire.url + "/c/api/user", body, {"Content-Encoding": "gzip"})
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except urllib.error.HTTPError as error:
            error.close()
        assert wire.calls[-1].body == body
        assert wire.calls[-1].json() == {"a": 1}
    """)
    inner.record().assert_outcomes(passed=1)


def test_a_request_that_no_server_can_read_is_told(inner):
    inner.write("""
    import socket
    from urllib.parse import urlsplit


    @pytest.mark.cassette("talk")
    def test_talk(wire, copilot):
        copilot.chat("Hello").text
        netloc = urlsplit(wire.url)
        with socket.create_connection((netloc.hostname, netloc.port), timeout=5) as client:
            client.sendall("GET /caf\\u00e9 HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n".encode())
            assert client.recv(12) == b"HTTP/1.1 400"
    """)
    inner.record()
    result = inner.run()
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*the server refused 1 requests: the target is not ASCII: percent-encode it*"])
