"""A secret that is learned late: each event that holds it is redacted again, and only those are looked at."""

import base64
import json
import random
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.record import redacted_events
from harness.record.event_runs import event_runs
from harness.record.events import (
    MessagePassed,
    Piece,
    RequestBegan,
    RequestBody,
    ResponseBegan,
    ResponseEnded,
    ResponsePieces,
    SocketEnded,
    redact_event,
)
from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from harness.redact import byte_search
from harness.redact.engine import Redactor
from tests.harness.record.conftest import PROFILE
from tests.support.secrets.documents import broken, document

SECRETS = [
    "q7Zk3vX9pLw2RtY8",
    "9f8e7d6c-1b2a-4c3d-8e9f-0a1b2c3d4e5f",
    "pass word 12 ! x",
    "b.smith@a.example",
    "é7Zk3vX9 pLw2/tY8+=",
    "x" * 3 + "Yz-19" * 40,
]
FORMS = (
    str,
    quote,
    lambda text: json.dumps(json.dumps(text)),
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: base64.urlsafe_b64encode(b"ab" + text.encode()).decode(),
    lambda text: text.encode().hex(),
    lambda text: "a=b&c=" + text.replace(" ", "+"),
    lambda text: "".join(f"\\u{ord(each):04x}" for each in text),
)


def events_with(data):
    """An event of each kind that holds these bytes."""
    text, half = data.decode("utf-8", "replace"), len(data) // 2
    fields = (("a", "b"), ("x-note", data.decode("latin-1")))
    yield RequestBegan(exchange=0, at=0, method="GET", target=f"/a?{text}")
    yield RequestBegan(exchange=0, at=0, method="GET", target="/", headers=fields)
    yield RequestBody(exchange=0, at=0, data=data)
    yield ResponseBegan(exchange=0, at=0, status=200, reason=text, headers=fields)
    yield ResponsePieces(exchange=0, at=0, pieces=(Piece(0, data[:half]), Piece(1, data[half:])))
    yield ResponseEnded(exchange=0, at=0, trailers=fields)
    yield MessagePassed(exchange=0, at=0, direction="<", kind="binary", data=b"\xa5" + data)
    yield SocketEnded(exchange=0, at=0, direction="<", kind="close", reason=text[-30:].encode())


@pytest.mark.parametrize("method", [byte_search.automaton, byte_search.one_by_one])
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**64), st.sampled_from(SECRETS), st.sampled_from(FORMS))
def test_an_event_that_would_change_is_never_passed_over(method, seed, secret, form):
    rng = random.Random(seed)
    data = broken(document(rng, []) + form(secret).encode(), rng)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(byte_search, "METHOD", method)
        redactor = Redactor(PROFILE)
        redactor.value(secret, "token", "given")
        again = redactor.again(0)
        for event in events_with(data):
            assert redact_event(again, event) == event or again.may_change(event_runs(event))


# A file is written again as a whole if one of its events holds the secret.
@pytest.mark.parametrize(("spill_after", "most"), [(1 << 30, 1), (2_000, 623)])
def test_only_events_that_may_hold_a_late_secret_are_redacted_again(tmp_path, monkeypatch, spill_after, most):
    looked_at = []
    monkeypatch.setattr(
        redacted_events, "redact_event", lambda how, event: looked_at.append(event) or redact_event(how, event)
    )
    options = RecordingOptions(state_directory=tmp_path / "state", spill_after=spill_after)
    recording = Recording(tmp_path / "a.yaml", PROFILE, options=options)
    socket = recording.begin("GET", "/chat", (), at=0.0, upgrade=True)
    socket.respond(101, (), at=0.1)
    for number in range(600):
        holds = SECRETS[0] if number == 77 else "nothing"
        socket.message(
            "<", "text", b'{"n":%d,"conversationIdentifier":"%s"}' % (number, holds.encode()), at=1.0 + number
        )
    looked_at.clear()
    for number in range(20):
        fresh = f"{number:04}Rq9Lm4Zt7Wx1Bc"
        socket.message("<", "text", b'{"secret":"%s"}' % fresh.encode(), at=700.0 + number)
    assert len(looked_at) == 40  # each new event, by what was known and by what it revealed
    socket.message("<", "text", b'{"secret":"%s"}' % SECRETS[0].encode(), at=800.0)
    again = looked_at[42:]
    assert 1 <= len(again) <= most
    assert SECRETS[0].encode() not in b"".join(event_runs(event) for event in recording._recorder.events())
    recording.discard()
