"""Which failures before a prompt are repeated, how often, and after which wait: the flow, step by step."""

from dataclasses import replace

import pytest

from provider.attachments import Upload
from provider.effects import READ_CLOCK, BackOff, StopRequestedError
from provider.errors import (
    CloudflareError,
    ConnectionClosedError,
    MissingAuthError,
    RateLimitError,
    RegionError,
    ResponseError,
    ResponseStatusError,
)
from provider.errors import TimeoutError as CopilotTimeoutError
from provider.flow.retry_after import retry_after
from provider.flow.state import ChatState
from provider.items import FinishReason
from provider.timeout import TimeoutPassedError
from provider.transport.errors import (
    BrokenConnectionError,
    ConnectError,
    DeadlineError,
    SocketEndedError,
    UpgradeRefusedError,
)
from provider.transport.types import Request, Response
from provider.websocket import Ended
from tests.support.clients.copilot_dialogue import (
    BEFORE,
    DONE,
    HELLO,
    OPEN,
    OPTIONS,
    SILENT_END,
    SOCKET,
    USER,
    asks,
    run,
    service,
    waits,
)
from tests.support.clients.written_dialogue import Raises

RETRYING = replace(service(), max_retries=2)
REST = "GET /c/api/user"
OPENING = "POST /c/api/conversations"
UPGRADE = "GET /c/api/chat (upgrade)"
AFTER_SEND = [*HELLO, *DONE, *SILENT_END]
LATER = "Tue, 01 Dec 2026 10:00:07 GMT"
DATE = "Tue, 01 Dec 2026 10:00:00 GMT"
NOW = 1796119200.0
"""`DATE` as Unix time."""


def status(value, **headers):
    return Response(status=value, headers=tuple((name.replace("_", "-"), text) for name, text in headers.items()))


def waits_for(step, reason, seconds, number=1, *, exact=False):
    return BackOff(step, reason, seconds, exact=exact, number=number, of=2), True


def refused(code, *headers):
    return Raises(UpgradeRefusedError(code, headers))


# ------------------------------------------------------------------ what is repeated
def test_request_that_reads_is_repeated_after_429_and_503():
    dialogue = [
        (USER[0], status(429)),
        waits_for(REST, "status 429", 0.5),
        (USER[0], status(503)),
        waits_for(REST, "status 503", 1.0, 2),
        *BEFORE,
        *AFTER_SEND,
    ]
    assert run(dialogue, where=RETRYING)[0] == "Hel"


def test_request_that_creates_is_repeated_after_429():
    dialogue = [USER, (OPEN[0], status(429)), waits_for(OPENING, "status 429", 0.5), *BEFORE[1:], *AFTER_SEND]
    assert run(dialogue, where=RETRYING)[0] == "Hel"


@pytest.mark.parametrize("code", [500, 502, 503, 504])
def test_request_that_creates_is_not_repeated_where_it_may_have_created(code):
    with pytest.raises(ResponseStatusError) as caught:
        run([USER, (OPEN[0], status(code))], where=RETRYING)
    assert caught.value.status == code


def test_upload_is_repeated_after_429_alone():
    picture = Upload(b"\x89PNG\r\n\x1a\n..", "image/png", "cat.png")

    def attachment(effect):
        return isinstance(effect, Request) and effect.body == picture.data

    step = "POST /c/api/attachments"
    with pytest.raises(ResponseStatusError):
        run(
            [USER, OPEN, (attachment, status(429)), waits_for(step, "status 429", 0.5), (attachment, status(503))],
            media=(picture,),
            where=RETRYING,
        )


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_refused_upgrade_is_repeated(code):
    dialogue = [
        USER,
        OPEN,
        (SOCKET[0], refused(code)),
        waits_for(UPGRADE, f"status {code}", 0.5),
        SOCKET,
        OPTIONS,
        asks(),
        *AFTER_SEND,
    ]
    assert run(dialogue, where=RETRYING)[0] == "Hel"


CONNECTING = [
    (ConnectError("host:443: refused", transient=True), "no connection"),
    (TimeoutPassedError("connect", 5.0), "no connection within 5 s"),
]


@pytest.mark.parametrize(("error", "reason"), CONNECTING, ids=["refused", "timeout"])
@pytest.mark.parametrize("at", [0, 1, 2], ids=["reading", "creating", "upgrade"])
def test_failure_to_connect_is_repeated_at_every_step(error, reason, at):
    steps = [USER, OPEN, SOCKET]
    dialogue = [
        *steps[:at],
        (steps[at][0], Raises(error)),
        waits_for([REST, OPENING, UPGRADE][at], reason, 0.5),
        *BEFORE[at:],
        *AFTER_SEND,
    ]
    assert run(dialogue, where=RETRYING)[0] == "Hel"


# ------------------------------------------------------------------ what is not
NOT_REPEATED = [
    (status(500), ResponseStatusError),
    (status(502), ResponseStatusError),
    (status(403), ResponseStatusError),
    (status(451), RegionError),
    (status(503, content_type="text/html", cf_mitigated="challenge"), CloudflareError),
    (Response(status=200, body=b"gibberish"), ResponseError),
    (Raises(ConnectError("host:443: certificate", tls=True)), ConnectionClosedError),
    (Raises(BrokenConnectionError("host:443: reset")), ConnectionClosedError),
    (Raises(TimeoutPassedError("total", 9.0)), CopilotTimeoutError),
    (Raises(DeadlineError("the app's function took too long")), CopilotTimeoutError),
]


@pytest.mark.parametrize(("answer", "kind"), NOT_REPEATED, ids=lambda value: str(value)[:30])
def test_other_failures_are_not_repeated(answer, kind):
    with pytest.raises(kind):
        run([(USER[0], answer)], where=RETRYING)


def test_rejected_credentials_are_refreshed_and_not_repeated():
    with pytest.raises(MissingAuthError):
        run([(USER[0], status(401)), (lambda effect: "Refresh" in repr(effect), None)], where=RETRYING)


@pytest.mark.parametrize("error", [SocketEndedError(Ended("reset")), TimeoutPassedError("idle", 5.0)])
def test_nothing_is_repeated_once_the_prompt_may_have_been_sent(error):
    with pytest.raises((ConnectionClosedError, CopilotTimeoutError)):
        run([*BEFORE[:-1], (asks()[0], Raises(error))], where=RETRYING)
    with pytest.raises((ConnectionClosedError, CopilotTimeoutError)):
        run([*BEFORE, (waits, Raises(error))], where=RETRYING)


def test_last_failure_is_raised_when_all_retries_are_used():
    dialogue = [
        USER,
        OPEN,
        (SOCKET[0], refused(429)),
        waits_for(UPGRADE, "status 429", 0.5),
        (SOCKET[0], refused(503)),
        waits_for(UPGRADE, "status 503", 1.0, 2),
        (SOCKET[0], refused(504)),
    ]
    with pytest.raises(ResponseStatusError) as caught:
        run(dialogue, where=RETRYING)
    assert (caught.value.status, caught.value.step) == (504, UPGRADE)
    assert isinstance(caught.value.__cause__, UpgradeRefusedError)


def test_waits_double_up_to_eight_seconds():
    seconds = [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    dialogue = []
    for number, wait in enumerate(seconds, 1):
        dialogue += [(USER[0], status(429)), (BackOff(REST, "status 429", wait, number=number, of=6), True)]
    with pytest.raises(RateLimitError):
        run([*dialogue, (USER[0], status(429))], where=replace(service(), max_retries=6))


def test_stop_while_waiting_ends_the_turn_and_sends_nothing():
    dialogue = [(USER[0], status(429)), (lambda effect: isinstance(effect, BackOff), Raises(StopRequestedError()))]
    assert run(dialogue, where=RETRYING) == [FinishReason("stopped")]


# ------------------------------------------------------------------ Retry-After
def test_wait_that_the_service_asks_for_is_kept_exactly():
    dialogue = [
        (USER[0], status(429, retry_after="7")),
        waits_for(REST, "status 429", 7.0, exact=True),
        (USER[0], status(503, retry_after=LATER, date=DATE)),
        waits_for(REST, "status 503", 7.0, 2, exact=True),
        *BEFORE,
        *AFTER_SEND,
    ]
    assert run(dialogue, where=RETRYING)[0] == "Hel"


def test_date_without_a_date_of_the_response_is_compared_with_the_clock():
    headers = ("retry-after", LATER)
    dialogue = [
        USER,
        OPEN,
        (SOCKET[0], refused(429, headers)),
        (READ_CLOCK, NOW),
        waits_for(UPGRADE, "status 429", 7.0, exact=True),
        (SOCKET[0], refused(429, headers)),
        (READ_CLOCK, NOW + 5),
        waits_for(UPGRADE, "status 429", 2.0, 2, exact=True),
        (SOCKET[0], refused(503, headers)),
        (READ_CLOCK, NOW + 6),
    ]
    with pytest.raises(ResponseStatusError) as caught:
        run(dialogue, where=RETRYING)
    assert caught.value.retry_after == 1.0


def test_wait_of_more_than_thirty_seconds_is_the_apps_to_keep():
    with pytest.raises(RateLimitError) as caught:
        run([(USER[0], status(429, retry_after="31"))], where=RETRYING)
    assert caught.value.retry_after == 31.0


def test_wait_beyond_the_deadline_raises_at_once():
    with pytest.raises(RateLimitError):
        run([(USER[0], status(429)), (waits_for(REST, "status 429", 0.5)[0], False)], where=RETRYING)


@pytest.mark.parametrize(
    ("headers", "now", "seconds"),
    [
        ({"retry-after": "7"}, None, 7.0),
        ({"retry-after": " 0.5 "}, None, 0.5),
        ({"retry-after": LATER, "date": DATE}, None, 7.0),
        ({"retry-after": LATER, "date": DATE}, 5.0, 7.0),
        ({"retry-after": "Tuesday, 01-Dec-26 10:00:07 GMT", "date": DATE}, None, 7.0),
        ({"retry-after": "Tue Dec  1 10:00:07 2026", "date": DATE}, None, 7.0),
        ({"retry-after": DATE, "date": LATER}, None, 0.0),
        ({"retry-after": LATER}, NOW, 7.0),
        ({"retry-after": LATER}, None, None),
        ({"retry-after": LATER, "date": "yesterday"}, NOW, 7.0),
        ({}, NOW, None),
        ({"retry-after": ""}, NOW, None),
        ({"retry-after": "-7"}, NOW, None),
        ({"retry-after": "soon"}, NOW, None),
        ({"retry-after": "inf"}, NOW, None),
        ({"retry-after": "nan"}, NOW, None),
        ({"retry-after": "٣"}, NOW, None),
        ({"retry-after": "9" * 400}, NOW, None),
        ({"retry-after": "Tue, 99 Dec 2026 10:00:07 GMT"}, NOW, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers, now, seconds):
    assert retry_after(tuple(headers.items()), now) == seconds


def test_state_is_that_of_the_last_attempt():
    state = ChatState()
    dialogue = [USER, OPEN, (SOCKET[0], refused(503)), waits_for(UPGRADE, "status 503", 0.5), *BEFORE[2:], *AFTER_SEND]
    run(dialogue, where=RETRYING, state=state)
    assert state.socket_open
    assert state.conversation_id == "dRUXwuM545tff65JPZ3rn"
