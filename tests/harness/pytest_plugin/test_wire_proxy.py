"""Clients whose hosts are written into them come to the wire by the fixture ``wire_proxy``."""

import pytest

from tests.support.inner_pytest.failing import CASSETTE
from tests.support.inner_pytest.runs import FAKE

CLIENT = """
import os, subprocess, sys


def client(env, url="https://copilot.microsoft.com/c/api/user"):
    code = f"import urllib.request; print(urllib.request.urlopen({url!r}, timeout=20).read().decode())"
    ran = subprocess.run([sys.executable, "-c", code], env=os.environ | env, capture_output=True, text=True, timeout=40)
    return ran.stdout or ran.stderr


def into_own_environment(monkeypatch, wire_proxy):
    for name, value in wire_proxy.env.items():
        monkeypatch.setenv(name, value)
"""


@pytest.fixture
def suite(inner):
    """Writes a test with a cassette of one call, GET /c/api/user; without a cassette, if it is to be recorded."""

    def suite(lines, *, recorded=True):
        marker = '@pytest.mark.cassette("user")\ndef test_user(wire, wire_proxy, monkeypatch):\n    '
        inner.write(f"{CLIENT}\n\n{marker}{lines}\n")
        if recorded:
            head, _, user = CASSETTE.partition("- call: POST")[0], *CASSETTE.rpartition("- call: GET")[1:]
            inner.cassette("user").parent.mkdir(exist_ok=True)
            inner.cassette("user").write_text(f"{head}- call: GET{user}")
        return inner

    return suite


def test_client_is_recorded_and_replayed_at_the_host_that_is_written_into_it(suite):
    asks = (
        'assert "firstName" in client(wire_proxy.env)\n    assert [call.path for call in wire.calls] == ["/c/api/user"]'
    )
    inner = suite(asks, recorded=False)
    inner.record()
    assert inner.exchanges("user") == ["call: GET /c/api/user"]
    inner.run().assert_outcomes(passed=1)


def test_socket_and_script_are_reached_by_it(inner):
    inner.write(f"""{CLIENT}
import curl_cffi


def test_talks(wire, wire_proxy, monkeypatch):
    into_own_environment(monkeypatch, wire_proxy)
    wire.say("By the proxy.").done()
    with curl_cffi.Session() as session:
        site = "https://copilot.microsoft.com/c/api"
        identifier = session.post(site + "/conversations", timeout=20).json()["id"]
        socket = session.ws_connect(site.replace("https", "wss") + "/chat?api-version=2")
        said = {{"event": "send", "conversationId": identifier, "content": [{{"type": "text", "text": "Hello"}}]}}
        socket.send_json(said)
        assert any("By the proxy" in socket.recv_str() for _ in range(9))
        socket.close()
    assert wire.sent == [said]
""")
    inner.run().assert_outcomes(passed=1)


def test_client_that_knows_the_wires_own_url_may_come_by_it_too(inner):
    inner.write(f"""{CLIENT}

def test_both(wire, wire_proxy, copilot, monkeypatch):
    assert copilot.chat("Hello").text
    into_own_environment(monkeypatch, wire_proxy)
    assert copilot.chat("Hello again").text
""")
    inner.run().assert_outcomes(passed=1)


def test_recording_goes_its_own_way_and_no_further_with_the_proxy_in_its_own_environment(suite):
    asks = """into_own_environment(monkeypatch, wire_proxy)
    assert "firstName" in client({})
    assert "403" in client({}, "https://elsewhere.test/")"""
    suite(asks, recorded=False).run("--record-mode=once", FAKE).assert_outcomes(passed=1)


def test_what_its_client_asks_differently_is_told_as_ever(suite):
    result = suite('assert "501" in client(wire_proxy.env, "https://copilot.microsoft.com/c/api/other")').run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no-match: GET /c/api/other*"])


@pytest.mark.parametrize(
    ("env", "why"),
    [
        ("{}", "does the client use the proxy that HTTPS_PROXY names?"),
        ("{**wire_proxy.env, 'SSL_CERT_FILE': '/dev/null'}", "does the client read SSL_CERT_FILE"),
    ],
)
def test_why_nobody_came_by_it_is_told(suite, env, why):
    result = suite(f"client({env})").run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([f"Nor through wire_proxy: *{why}*"])


def test_proxy_shows_no_password_and_leaves_no_file(inner):
    inner.write("""
    kept = []


    def test_shown(wire_proxy):
        kept.append(wire_proxy.ca_file)
        password = wire_proxy.url.split("@")[0].rpartition(":")[2]
        assert wire_proxy.ca_file.exists()
        assert password not in repr(wire_proxy)


    def test_gone():
        assert kept
        assert not kept[0].exists()
    """)
    inner.run().assert_outcomes(passed=2)


def test_other_hosts_are_reached_by_it_in_a_live_test_alone(inner):
    inner.write(f"""{CLIENT}
from fake_server import serve
from fake_server.script import Script


@pytest.mark.parametrize("what", [pytest.param("200", marks=pytest.mark.live), "403"])
def test_other(wire_proxy, what):
    with serve(Script()) as other:
        said = client(wire_proxy.env, other.url + "/c/api/user")
    assert ("403" in said) == (what == "403")
    assert ("firstName" in said) == (what == "200")
""")
    inner.run(FAKE).assert_outcomes(passed=2)
