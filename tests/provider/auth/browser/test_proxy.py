"""Proxies for the browser: what goes on its command line, and what never does."""

import pytest

from provider.auth.browser.proxy import parse_proxy
from provider.errors import LoginError


@pytest.mark.parametrize(
    ("proxy", "server", "credentials"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080", ("", "")),
        ("http://u:p%40ss@proxy.example:8080/", "http://proxy.example:8080", ("u", "p@ss")),
        ("https://u@proxy.example", "https://proxy.example:443", ("u", "")),
        ("proxy.example:3128", "http://proxy.example:3128", ("", "")),
        ("http://proxy.example", "http://proxy.example:1080", ("", "")),
        ("socks5h://[::1]:1080", "socks5://[::1]:1080", ("", "")),
        ("socks4a://proxy.example", "socks4://proxy.example:1080", ("", "")),
    ],
)
def test_a_proxy_is_split_into_server_and_credentials(proxy, server, credentials):
    parsed = parse_proxy(proxy)
    assert (parsed.server, (parsed.username, parsed.password)) == (server, credentials)


@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://u:s3cret@proxy.example:8080",
        "http://u:s3cret@proxy.example:port",
        "http://u:s3cret@",
        "http://u:s3cret@[proxy:80",
        "http://u:s3cret@a,b:80",
        "socks5://u:s3cret@proxy.example:1080",
    ],
)
def test_a_proxy_that_does_not_do_is_refused_without_being_shown(proxy):
    with pytest.raises(LoginError) as caught:
        parse_proxy(proxy)
    assert caught.value.reason == "proxy"
    assert "s3cret" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_proxy_does_not_show_its_credentials():
    assert repr(parse_proxy("http://u:s3cret@h:1")) == "BrowserProxy(server='http://h:1')"
