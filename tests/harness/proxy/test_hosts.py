import pytest

from harness.proxy.errors import ProxyError
from harness.proxy.gate import ServedHosts


@pytest.mark.parametrize(
    ("origin", "host", "port", "speech"),
    [
        ("https://a.test", "a.test", 443, "tls"),
        ("https://a.test", "a.test", 80, "plain"),
        ("https://a.test", "a.test", 8443, None),
        ("https://a.test", "b.test", 443, None),
        ("https://A.test:8443", "a.test", 8443, "tls"),
        ("https://a.test:8443", "a.test", 80, None),
        ("http://a.test", "a.test", 80, "plain"),
        ("http://a.test", "a.test", 443, None),
        ("https://[::1]:4", "::1", 4, "tls"),
    ],
)
def test_origin_says_what_is_spoken_where(origin, host, port, speech):
    assert ServedHosts([origin]).speech(host, port) == speech


def test_each_host_is_named_once():
    assert ServedHosts(["https://a.test", "http://a.test:81", "https://b.test"]).names == ("a.test", "b.test")


def test_tls_is_spoken_where_two_origins_share_a_port():
    assert ServedHosts(["https://a.test:80", "https://a.test"]).speech("a.test", 80) == "tls"


@pytest.mark.parametrize("origin", ["fake:2026", "", "ftp://a.test", "https://", "https://a.test:x", "https://[a"])
def test_what_is_no_origin_does_not_count(origin):
    with pytest.raises(ProxyError):
        ServedHosts([origin])
