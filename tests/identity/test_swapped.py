"""Nothing is played that was recorded for something else: answers are swapped on purpose, and questions, too."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from harness.cassette.model import Cassette, SocketExchange
from tests.identity.cases import case
from tests.identity.plan import Call, Channel, Endpoint, Feed, Field, Plan, Secret, Step, Turn, Value, Visit, Word
from tests.identity.run import Bench, check_same, problems

_UUIDS = ("0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7")
_CANNOT_TELL = "cannot be told apart"
_TELLING = Endpoint("json", "yes", ("short",), echoes=True)
_ISSUING = Endpoint("json", "yes", ("short",))


def _query(name: str, value: Value) -> Call:
    return Call(query=(Field(name, value),))


def _post(body: str, value: Value) -> Call:
    return Call(method="POST", body=body, fields=(Field("item", value), Field("colour", Word("red"))))


def _visit(value: Value) -> Visit:
    return Visit(turns=(Turn("ask", (Field("topic", value),)), Turn("end")))


PAIRS: dict[str, tuple[Step, Step]] = {
    "the id of an item in the path": (Call(path=(Word("18"),)), Call(path=(Word("19"),))),
    "a uuid in the path": (Call(path=(Word(_UUIDS[0]),)), Call(path=(Word(_UUIDS[1]),))),
    "a word in the query": (_query("topic", Word("apple")), _query("topic", Word("pear"))),
    "userId in the query": (_query("userId", Word("471100001111")), _query("userId", Word("471100002222"))),
    "a uuid as userId in the query": (_query("userId", Word(_UUIDS[0])), _query("userId", Word(_UUIDS[1]))),
    "a number in JSON": (_post("json", Word("18")), _post("json", Word("19"))),
    "a uuid in JSON": (_post("json", Word(_UUIDS[0])), _post("json", Word(_UUIDS[1]))),
    "a variable of GraphQL": (_post("graphql", Word("apple")), _post("graphql", Word("pear"))),
    "a field of a form": (_post("form", Word("apple")), _post("form", Word("pear"))),
    "a part of several": (_post("multipart", Word("apple")), _post("multipart", Word("pear"))),
    "a byte": (_post("binary", Word("apple")), _post("binary", Word("appla"))),
    "the prompt on a socket": (_visit(Word("apple")), _visit(Word("pear"))),
    "a uuid on a socket": (_visit(Word(_UUIDS[0])), _visit(Word(_UUIDS[1]))),
}
_SECRET_PAIRS: dict[str, tuple[Step, Step]] = {
    "addresses in JSON": (_post("json", Secret("email", 0)), _post("json", Secret("email", 1))),
    "addresses in the query": (_query("topic", Secret("email", 0)), _query("topic", Secret("email", 1))),
    "tokens in the query": (_query("access_token", Secret("opaque", 0)), _query("access_token", Secret("opaque", 1))),
    "addresses on a socket": (_visit(Secret("email", 0)), _visit(Secret("email", 1))),
}


def _plan(pair: tuple[Step, Step], endpoint: Endpoint = _TELLING) -> Plan:
    return Plan((pair,), (endpoint,), (Channel("json", greets=True, echoes=True),))


def _ids(pairs: dict[str, tuple[Step, Step]]):
    return [case(name, pair) for name, pair in pairs.items()]


def _with_swapped_answers(cassette: Cassette) -> Cassette:
    """The two exchanges with each other's answers."""
    one, two = cassette.exchanges
    if isinstance(one, SocketExchange) and isinstance(two, SocketExchange):
        swapped = _messages_swapped(one, two), _messages_swapped(two, one)
    else:
        swapped = (
            msgspec.structs.replace(one, response=two.response),
            msgspec.structs.replace(two, response=one.response),
        )
    return msgspec.structs.replace(cassette, exchanges=swapped)


def _messages_swapped(one: SocketExchange, two: SocketExchange) -> SocketExchange:
    said = zip(one.messages, two.messages, strict=True)
    lines = tuple(theirs if own.direction == "<" else own for own, theirs in said)
    return msgspec.structs.replace(one, messages=lines)


@pytest.mark.parametrize("pair", _ids(PAIRS))
def test_swapped_answers_are_a_difference(bench: Bench, pair: tuple[Step, Step]):
    """So the comparison of these tests would see it, if a player took one for the other."""
    plan = _plan(pair)
    take = bench.record(plan)
    check_same(take, bench.replay(plan, take.cassette))
    assert problems(take, bench.replay(plan, _with_swapped_answers(take.cassette)))


@pytest.mark.parametrize("pair", _ids(PAIRS))
def test_each_question_has_its_own_answer_in_the_other_order(bench: Bench, pair: tuple[Step, Step]):
    """Either it is refused, or the report says that it cannot know, or what is heard was recorded for that question."""
    plan = replace(_plan(pair), tasks=((pair[0],), (pair[1],)))
    take = bench.record(_plan(pair))
    seen = bench.replay(replace(plan, tasks=((pair[1], pair[0]),)), take.cassette)
    if not seen.report.ok or _CANNOT_TELL in seen.report.text():
        return
    told = [line for line in take.logs[0] if "new_0" in line], [line for line in seen.logs[0] if "new_0" in line]
    recorded, replayed = (_unnumbered(lines) for lines in told)
    assert sorted(recorded) == sorted(replayed)
    assert recorded[: len(recorded) // 2] == replayed[len(replayed) // 2 :]


def _unnumbered(lines: list[str]) -> list[str]:
    return [line.replace("<issued 0>", "<issued>").replace("<issued 1>", "<issued>") for line in lines]


@pytest.mark.parametrize("pair", _ids(PAIRS))
def test_one_question_twice_does_not_pass_for_two(bench: Bench, pair: tuple[Step, Step]):
    take = bench.record(_plan(pair))
    seen = bench.replay_changed(_plan((pair[0], pair[0])), take.cassette)
    assert not seen.report.ok


@pytest.mark.parametrize("pair", _ids(_SECRET_PAIRS))
def test_placeholders_are_bound_one_to_one(bench: Bench, pair: tuple[Step, Step]):
    """Two secrets that differed when recorded are two: the client that says one of them twice is another client."""
    take = bench.record(_plan(pair, _ISSUING))
    check_same(take, bench.replay(_plan(pair, _ISSUING), take.cassette))
    seen = bench.replay_changed(_plan((pair[0], pair[0]), _ISSUING), take.cassette)
    assert not seen.report.ok


def test_answers_to_placeholders_in_another_order_are_not_given_silently(bench: Bench):
    """First both addresses one after another, then the second alone: what was said first shows to be the other one."""
    one, two = (Call(path=(Word("of"), Secret("email", number))) for number in (0, 1))
    known = Call(path=(Word("again"), Secret("email", 1)))
    plan = Plan(((one, two, known),), (_ISSUING,))
    take = bench.record(plan)
    check_same(take, bench.replay(plan, take.cassette))
    seen = bench.replay_changed(replace(plan, tasks=((two, one, known),)), take.cassette)
    assert not seen.report.ok or _CANNOT_TELL in seen.report.text()


def test_tasks_that_differ_in_their_secrets_first_are_not_mixed_up_silently(bench: Bench):
    """Which secret is which shows in the second post only; the first one is answered before that."""
    tasks = [
        (Feed("socket", ((_NUMBERED[0], _secret(slot)), (_NUMBERED[1], Field("note", Word(word)), _secret(slot)))),)
        for slot, word in ((0, "apple"), (1, "pear"))
    ]
    plan = Plan(tuple(tasks), (_ISSUING,))
    take = bench.record(plan)
    for run in range(8):
        seen = bench.replay(plan, take.cassette, run, deadline=0.3)
        # A busy machine may take longer than the deadline; then a note says that the player went on without waiting.
        waited = any("waited in vain" in note for note in seen.report.notes)
        assert waited or not seen.report.ok or not problems(take, seen)


_NUMBERED = [Field("number", Word(f"post-{number}")) for number in range(2)]


def _secret(slot: int) -> Field:
    return Field("password", Secret("opaque", slot))
