"""A wire replays a cassette with several upstreams: each has a port, and its URLs lead there."""

CASSETTE = r"""
cassette: 1
recorded:
  at: '2026-11-23T05:00:00Z'
  by: hand
  from: https://api.example
  upstreams: {store: https://store.example}
exchanges:
- call: GET /start
  at: 0
  response:
    status: 200
    after: 0
    headers: {content-type: application/json}
    text: '{"upload": "https:\/\/store.example\/put\/7"}'
- call: PUT https://store.example/put/7
  at: 1
  request: {headers: {content-type: text/plain}, text: abc}
  response: {status: 200, after: 0, json: {size: 3}}
"""
TEST = """
import json
import urllib.request

import pytest


@pytest.mark.cassette("several")
def test_upload(wire):
    url = json.load(urllib.request.urlopen(wire.env["WIRETAPE_URL"] + "/start", timeout=10))["upload"]
    assert url == wire.env["WIRETAPE_URL_STORE"] + "/put/7" == wire.upstreams["store"] + "/put/7"
    request = urllib.request.Request(url, b"abc", {"content-type": "text/plain"}, method="PUT")
    assert json.load(urllib.request.urlopen(request, timeout=10)) == {"size": 3}
"""


def test_a_wire_has_a_port_for_each_upstream_of_its_cassette(inner, pytester):
    inner.write(TEST)
    (pytester.path / "cassettes").mkdir()
    (pytester.path / "cassettes" / "several.yaml").write_text(CASSETTE.lstrip())
    inner.run().assert_outcomes(passed=1)
