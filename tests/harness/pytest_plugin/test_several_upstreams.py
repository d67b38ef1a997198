"""A wire records and replays a session with several upstreams: each has a port, and its URLs lead there."""

import json

import pytest

from fake_server import serve
from fake_server.stage import Response
from harness.cassette.store import load
from harness.pytest_plugin.config import ConfigError, Layer, resolve
from tests.support.servers.stages import StageOf, answering

JSON = (("content-type", "application/json"),)

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


RECORDED = """
import json
import urllib.request

import pytest


def _json(url, data=None, cookie=""):
    request = urllib.request.Request(url, data, {{"content-type": "text/plain", "cookie": cookie}})
    return json.load(urllib.request.urlopen(request, timeout=10))


@pytest.mark.cassette("both", upstream="{api}", upstreams={{"store": "{store}"}})
def test_upload(wire):
    url = _json(wire.url + "/start")["upload"]
    assert url == wire.upstreams["store"] + "/put/7"
    assert _json(url, b"abc", "key=of-the-api; theme=dark") == {{"size": 3}}
"""
MORE = """
    assert _json(wire.upstreams["store"] + "/put/8", b"de") == {{"size": 2}}
"""


@pytest.fixture
def services():
    """The URLs of an API, which names a store and sets a cookie, and of the store; and the requests to the store."""
    seen = []

    async def keep(request):
        seen.append(request)
        return Response(headers=JSON, body=json.dumps({"size": len(request.body)}).encode())

    with serve(StageOf(keep)) as store:
        url = store.url.replace("127.0.0.1", "localhost")
        start = Response(
            headers=(*JSON, ("set-cookie", "key=of-the-api")), body=json.dumps({"upload": f"{url}/put/7"}).encode()
        )
        with serve(answering(start)) as api:
            yield api.url, url, seen


def test_a_wire_records_several_upstreams_and_replays_them(inner, services):
    api, store, seen = services
    inner.write(RECORDED.format(api=api, store=store))
    inner.run("--record-mode=once").assert_outcomes(passed=1)
    assert [each.target for each in seen] == ["/put/7"]
    assert seen[0].header("cookie") == "theme=dark"
    kept = load(inner.folder / "cassettes" / "both.yaml")
    assert kept.recorded.upstreams == {"store": store}
    assert [each.target for each in kept.exchanges] == ["/start", f"{store}/put/7"]
    inner.run().assert_outcomes(passed=1)
    assert len(seen) == 1


def test_new_episodes_of_a_further_upstream_are_added_and_verified(inner, services):
    api, store, seen = services
    inner.write(RECORDED.format(api=api, store=store))
    inner.run("--record-mode=once").assert_outcomes(passed=1)
    inner.write((RECORDED + MORE).format(api=api, store=store))
    inner.run("--record-mode=new_episodes").assert_outcomes(passed=1)
    assert [each.target for each in seen] == ["/put/7", "/put/8"]
    inner.run().assert_outcomes(passed=1)
    inner.run("--record-mode=verify").assert_outcomes(passed=1)
    assert len(seen) == 4


def test_a_configuration_file_names_further_upstreams(inner, services):
    api, store, _ = services
    inner.configure(f"wire_upstream = {api}\nwire_upstreams =\n    store = {store}\n")
    inner.write(
        RECORDED.format(api=api, store=store).replace(f', upstream="{api}", upstreams={{"store": "{store}"}}', "")
    )
    inner.run("--record-mode=once").assert_outcomes(passed=1)
    inner.run().assert_outcomes(passed=1)


def test_a_missing_cassette_is_named_although_a_test_uses_a_further_upstream(inner):
    inner.write(RECORDED.format(api="https://api.example", store="https://store.example") + MORE.format())
    inner.run().stdout.fnmatch_lines(["*no-cassette*"])


def test_an_upstream_that_has_moved_is_to_be_recorded_again(inner, services):
    api, store, seen = services
    inner.write(RECORDED.format(api=api, store=store))
    inner.run("--record-mode=once").assert_outcomes(passed=1)
    inner.write(RECORDED.format(api=api, store="https://store.example"))
    result = inner.run("--record-mode=new_episodes")
    result.stdout.fnmatch_lines([f"*upstreams: store is https://store.example here and {store} in the cassette*"])
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"Gate": "wss://a.example"}, "'Gate' is not a name for an upstream"),
        (["gate"], "the upstream gate must be SCHEME://HOST"),
        (7, "must be a list of strings"),
        (["g=wss://a.example", "g=wss://b.example"], "must have each name of an upstream once"),
    ],
)
def test_malformed_upstreams_are_refused(value, problem):
    with pytest.raises(ConfigError) as caught:
        resolve([Layer("here", {"upstreams": value})])
    assert problem in str(caught.value)


def test_a_password_in_an_upstream_is_not_shown():
    with pytest.raises(ConfigError) as caught:
        resolve([Layer("here", {"upstreams": {"gate": "wss://me:pass-word@a.example"}})])
    assert "pass-word" not in str(caught.value)


BY_PROFILE = """
import json
import urllib.request

import pytest


@pytest.mark.cassette("both")
def test_upload(wire):
    url = json.load(urllib.request.urlopen(wire.url + "/start", timeout=10))["upload"]
    assert url == wire.upstreams["store"] + "/put/7"
    request = urllib.request.Request(url, b"abc", {"content-type": "text/plain"}, method="PUT")
    assert json.load(urllib.request.urlopen(request, timeout=10)) == {"size": 3}
"""


def test_a_profile_names_the_upstreams_of_a_wire(inner, services):
    api, store, seen = services
    text = f'[services.shop]\nupstreams = {{api = "{api}", store = "{store}"}}\n'
    (inner.folder / "wiretape.toml").write_text(text)
    inner.write(BY_PROFILE)
    inner.run("--record-mode=once", "--wire-profile=shop").assert_outcomes(passed=1)
    assert load(inner.folder / "cassettes" / "both.yaml").recorded.upstreams == {"store": store}
    inner.run("--wire-profile=shop").assert_outcomes(passed=1)
    assert len(seen) == 1


BY_PROXY = """
import json
import ssl
import urllib.request

import pytest


@pytest.mark.cassette("several")
def test_upload(wire_proxy):
    trusting = ssl.create_default_context(cafile=str(wire_proxy.ca_file))
    proxied = urllib.request.ProxyHandler({"https": wire_proxy.url})
    opener = urllib.request.build_opener(proxied, urllib.request.HTTPSHandler(context=trusting))
    url = json.load(opener.open("https://api.example/start", timeout=10))["upload"]
    assert url == "https://store.example/put/7"
    request = urllib.request.Request(url, b"abc", {"content-type": "text/plain"}, method="PUT")
    assert json.load(opener.open(request, timeout=10)) == {"size": 3}
"""


def test_clients_of_the_wire_s_proxy_use_the_upstreams_own_urls(inner, pytester):
    inner.write(BY_PROXY)
    (pytester.path / "cassettes").mkdir()
    (pytester.path / "cassettes" / "several.yaml").write_text(CASSETTE.lstrip())
    inner.run().assert_outcomes(passed=1)
