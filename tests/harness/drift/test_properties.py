"""Whatever a service says: what was learnt is no drift, and one more field is one finding."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.copilot.reads import copilot_reads
from harness.drift.grading import grade
from harness.drift.observing import Observation
from harness.drift.turn_shapes import TurnShape
from harness.services.copilot import COPILOT

NAMES = st.sampled_from(["text", "id", "type", "errorCode", "messageId", "a", "a/b", "", "x.y"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
EVENTS = st.sampled_from(["connected", "received", "startMessage", "appendText", "done", "titleUpdate", "odd"])
PLACES = st.tuples(st.just("socket /c/api/chat"), EVENTS.map("< {}".format)) | st.just(
    ("GET /c/api/user", "answer 200")
)


@st.composite
def turns(draw):
    events = tuple(draw(st.lists(EVENTS, max_size=8)))
    is_over = "done" in events
    return TurnShape(
        label="socket /c/api/chat",
        events=events,
        end="done" if is_over else draw(st.sampled_from(["eof", "close 1011", "left by the client", "cut"])),
        is_over=is_over,
        is_first=draw(st.booleans()),
        is_beginning=draw(st.booleans()),
        prompt=draw(st.sampled_from(["Hello", "More"])),
        stayed=draw(st.integers(0, 10**7)),
    )


@st.composite
def observations(draw):
    values = draw(st.dictionaries(PLACES, st.lists(JSON, min_size=1, max_size=3), max_size=4))
    return Observation(
        name=draw(st.sampled_from(["one", "other"])),
        answers={
            "GET /c/api/user": draw(st.lists(st.sampled_from(["200 application/json", "401", "no answer"]), max_size=2))
        },
        values=values,
        kinds={place: {"text"} for place in values if place[1].startswith("<")},
        turns=draw(st.lists(turns(), max_size=3)),
        numberings={"socket /c/api/chat": {"from 0"}},
    )


@settings(max_examples=200, deadline=None)
@given(st.lists(observations(), min_size=1, max_size=3))
def test_what_was_learnt_is_no_drift(learnt):
    for each in learnt:
        assert grade(learnt, [each], COPILOT, copilot_reads()) == ()


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.lists(observations(), max_size=3), st.lists(observations(), max_size=3))
def test_every_finding_names_where_it_was_seen(learnt, fresh):
    for each in grade(learnt, fresh, COPILOT, copilot_reads()):
        assert each.text
        assert set(each.seen) <= {one.name for one in fresh}
        assert each.seen
        assert "\n" not in each.text


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("abcd"), st.text(max_size=3), max_size=4))
def test_one_field_more_is_one_finding(value):
    place = ("socket /c/api/chat", "< odd")

    def seen(what):
        return Observation(name="one", values={place: [what]}, kinds={place: {"text"}})

    [found] = grade([seen(value)], [seen(value | {"more": 1})], COPILOT, copilot_reads())
    assert (found.grade, found.kind, found.field) == ("new", "field-new", "more")
