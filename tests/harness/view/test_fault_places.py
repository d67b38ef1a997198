"""Which fault rules the page offers where: each is a rule, and strikes at the message that it is offered for."""

from harness.cassette.model import Call, Cassette, Line, Recorded, RequestPart, ResponsePart, SocketExchange
from harness.faults import parse_rule
from harness.services.neutral import NEUTRAL
from harness.view.session_data import session_data


def call(target, at, method="GET"):
    return Call(method=method, target=target, at=at, request=RequestPart(), response=ResponsePart(status=200))


def socket(target, at):
    lines = (Line(">", 1, "text", b"a"), Line("<", 2, "text", b"b"), Line("<", 3, "ping"), Line("<", 4, "text", b"c"))
    return SocketExchange(target=target, at=at, response=ResponsePart(status=101), messages=lines)


def places(*exchanges):
    cassette = Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="hand"), exchanges=exchanges)
    data = session_data(cassette, NEUTRAL, "one")
    targets = [each["faultTarget"] for each in data["exchanges"]]
    return [(event.get("place"), targets[event["x"]]) for event in data["events"]]


def test_requests_and_the_messages_of_the_service_are_counted():
    found = places(call("/a?t=1", 0), call("/a?t=2", 10), call("/a", 20, "POST"), socket("/chat", 30))
    assert found == [
        *[(["request", 1], "GET /a")] * 2,
        *[(["request", 2], "GET /a")] * 2,
        *[(["request", 1], "POST /a")] * 2,
        *[(["upgrade", 1], "/chat")] * 2,
        (["message", 0], "/chat"),
        (["message", 1], "/chat"),
        (None, "/chat"),
        (["message", 2], "/chat"),
    ]
    for line in ("status 503 at request 2 of GET /a", "cut after 0 messages of /chat", "lose at message 2 of /chat"):
        assert str(parse_rule(line)) == line


def test_a_second_socket_of_a_path_and_odd_paths_have_no_rule():
    assert [place for place, _ in places(socket("/a", 0), socket("/a", 100))[6:]] == [None] * 6
    for target in ("/a b", "/a'b", "/a*", "/[a]", "/é"):
        assert [place for place, _ in places(call(target, 0))] == [None, None]
