"""The fixture `wire`: what it shows, what the environment holds, and what keeps one test from the next."""

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


def test_a_variable_that_is_not_there_says_why(inner):
    inner.write("""
    def test_variable(wire):
        wire.env["SHOP_URL"]
    """)
    result = inner.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*KeyError: *SHOP_URL: a variable of a profile is here only if a cassette exists*"])


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
            client.sendall(b"GET /caf\\x01 HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
            assert client.recv(12) == b"HTTP/1.1 400"
    """)
    inner.record()
    result = inner.run()
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*the server refused 1 requests: illegal request line*"])
