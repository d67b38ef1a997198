"""A fault rule is one line, and prints as that line."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.faults import FaultRule, FaultRuleError, parse_rule
from harness.faults.rule import EVERY, Where, usual_times
from harness.faults.table import FAULTS


@pytest.mark.parametrize(
    "line",
    [
        "cut after 3 messages of /chat",
        "status 429 retry-after=2 at request 1 of POST /v1/*",
        "duplicate at message where event=done always",
        "lose at every message in 5% seed 7",
        'close 1012 reason="going away" after 2 messages',
        "stall after 2.5s of the socket",
        "status 401 from request 3",
        "change delta.text to=x at event 2 3 times",
        "delay 0.25 jitter=1 at every event of GET /stream",
        "cut at upgrade 2",
        'status 503 at request 1 of "/a b"',
        'status 503 at request 1 of GET "/\\\\ "',
        'cut at message where "two words=a"',
        'cut at message where event="two words"',
    ],
)
def test_a_line_prints_as_itself(line):
    assert str(parse_rule(line)) == line


def test_a_fault_of_requests_strikes_the_first_one():
    assert str(parse_rule("status 503")) == "status 503 from request 1 once"
    assert str(parse_rule("status 503 of /a 2 times")) == "status 503 from request 1 of /a 2 times"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("drop", "no fault is named 'drop': `wiretape faults` lists them"),
        ("", "the line ends where the name of a fault is expected"),
        ("status", "code missing: status takes code (the status)"),
        ("status 99", "code='99': expected a whole number from 200 to 599"),
        ("status 503 code=500", "code is given twice"),
        ("cut at message", "the line ends where which message"),
        ("cut at message 0", "'0': expected a whole number from 1"),
        ("cut after 3 requests", "after: only events and messages; for requests write `from request N`"),
        ("lose after 3 messages", "lose strikes at one message: write `at message 3`"),
        ("slow at message 3", "slow strikes at request, not at message"),
        ("cut at message where event", "where: expected FIELD=VALUE"),
        ("status 503 of chat", "the line ends where a path is expected"),
        ("status 503 of GET chat", "of GET chat: expected [METHOD] PATH"),
        ("lose at message 1 in 0% seed 1", "in 0%: expected a share above 0% and at most 100%"),
        ("lose at message 1 twice", "'twice' has no meaning here"),
        ("lose", "where? for example `at event 3`"),
        ("delay soon at message 1", "by='soon': expected a duration such as 2s or 250ms"),
        ('close reason="open', "No closing quotation"),
        ("cut after 3 parsecs of the socket", "cut after 3 parsecs of the socket"),
        ("tls-cut at connection 1 of /chat", "a connection has no path"),
        ("tls-cut after 1 connection", "write `from connection N`"),
        ("cut\x1b[31m", "expected one line"),
        ("cut " * 1000, "one line of at most 2000 printable characters"),
    ],
)
def test_a_line_that_is_no_rule_names_the_part(line, why):
    with pytest.raises(FaultRuleError) as caught:
        parse_rule(line)
    assert why in str(caught.value)


_WORDS = st.text(string.ascii_letters + string.digits + " \"'\\=;é", min_size=1, max_size=20)


@st.composite
def rules(draw):
    fault = draw(st.sampled_from(sorted(FAULTS.values(), key=lambda each: each.name)))
    unit = draw(st.sampled_from(fault.units))
    places = [
        st.builds(lambda n: Where(unit=unit, number=n), st.integers(1, 999)),
        st.builds(lambda n: Where(unit=unit, number=n, since=True), st.integers(1, 999)),
        st.just(Where(unit=unit, number=EVERY)),
    ]
    if unit in ("event", "message"):
        places.append(
            st.builds(lambda f, v: Where(unit=unit, field=f, value=v), st.sampled_from(["event", "a.b"]), _WORDS)
        )
        if fault.between:
            places.append(st.builds(lambda n: Where(unit=unit, number=n, after=True), st.integers(0, 999)))
            places.append(st.just(Where(unit=unit, seconds=2.5)))
    where = draw(st.one_of(places))
    examples = {"code": 503, "by": 1.5, "for": 2.0, "field": "a.b", "to": "x y", "reason": "at", "text": "{}"}
    values = {each.name: examples[each.name] for each in fault.parameters if each.default is None}
    if "reason" in [each.name for each in fault.parameters]:
        values["reason"] = draw(_WORDS)
    if fault.name == "close":
        values["code"] = 1012
    targets = [("", "*")] if unit == "connection" else [("", "*"), ("", "/chat"), ("POST", "/v1/*")]
    method, path = draw(st.sampled_from(targets))
    return FaultRule(
        fault=fault.name,
        where=where,
        values=values,
        method=method,
        path=path,
        times=draw(st.sampled_from([None, 1, 3, usual_times(where)])),
        chance=(chance := draw(st.sampled_from([1.0, 0.05, 0.5]))),
        seed=draw(st.integers(0, 99)) if chance < 1 else 0,
    )


@given(rules())
def test_every_rule_is_read_back_from_what_it_prints(rule):
    assert parse_rule(str(rule)) == rule


@given(st.text(max_size=80))
def test_any_text_is_a_rule_or_a_clear_error(text):
    try:
        rule = parse_rule(text)
    except FaultRuleError:
        return
    assert rule.fault in FAULTS


@given(
    st.lists(
        st.sampled_from(
            [
                *FAULTS,
                *[
                    "at",
                    "after",
                    "from",
                    "of",
                    "once",
                    "always",
                    "in",
                    "message",
                    "messages",
                    "3",
                    "every",
                    "where",
                    "a=b",
                    "5%",
                    "seed",
                    "7",
                    "times",
                    "/x",
                ],
            ]
        )
    )
)
def test_any_words_are_a_rule_or_a_clear_error(words):
    try:
        rule = parse_rule(" ".join(words))
    except FaultRuleError:
        return
    assert parse_rule(str(rule)) == rule
