"""Pages of another local port that may use a wire."""

import pytest

from tests.support.inner_pytest.runs import FAKE

ASKS = """
import http.client

PAGE = "http://localhost:5173"

def seen(wire, method="GET", **headers):
    client = http.client.HTTPConnection(wire.url.removeprefix("http://"), timeout=10)
    client.request(method, "/c/api/user", headers={"Origin": PAGE, **{k.replace("_", "-"): v for k, v in headers.items()}})
    answer = client.getresponse()
    answer.read()
    client.close()
    return answer.status, answer.getheader("access-control-allow-origin")
"""
PREFLIGHT = 'seen(wire, "OPTIONS", Access_Control_Request_Method="PATCH") == (204, PAGE)'


@pytest.mark.parametrize(
    ("where", "setting"),
    [
        ('@pytest.mark.cassette("x", allowed_origins=["http://LOCALHOST:5173/"])', ""),
        ('@pytest.mark.cassette("x")', "wire_allowed_origins =\n    http://localhost:5173\n"),
    ],
)
def test_page_uses_a_wire_that_records_and_one_that_plays(inner, where, setting):
    inner.configure(setting)
    inner.write(
        ASKS + f"\n\n{where}\ndef test_page(wire):\n    assert {PREFLIGHT}\n    assert seen(wire) == (200, PAGE)\n"
    )
    inner.record()
    assert inner.exchanges("x") == ["call: GET /c/api/user"]
    inner.run().assert_outcomes(passed=1)


def test_page_that_is_not_named_is_refused(inner):
    inner.write(ASKS + "\n\ndef test_page(wire):\n    assert seen(wire) == (403, None)\n")
    inner.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("origin", ["*", "null"])
def test_page_of_anybody_never_gets_the_users_token(inner, monkeypatch, origin):
    monkeypatch.setenv("COPILOT_TOKEN", "real-token-of-the-tests-5fa1c3e79b")
    inner.write(f'@pytest.mark.cassette("x", allowed_origins=["{origin}"])\ndef test_page(wire): pass')
    result = inner.run("--wire-record-mode=all", "--wire-upstream=https://copilot.microsoft.com")
    result.stdout.fnmatch_lines(["*wiretape: config: *would let any page act with your token*"])
    assert "act with your token" not in inner.run("--wire-record-mode=all", FAKE).stdout.str()


def test_what_is_no_origin_is_named(inner):
    inner.write('@pytest.mark.cassette("x", allowed_origins=["localhost:5173"])\ndef test_page(wire): pass')
    inner.run().stdout.fnmatch_lines(["*config: *allowed_origins=*'localhost:5173' is not the origin of a page*"])
