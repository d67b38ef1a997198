"""Pages of other origins: what they may use, and by which headers a browser lets them."""

import pytest

from fake_server import serve
from fake_server.host.pages import PageOriginError, page_origin
from fake_server.stage import Response
from tests.support.clients.raw_client import exchange

PAGE = "http://localhost:5173"


class Answering:
    """A stage with one answer, which remembers what it was asked; with ``leave`` it answers preflights itself."""

    def __init__(self, *headers, status=200, body=b"hello"):
        self.answer = Response(status=status, headers=headers, body=body)
        self.requests = []

    async def handle(self, request):
        self.requests.append(request)
        return self.answer

    async def close(self):
        pass


class Granting(Answering):
    async def preflight(self, request):
        return await self.handle(request)


def ask(stage, *fields, method="GET", origin=PAGE, allowed=(PAGE,)):
    """Status and headers of an answer to a page; repeated headers as a list."""
    with serve(stage, allowed_origins=allowed) as server:
        lines = [f"{method} /x HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Connection: close", f"Origin: {origin}"]
        received = exchange(server, "".join(f"{line}\r\n" for line in [*lines, *fields, ""]).encode()).decode()
    head, *rows = received.partition("\r\n\r\n")[0].split("\r\n")
    found = {}
    for row in rows:
        name, _, value = row.partition(": ")
        found.setdefault(name.lower(), []).append(value)
    return int(head.split()[1]), {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def preflight(stage, *fields, wanted="PATCH", **options):
    return ask(stage, f"Access-Control-Request-Method: {wanted}", *fields, method="OPTIONS", **options)


def cors(headers):
    return {name.removeprefix("access-control-"): v for name, v in headers.items() if name.startswith("access-control")}


def test_answer_that_names_no_origin_gets_the_pages():
    status, headers = ask(Answering(("x-request-id", "7"), ("set-cookie", "a=b"), ("content-type", "text/plain")))
    assert status == 200
    assert headers["vary"] == "Origin"
    assert cors(headers) == {
        "allow-origin": PAGE,
        "allow-credentials": "true",
        "expose-headers": "x-request-id, content-type",
    }


@pytest.mark.parametrize("given", [PAGE, "*"])
def test_answer_that_lets_the_page_in_stays_as_it_is(given):
    _, headers = ask(Answering(("Access-Control-Allow-Origin", given)))
    assert cors(headers) == {"allow-origin": given}
    assert "vary" not in headers


@pytest.mark.parametrize("cookies", ["asked", "answered"])
def test_any_origin_beside_cookies_becomes_the_pages(cookies):
    stage = Answering(
        ("access-control-allow-origin", "*"),
        ("access-control-expose-headers", "*"),
        ("x-total", "3"),
        *((("set-cookie", "a=b"),) if cookies == "answered" else ()),
    )
    _, headers = ask(stage, *(("Cookie: a=b",) if cookies == "asked" else ()))
    assert cors(headers) == {"allow-origin": PAGE, "allow-credentials": "true", "expose-headers": "x-total"}


def test_origin_of_another_page_becomes_this_ones():
    stage = Answering(
        ("access-control-allow-origin", "https://app.example.com"),
        ("access-control-allow-credentials", "true"),
        ("vary", "Accept, origin"),
    )
    _, headers = ask(stage)
    assert cors(headers) == {"allow-origin": PAGE, "allow-credentials": "true"}
    assert headers["vary"] == "Accept, origin"


def test_preflight_is_answered_by_the_host_where_the_stage_has_no_answer():
    stage = Answering(status=405)
    status, headers = preflight(
        stage, "Access-Control-Request-Headers: content-type, x-own", "Access-Control-Request-Private-Network: true"
    )
    assert status == 204
    assert stage.requests == []
    assert cors(headers) == {
        "allow-origin": PAGE,
        "allow-credentials": "true",
        "allow-methods": "PATCH",
        "allow-headers": "content-type, x-own",
        "allow-private-network": "true",
    }


@pytest.mark.parametrize("answer", [Granting(status=405), Granting(status=501), Granting(), Granting(status=302)])
def test_preflight_that_the_stage_refuses_is_answered_by_the_host(answer):
    status, headers = preflight(answer)
    assert (status, cors(headers)["allow-methods"], len(answer.requests)) == (204, "PATCH", 1)


def test_preflight_that_the_stage_grants_is_answered_by_the_stage():
    leave = {"allow-origin": PAGE, "allow-methods": "GET", "max-age": "60"}
    stage = Granting(*((f"access-control-{name}", value) for name, value in leave.items()))
    status, headers = preflight(stage)
    assert (status, cors(headers)) == (200, leave)


def test_preflight_granted_to_others_is_granted_to_this_page():
    stage = Granting(
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET, PATCH"),
        ("access-control-allow-headers", "*"),
    )
    _, headers = preflight(stage, "Access-Control-Request-Headers: x-own")
    assert cors(headers) == {
        "allow-origin": PAGE,
        "allow-methods": "GET, PATCH",
        "allow-headers": "x-own",
        "allow-credentials": "true",
    }


@pytest.mark.parametrize("origin", ["http://localhost:5174", "https://localhost:5173", "http://127.0.0.1:5173", "null"])
@pytest.mark.parametrize("ask_for", [ask, preflight])
def test_page_of_any_other_origin_is_refused_without_a_header_for_it(origin, ask_for):
    stage = Granting()
    status, headers = ask_for(stage, origin=origin)
    assert (status, cors(headers), stage.requests) == (403, {}, [])


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("Origin: http://localhost:5174", "a page of http://localhost:5174: --allow-origin http://localhost:5174"),
        ("Origin: http://\x1b[2Jlocal", "a page of another origin: --allow-origin"),
        ("Origin: http://" + "a" * 200, "a page of another origin: --allow-origin"),
        ("Origin: http://user:password@host", "a page of another origin: --allow-origin"),
        ("Host: evil.example", "a client that called the server by another name: --tls-name"),
    ],
)
def test_server_can_say_who_was_not_let_in_and_how_to_let_them_in(field, told):
    with serve(Answering()) as server:
        host = () if field.startswith("Host") else (f"Host: 127.0.0.1:{server.port}",)
        lines = ["GET / HTTP/1.1", *host, field, "Connection: close", "", ""]
        exchange(server, "\r\n".join(lines).encode("latin-1"))
        [(who, count)] = server.strangers.items()
    assert (who.startswith(told), count) == (True, 1), who


@pytest.mark.parametrize("origin", ["null", "https://anybody.example"])
def test_page_of_any_origin_can_be_allowed(origin):
    _, headers = ask(Answering(), origin=origin, allowed=("*",))
    assert cors(headers)["allow-origin"] == origin


def test_own_page_gets_no_leave_for_it_needs_none():
    with serve(Answering(), allowed_origins=["*"]) as server:
        own = f"Host: 127.0.0.1:{server.port}\r\nOrigin: {server.url}\r\nConnection: close\r\n\r\n"
        received = exchange(server, f"GET / HTTP/1.1\r\n{own}".encode())
    assert b"access-control" not in received.lower()


def test_page_of_the_service_itself_gets_no_leave_and_is_let_in():
    with serve(Answering(), own_origins=["https://service.test"]) as server:
        own = f"Host: 127.0.0.1:{server.port}\r\nOrigin: https://service.test\r\nConnection: close\r\n\r\n"
        received = exchange(server, f"GET / HTTP/1.1\r\n{own}".encode())
    assert received.startswith(b"HTTP/1.1 200")
    assert b"access-control" not in received.lower()


def test_plain_options_of_a_page_go_to_the_stage():
    stage = Answering()
    status, headers = ask(stage, method="OPTIONS")
    assert (status, cors(headers)["allow-origin"], len(stage.requests)) == (200, PAGE, 1)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("HTTP://LocalHost:5173/", PAGE),
        ("https://app.example:443", "https://app.example"),
        ("http://[::1]:80", "http://[::1]"),
        ("chrome-extension://abcdef", "chrome-extension://abcdef"),
        ("null", "null"),
        ("*", "*"),
    ],
)
def test_origins_are_spelled_as_browsers_do(text, origin):
    assert page_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    ["localhost:5173", "http://", "http://a/b", "http://a?b", "http://u@a", "http://*.a", "", "http://a, http://b"],
)
def test_what_is_no_origin_is_refused_with_an_example(text):
    with pytest.raises(PageOriginError, match="such as http://localhost:5173"):
        serve(Answering(), allowed_origins=[text])
