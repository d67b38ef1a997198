"""The proxies that this machine itself goes out through."""

import pytest

from harness.proxy.parents import Parent, Parents
from provider.transport.types import Settings


@pytest.fixture
def variables(monkeypatch):
    def make(**values):
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        return Parents()

    return make


def test_without_variables_the_way_is_straight():
    assert Parents().url("https", "far.test") is None


def test_proxy_is_that_of_the_scheme_or_for_all(variables):
    parents = variables(https_proxy="http://a.test:1", ALL_PROXY="b.test:2")
    assert parents.url("https", "far.test") == "http://a.test:1"
    assert parents.url("http", "far.test") == "http://b.test:2"


@pytest.mark.parametrize("host", ["near.test", "x.near.test", "127.0.0.1", "localhost", "::1"])
def test_exceptions_and_loopback_are_reached_straight(variables, host):
    assert variables(HTTPS_PROXY="http://a.test:1", NO_PROXY="near.test").url("https", host) is None


def test_variables_that_are_set_later_are_not_seen(variables):
    parents = Parents()
    variables(HTTPS_PROXY="http://a.test:1")
    assert parents.url("https", "far.test") is None


def test_parent_is_taken_apart(variables):
    parent = variables(HTTPS_PROXY="http://us%40er:p%3Ass@a.test").parent("https", "far.test")
    assert parent == Parent(kind="http", host="a.test", port=80, credentials="us@er:p:ss")


@pytest.mark.parametrize("url", ["http://a.test:x", "http://[a"])
def test_parent_that_cannot_be_read_is_of_no_kind(variables, url):
    assert variables(HTTPS_PROXY=url).parent("https", "far.test").kind == ""


@pytest.mark.parametrize(
    ("settings", "proxy"),
    [
        (None, "http://a.test:1"),
        (Settings(proxy="http://own.test:1"), "http://own.test:1"),
        (Settings(trust_environment=False), None),
    ],
)
def test_settings_are_fixed_to_what_the_environment_says_now(variables, settings, proxy):
    fixed = variables(HTTPS_PROXY="http://a.test:1").fixed(settings, "https://far.test")
    assert (fixed.proxy, fixed.trust_environment) == (proxy, False)
