"""What a run's exit code, output and requests say of the program."""

from dataclasses import replace

import pytest

from harness.faults import parse_rule
from harness.sweep.running import FaultedRun
from harness.sweep.verdicts import CleanRuns, VaryingOutputError, busiest, verdict
from harness.sweep.watching import Arrival, SocketUse

CLEAN = CleanRuns((b"hello", None), seconds=1.0, busiest=2, requests=1)
WORDS = CleanRuns((b"one two three",), seconds=1.0, busiest=2, requests=1)
TRACEBACK = b"Traceback (most recent call last):\n  File ..\nKeyError: 'text'\n"


def run(
    *, code=0, output=b"hello\n12:00\n", errors=b"", times=(), rule="cut after 3 messages", struck=True, sockets=()
):
    arrivals = tuple(Arrival(at=at, place="GET /a") for at in times)
    parsed = parse_rule(rule)
    return FaultedRun(
        rule=parsed,
        code=code,
        output=output,
        errors=errors,
        seconds=1.0,
        arrivals=arrivals,
        struck=struck,
        sockets=tuple(sockets),
    )


def test_only_the_refused_request_has_to_wait():
    rule = parse_rule("status 429 retry-after=2 at upgrade 1")
    before = (Arrival(at=0.0, place="POST /start"), Arrival(at=0.1, place="GET /ws", upgrade=True))
    patient = (*before, Arrival(at=0.2, place="GET /other"), Arrival(at=2.2, place="GET /ws", upgrade=True))
    hasty = (*before, Arrival(at=1.0, place="GET /ws", upgrade=True))
    assert verdict(replace(run(), rule=rule, arrivals=patient), CLEAN) == "recovered"
    assert verdict(replace(run(), rule=rule, arrivals=hasty), CLEAN) == "Retry-After ignored"


def test_second_request_of_a_path_is_the_refused_one():
    rule = parse_rule("status 429 retry-after=2 at request 2 of GET /a")
    times = (0.0, 0.1, 2.2)
    arrivals = tuple(Arrival(at=at, place="GET /a") for at in times)
    assert verdict(replace(run(), rule=rule, arrivals=arrivals), CLEAN) == "recovered"


def used(last_sent=0, ended=None, how="", unanswered=0.0, path="/a"):
    return SocketUse(path=path, last_sent=last_sent, ended=ended, how=how, unanswered=unanswered)


@pytest.mark.parametrize(
    ("expected", "happened"),
    [
        ("recovered", run()),
        ("recovered", run(output=b"hello\n13:00\n")),
        ("not struck", run(struck=False)),
        ("wrong success", run(output=b"hell\n12:00\n")),
        ("wrong success", run(output=b"hello\n")),
        ("clean error", run(code=3, output=b"")),
        ("clean error", run(code=1, errors=b"error: the service is down\n")),
        ("crashed", run(code=1, errors=TRACEBACK)),
        ("crashed", run(code=-11)),
        ("crashed", run(code=1, errors=b"node:events:497\n    at Socket.emit (node:events:519:28)\n")),
        ("recovered", run(errors=TRACEBACK)),
        ("hung", run(code=None)),
        ("stormed", run(times=[n / 100 for n in range(40)])),
        ("recovered", run(times=range(40))),
        ("Retry-After ignored", run(rule="status 429 retry-after=2 of GET /a", times=(0.0, 0.5))),
        ("recovered", run(rule="status 429 retry-after=2 of GET /a", times=(0.0, 2.1))),
        ("clean error", run(code=1, rule="status 429 retry-after=2 of GET /a", times=(0.0,))),
    ],
)
def test_verdict(expected, happened):
    assert verdict(happened, CLEAN) == expected


@pytest.mark.parametrize(
    ("expected", "sockets"),
    [
        ("leaked socket", [used(last_sent=1), used(last_sent=5, ended=6, how="close")]),
        ("leaked socket", [used(last_sent=1, ended=7, how="eof"), used(last_sent=5, ended=8, how="eof")]),
        ("recovered", [used(last_sent=1, ended=2, how="eof"), used(last_sent=5, ended=8, how="eof")]),
        ("recovered", [used(last_sent=1, ended=7, how="close"), used(last_sent=5, ended=8, how="eof")]),
        ("recovered", [used(last_sent=1, ended=7, how="server"), used(last_sent=5, ended=8, how="eof")]),
        ("recovered", [used(last_sent=1), used(last_sent=5, path="/b")]),
        ("close unanswered", [used(ended=3, how="eof", unanswered=2.0)]),
        ("recovered", [used(ended=3, how="eof", unanswered=0.2)]),
    ],
)
def test_verdict_on_sockets(expected, sockets):
    assert verdict(run(sockets=sockets), CLEAN) == expected


@pytest.mark.parametrize(
    ("expected", "output", "requests"),
    [
        ("recovered", b"one two three", 2),
        ("doubled text", b"one one two three", 2),
        ("lost text", b"one three", 2),
        ("wrong success", b"one three", 1),
        ("wrong success", b"one four", 2),
    ],
)
def test_verdict_on_text_after_a_second_attempt(expected, output, requests):
    assert verdict(run(output=output, times=range(requests)), WORDS) == expected


def test_lines_that_vary_without_a_fault_are_not_compared():
    runs = [run(output=b"hello\n12:00\n"), run(output=b"hello\n12:01\n"), run(output=b"hello\n12:02\n")]
    clean = CleanRuns.of(runs)
    assert (clean.lines, clean.varying) == ((b"hello", None), 1)
    assert clean.equals(b"hello\n99:99\n")
    assert not clean.equals(b"hello!\n12:00\n")


def test_another_number_of_lines_each_time_cannot_be_judged():
    with pytest.raises(VaryingOutputError, match="1, 2"):
        CleanRuns.of([run(output=b"a"), run(output=b"a\nb")])


def test_the_busiest_second():
    arrivals = [Arrival(at=at, place="") for at in (0.0, 0.9, 1.0, 1.1, 5.0)]
    assert busiest(arrivals) == 3
    assert busiest([]) == 0
