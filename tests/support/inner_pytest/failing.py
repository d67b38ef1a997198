"""Tests that fail on a wire, and what is said of them."""

from tests.support.inner_pytest.runs import settled

URLLIB = """
import contextlib, json, urllib.error, urllib.request


def ask(wire, path, body=None):
    request = urllib.request.Request(wire.url + path, data=body and json.dumps(body).encode())
    request.add_header("content-type", "application/json")
    request.add_header("authorization", "Bearer secret-of-the-client")
    with contextlib.suppress(urllib.error.HTTPError):
        urllib.request.urlopen(request).read()
"""
CASSETTE = """\
cassette: 1
recorded: {at: '2026-11-23T09:00:00Z', by: hand, client: a test, from: 'https://copilot.microsoft.com', complete: true}
exchanges:
- call: POST /c/api/names
  at: 0.000000
  request:
    headers: {content-type: application/json, authorization: Bearer wiretape-token-1}
    json: {name: Robin, age: 7}
  response: {status: 200, after: 0.000000, headers: {content-type: application/json}, json: {ok: true}}
- call: GET /c/api/user
  at: 1.000000
  request:
    headers: {authorization: Bearer wiretape-token-1}
  response: {status: 200, after: 0.000000, headers: {content-type: application/json}, json: {ok: true}}
"""


def suite_of(lines, marker='@pytest.mark.cassette("names")', arguments="wire"):
    """A file with one test, which may `ask`."""
    return f"{URLLIB}\n\n{marker}\ndef test_names({arguments}):\n    {lines}\n"


def report_in(result):
    """A failure's text: from its first line to the command that records the test again, or to pytest's own lines."""
    lines = result.stdout.str().splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("wiretape: "))
    end = next(i for i, line in enumerate(lines) if i > begin and line.startswith(("record it again:", "===", "---")))
    last = end + 1 if lines[end].startswith("record") else end
    return settled("\n".join(lines[begin:last]))
