"""``wiretape show --mermaid`` and ``--perfetto``: what other programs read of a session, whatever its texts are."""

import json
import re

import jsonschema
import pytest

from harness.cassette.model import Body, Call, Cassette, Line, Recorded, RequestPart, ResponsePart, SocketExchange
from harness.cassette.store import save
from harness.cli.main import main
from harness.compare.mermaid import MOST_CHARACTERS, escaped, sequence_diagram
from harness.compare.perfetto import trace
from harness.services.neutral import NEUTRAL

HOSTILE = 'a;b#c"d\nend\r%%x$$y$$<script>alert(1)</script>&amp;:wrap: -->>C: style:#f; é\u202e`\\'
# Of a line: arrow, then text in which only letters, digits and harmless marks stand for themselves.
ARROW = re.compile(r"    (?:C->>S|S-->>C|C-\)S|S-\)C|Note over C,S): (?:[^\W_]|[ ./?=,()+-]|#\d+;)+")
EVENT = {
    "type": "object",
    "required": ["ph", "name", "pid", "tid"],
    "properties": {
        "ph": {"enum": ["M", "X", "i"]},
        "name": {"type": "string", "minLength": 1},
        "pid": {"type": "integer"},
        "tid": {"type": "integer"},
        "ts": {"type": "integer", "minimum": 0},
        "dur": {"type": "integer", "minimum": 0},
        "args": {"type": "object"},
    },
    "allOf": [
        {"if": {"properties": {"ph": {"const": "X"}}}, "then": {"required": ["ts", "dur"]}},
        {"if": {"properties": {"ph": {"const": "i"}}}, "then": {"required": ["ts", "s"]}},
        {"if": {"properties": {"ph": {"const": "M"}}}, "then": {"required": ["args"]}},
    ],
}
SCHEMA = {
    "type": "object",
    "required": ["traceEvents"],
    "properties": {"displayTimeUnit": {"enum": ["ms", "ns"]}, "traceEvents": {"type": "array", "items": EVENT}},
}


def call(at, after, target="/a", data=b"{}"):
    response = ResponsePart(status=200, after=after, body=Body(data=data))
    return Call(method="GET", target=target, at=at, request=RequestPart(), response=response)


def socket(at, *lines):
    messages = tuple(
        Line(time=time, direction=direction, kind="text", data=data, code=None) for time, direction, data in lines
    )
    end = Line(time=40, direction="<", kind="close", data=b"", code=1000)
    messages = (*messages, end)
    return SocketExchange(target="/feed", at=at, response=ResponsePart(status=101, after=1), messages=messages)


def session(*exchanges, origin="https://api.shop.example"):
    return Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="relay", origin=origin), exchanges=exchanges)


SHOP = session(
    call(0, 500),
    call(100, 100),
    call(700, 100),
    socket(2_000_000, (10, ">", b'{"op":"ask"}'), (30, "<", b'{"op":"answer"}')),
)


def diagram(cassette, **options):
    return list(sequence_diagram(cassette, NEUTRAL, **{"width": 80, **options}))


def test_a_session_as_a_sequence_diagram():
    assert diagram(SHOP) == [
        "sequenceDiagram",
        "    participant C as client",
        "    participant S as https#58;//api.shop.example",
        "    C->>S: (0) GET /a",
        "    C->>S: (1) GET /a",
        "    S-->>C: (1) 200 #123;#125;",
        "    S-->>C: (0) 200 #123;#125;",
        "    C->>S: (2) GET /a",
        "    S-->>C: (2) 200 #123;#125;",
        "    Note over C,S: 2.00 s later",
        "    C->>S: (3) upgrade /feed",
        "    S-->>C: (3) 101",
        "    C-)S: (3) ask #123;#34;op#34;#58;#34;ask#34;#125;",
        "    S-)C: (3) answer #123;#34;op#34;#58;#34;answer#34;#125;",
        "    S-)C: (3) close 1000",
    ]


@pytest.mark.parametrize("text", [HOSTILE, *HOSTILE, "", "end", "loop x", "#35;", "; C->>S: forged"])
def test_no_text_ends_a_line_or_becomes_markup(text):
    shown = session(call(0, 1, f"/{text}", text.encode()), socket(2, (1, "<", text.encode())), origin=text or "x")
    head, client, service, *arrows = diagram(shown)
    assert (head, client) == ("sequenceDiagram", "    participant C as client")
    assert re.fullmatch(r"    participant S as (?:[^\W_]|[ ./?=,()+-]|#\d+;)+", service)
    assert len(arrows) == 6
    assert [line for line in arrows if not ARROW.fullmatch(line)] == []


def test_the_escaped_text_is_the_text():
    read = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), escaped('a;b#c"d_é', 80))
    assert read == 'a;b#c"d_é'


def test_a_large_session_is_cut_where_mermaid_would_refuse_it():
    lines = diagram(session(*(call(number, 1) for number in range(3000))))
    assert sum(len(line) + 1 for line in lines) <= MOST_CHARACTERS
    assert re.fullmatch(r"    Note over C,S: \d{4} more events do not fit", lines[-1])
    assert 6000 - (len(lines) - 4) == int(lines[-1].split()[3])


@pytest.mark.parametrize("cassette", [SHOP, session(), session(call(0, 1, HOSTILE, HOSTILE.encode()), origin=HOSTILE)])
def test_a_trace_has_the_format_of_traces(cassette):
    found = json.loads(json.dumps(trace(cassette, NEUTRAL, width=80)))
    jsonschema.validate(found, SCHEMA)


def test_calls_that_overlap_have_lanes_of_their_own_and_sockets_too():
    events = trace(SHOP, NEUTRAL, width=80)["traceEvents"]
    spans = [(each["tid"], each["ts"], each["dur"]) for each in events if each["ph"] == "X"]
    assert spans == [(1, 0, 500), (2, 100, 100), (1, 700, 100), (3, 2_000_000, 40)]
    lanes = {each["tid"]: each["args"]["name"] for each in events if each["name"] == "thread_name"}
    assert lanes == {1: "calls", 2: "calls", 3: "socket /feed"}


def test_messages_are_instants_in_their_socket_s_lane():
    events = trace(SHOP, NEUTRAL, width=80)["traceEvents"]
    messages = [each for each in events if each.get("cat") == "text"]
    assert [(each["tid"], each["ts"], each["name"]) for each in messages] == [
        (3, 2_000_010, "> ask"),
        (3, 2_000_030, "< answer"),
    ]


def test_the_command_prints_them_redacted(tmp_path, capsys):
    secret = "sk-live-canary4fTq9ZxL27mWb8RnPdK"
    save(session(call(0, 1, f"/x?access_token={secret}")), tmp_path / "a.yaml")
    assert main(["show", "--mermaid", str(tmp_path / "a.yaml")]) == 0
    drawn = capsys.readouterr().out
    assert drawn.startswith("sequenceDiagram\n")
    assert main(["show", "--perfetto", str(tmp_path / "a.yaml")]) == 0
    traced = capsys.readouterr().out
    assert json.loads(traced)["traceEvents"]
    assert "canary4f" not in drawn + traced


def test_two_forms_at_once_are_refused(tmp_path, capsys):
    save(SHOP, tmp_path / "a.yaml")
    assert main(["show", "--mermaid", "--perfetto", str(tmp_path / "a.yaml")]) == 2
    assert "give one of them" in capsys.readouterr().err
