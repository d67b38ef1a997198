"""How our transports look to a server, against curl_cffi used directly: TLS, the opening of HTTP/2, headers."""

import asyncio

import curl_cffi
import pytest
from curl_cffi import requests

from provider.transport.types import Request
from tests.support.fingerprints.header_order import CALL, CALL_OVER_HTTP_1, PSEUDO, UPGRADE
from tests.support.fingerprints.look_listener import look_listener

GIVEN = (
    ("referer", "https://page.test/"),
    ("origin", "https://page.test"),
    ("content-type", "application/json"),
    ("authorization", "Bearer x"),
)
HANDSHAKE = ("Host", "Connection", "Upgrade", "Sec-WebSocket-Version", "Sec-WebSocket-Key")
COOKIES = {"a": "1", "b": "2"}


@pytest.fixture
def listener():
    with look_listener() as listener:
        yield listener


@pytest.fixture
def transport(open_transport, listener):
    transport = open_transport(verify=listener.authority)
    transport.set_cookies(listener.url, COOKIES)
    return transport


def post(url, headers=GIVEN):
    return Request(method="POST", url=url, headers=headers, body=b"{}")


def call(transport, listener, headers=GIVEN):
    transport.request(post(f"{listener.url}/call", headers), timeout=10)
    return listener.seen("/call")


def upgrade(transport, listener, headers=(("origin", "https://page.test"),)):
    transport.connect(f"{listener.ws_url}/chat", headers=headers, timeout=10).abort()
    return listener.seen("/chat")


def directly(listener, target="/direct"):
    with requests.Session(impersonate="chrome", verify=listener.authority, trust_env=False) as session:
        session.get(f"{listener.url}{target}")
    return listener.seen(target)


async def directly_to_a_socket(listener):
    async with requests.AsyncSession(impersonate="chrome", verify=listener.authority, trust_env=False) as session:
        await (await session.ws_connect(f"{listener.ws_url}/direct")).close()
    return listener.seen("/direct")


def test_tls_of_a_request_is_that_of_curl_cffi(transport, listener):
    ours, direct = call(transport, listener).look, directly(listener).look
    assert (ours.hello.ja4, ours.hello.alpn) == (direct.hello.ja4, ("h2", "http/1.1"))
    assert ours.hello.has_grease


def test_http_2_is_opened_as_curl_cffi_does(transport, listener):
    ours, direct = call(transport, listener).look, directly(listener).look
    assert ours.protocol == "h2"
    assert ours.opening == direct.opening


def test_tls_of_an_upgrade_is_that_of_curl_cffis_async_socket(transport, listener):
    ours, direct = upgrade(transport, listener).look, asyncio.run(directly_to_a_socket(listener)).look
    assert (ours.hello.ja4, ours.hello.alpn) == (direct.hello.ja4, ("http/1.1",))
    assert ours.protocol == "http/1.1"


def test_extensions_are_shuffled_as_chrome_shuffles_them(open_transport, listener):
    orders = set()
    for _ in range(4):
        look = call(open_transport(verify=listener.authority), listener).look
        orders.add(tuple(look.hello.extension_types))
    assert len(orders) > 1


def test_headers_of_a_call_stand_in_chromes_order(transport, listener):
    assert call(transport, listener).head.names == [*PSEUDO, *CALL]


def test_headers_of_a_call_over_http_1_are_chromes_in_spelling_too(open_transport):
    with look_listener(protocols=("http/1.1",)) as listener:
        transport = open_transport(verify=listener.authority)
        transport.set_cookies(listener.url, COOKIES)
        head = call(transport, listener).head
    assert [name.lower() for name in head.names] == [name.lower() for name in CALL_OVER_HTTP_1]
    # From 0.17 on, curl_cffi writes its browser's own names as over HTTP/2 (docs/fingerprint.md).
    lower = set() if curl_cffi.__version__ < "0.17" else {"user-agent", "accept-encoding", "accept-language"}
    assert {name for name in head.names if name not in CALL_OVER_HTTP_1} == lower
    assert (head.get("connection"), head.get("cookie")) == ("keep-alive", "a=1; b=2")


def test_call_says_what_a_pages_own_call_says(transport, listener):
    head = call(transport, listener).head
    wanted = {"accept": "*/*", "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}
    assert {name: head.get(name) for name in wanted} == wanted
    assert (head.get("priority"), head.priority) == ("u=1, i", (220, 0, True))


@pytest.mark.parametrize(
    "name", ["sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "user-agent", "accept-language"]
)
def test_identity_is_that_of_curl_cffi(transport, listener, name):
    assert call(transport, listener).head.get(name) == directly(listener).head.get(name)


def test_cookies_are_fields_of_their_own_over_http_2(transport, listener):
    given = (*GIVEN, ("cookie", "c=3; d=4"))
    fields = call(transport, listener, given).head.fields
    assert [value for name, value in fields if name == "cookie"] == ["a=1", "b=2", "c=3", "d=4"]


def test_cookies_of_an_upgrade_are_one_field(transport, listener):
    fields = upgrade(transport, listener, (("cookie", "c=3; d=4"),)).head.fields
    assert [value for name, value in fields if name == "Cookie"] == ["a=1; b=2; c=3; d=4"]


def test_headers_of_an_upgrade_stand_in_chromes_order_and_spelling(transport, listener):
    names = upgrade(transport, listener).head.names
    # Those that libcurl adds are in lower case from curl_cffi 0.17 on.
    for name in ("User-Agent", "Accept-Encoding", "Accept-Language"):
        names = [name if name.lower() == each else each for each in names]
    assert names == UPGRADE


def test_passed_on_headers_of_an_upgrade_are_put_in_chromes_order(open_transport, listener):
    transport = open_transport(verify=listener.authority, default_headers=False)
    passed = [name.lower() for name in reversed(UPGRADE) if name not in HANDSHAKE]
    given = (*((name, "x") for name in passed), ("x-mine", "1"))
    assert upgrade(transport, listener, given).head.names == [*UPGRADE, "X-Mine"]


def test_passed_on_headers_of_a_call_keep_their_order(open_transport, listener):
    transport = open_transport(verify=listener.authority, default_headers=False)
    given = (("x-b", "1"), ("cookie", "a=1; b=2"), ("accept-encoding", "gzip"), ("x-a", "2"), ("priority", "u=0, i"))
    head = call(transport, listener, given).head
    assert head.names[4:] == ["content-length", "x-b", "cookie", "cookie", "accept-encoding", "x-a", "priority"]
    assert (head.get("accept-encoding"), head.priority) == ("gzip, deflate, br, zstd", (256, 0, True))


def test_another_browser_keeps_its_own_order(open_transport, listener):
    head = call(open_transport(verify=listener.authority, impersonate="firefox"), listener).head
    assert head.names[:5] == [":method", ":path", ":authority", ":scheme", "user-agent"]
    assert "Firefox/" in head.get("user-agent")


def test_without_impersonation_nothing_looks_like_a_browser(open_transport, listener):
    seen = call(open_transport(verify=listener.authority, impersonate=None), listener)
    assert not seen.look.hello.has_grease
    assert seen.head.get("user-agent") is None
