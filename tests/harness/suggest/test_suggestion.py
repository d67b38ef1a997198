"""What is suggested for cassettes written by hand: each case of alignment, of evidence and of doubt."""

import random
import re
import time
from dataclasses import replace

import pytest

from harness.cassette.codec import parse
from harness.services.neutral import NEUTRAL
from harness.suggest.suggestion import TakesError, suggest
from harness.suggest.takes import Take

HEAD = "cassette: 1\nrecorded: {at: '2026-11-23T05:00:00Z', by: hand}\nexchanges:\n"


def call(call, response="{ok: 1}", request=None, at=0):
    sent = "" if request is None else f"  request: {request}\n"
    return f"- call: {call}\n  at: {at}\n{sent}  response: {{status: 200, json: {response}}}\n"


def suggested(*takes, profile=NEUTRAL):
    return suggest(
        [Take.of(f"{n}.yaml", parse((HEAD + each).encode()), profile) for n, each in enumerate(takes, 1)], profile
    )


def places(found):
    rules = found.places
    return {name: [each.value for each in getattr(rules, name)] for name in ("ignore", "bind", "doubtful")}


def test_what_the_service_issued_does_not_vary():
    def take(number):
        made = call("POST /items", f"{{id: {number}}}", "{json: {name: pen}}")
        return made + call(f"GET /items/{number}", "{name: pen}", at=1000)

    found = suggested(take(17), take(23))
    assert places(found) == {"ignore": [], "bind": [], "doubtful": []}
    assert (found.without, found.remaining) == ((), ())


def test_an_id_of_the_client_that_stands_in_a_later_path_is_bound_at_its_first_place():
    def take(ref):
        made = call("POST /items", "{ok: 1}", f"{{json: {{ref: {ref}}}}}")
        return made + call(f"GET /items/{ref}", "{name: pen}", at=1000)

    found = suggested(take("k7zq2"), take("m3xw9"))
    assert places(found) == {"ignore": [], "bind": ["json.ref"], "doubtful": []}
    assert found.places.bind[0].evidence == "random: 1 pair differs, 1 sent again later"
    assert len(found.without) > 0
    assert found.remaining == ()


def test_a_value_that_occurs_for_two_others_is_ignored_although_it_comes_back():
    def take(*numbers):
        return "".join(
            call("POST /a", f"{{n: {n}}}", f"{{json: {{n: {n}, turn: {turn}}}}}", at=turn)
            for turn, n in enumerate(numbers)
        )

    found = suggested(take(512, 512, 733), take(618, 907, 618))
    assert places(found)["ignore"] == ["json.n"]
    assert found.remaining == ()


def test_generated_names_of_fields_are_ignored_with_the_object_around_them():
    def take(name):
        return call("POST /a", request=f"{{json: {{marks: {{{name}: 1}}, turn: 1}}}}")

    found = suggested(take("k7zq2"), take("m3xw9"))
    assert places(found) == {"ignore": ["json.marks"], "bind": [], "doubtful": []}
    assert found.places.ignore[0].evidence.startswith("generated names: ")
    assert found.remaining == ()


def test_generated_names_at_the_root_are_told_as_what_no_rule_can_name():
    found = suggested(*(call("POST /a", request=f"{{json: {{{name}: 1, turn: 1}}}}") for name in ("k7zq2", "m3xw9")))
    assert places(found) == {"ignore": [], "bind": [], "doubtful": ["the names of the fields of a body"]}
    assert any("POST /a: nothing recorded matches" in each for each in found.remaining)


def test_a_field_of_one_take_is_ignored():
    found = suggested(
        call("POST /a", request="{json: {turn: 1}}"), call("POST /a", request="{json: {turn: 1, again: 3}}")
    )
    assert places(found)["ignore"] == ["json.again"]
    assert found.remaining == ()


@pytest.mark.parametrize(
    ("sort", "place", "values"),
    [
        ("counter", "json.n", ("{n: 101}", "{n: 204}", "{n: 102}", "{n: 205}")),
        ("random number", "json.n", ("{n: 101}", "{n: 204}", "{n: 977}", "{n: 811}")),
        ("signature", "json.checksum", tuple(f"{{checksum: {each}bbccddee}}" for each in ("aa", "9a", "fc", "7d"))),
        ("value of another type", "json.n", ("{n: 101}", "{n: k7z}", "{n: 977}", "{n: q4x}")),
        ("random", "form.key", ("key=k7zq", "key=m3xw", "key=b2vn", "key=t9rd")),
    ],
)
def test_the_sort_of_values_is_told(sort, place, values):
    def take(*each):
        texts = [f"{{json: {v}}}" if v[0] == "{" else f"{{headers: {FORM}, text: {v}}}" for v in each]
        return "".join(call(f"POST /a{turn}", request=text, at=turn) for turn, text in enumerate(texts))

    found = suggested(take(values[0], values[2]), take(values[1], values[3]))
    assert [(each.value, each.evidence.partition(":")[0]) for each in found.places.ignore] == [(place, sort)]
    assert found.remaining == ()


FORM = "{content-type: application/x-www-form-urlencoded}"


def test_values_that_a_replay_accepts_are_named_as_such():
    ids = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    found = suggested(*(call("POST /a", request=f"{{json: {{requestId: {each}}}}}") for each in ids))
    assert places(found) == {"ignore": [], "bind": [], "doubtful": []}
    assert [each.value for each in found.places.by_itself] == ["json.requestId"]


def test_requests_that_generated_values_alone_tell_apart_get_a_rule_for_them():
    def take(*ids):
        return "".join(
            call("POST /a", f"{{n: {n}}}", f"{{json: {{value: {each}}}}}", at=n) for n, each in enumerate(ids)
        )

    one = "0f8fad5b-d9cb-469f-a165-70867728950e", "9b2fa1c4-3a57-4c1e-8d0e-5f1b7c2d9e60"
    other = "7c9e6679-7425-40de-944b-e07fc1f90ae7", "16fd2706-8baf-433b-82eb-8c7fada847da"
    found = suggested(take(*one), take(*other))
    assert places(found)["ignore"] == ["json.value"]
    assert len(found.without) > 0
    assert found.remaining == ()


def test_three_takes_show_more_than_two():
    texts = [f"{{json: {{a: {a}, b: {b}}}}}" for a, b in ((101, 7001), (101, 7713), (452, 7713))]
    found = suggested(*(call("POST /a", request=each) for each in texts))
    assert sorted(places(found)["ignore"]) == ["json.a", "json.b"]
    assert found.counts == (3, 3, 0)


def test_what_a_profile_says_already_is_not_suggested_again():
    texts = [call("POST /a", request=f"{{json: {{a: {a}}}}}") for a in (101, 452)]
    found = suggested(*texts, profile=replace(NEUTRAL, ignore=("json.a",)))
    assert places(found) == {"ignore": [], "bind": [], "doubtful": []}


def test_exchanges_without_a_counterpart_are_counted():
    found = suggested(call("GET /a"), call("GET /a") + call("GET /b"))
    assert "0 exchanges of 1.yaml and 1 of 2.yaml have no counterpart" in found.remarks
    assert any("GET /b: nothing recorded matches" in each for each in found.remaining)


@pytest.mark.parametrize(
    ("takes", "told"),
    [
        ([call("GET /a")], "one cassette alone does not show which values vary"),
        ([call("GET /a"), call("GET /b")], "1.yaml and 2.yaml have no request in common: record one session twice"),
    ],
)
def test_takes_that_cannot_be_compared_are_refused(takes, told):
    with pytest.raises(TakesError, match=re.escape(told)):
        suggested(*takes)


def socket(*lines):
    rows = "".join(f"    {line[0]} 0.{n:02} {line[1:]}\n" for n, line in enumerate([*lines, ">close 1000"], 1))
    return "- socket: /feed\n  at: 0\n  response: {status: 101}\n  messages: |\n" + rows


def test_messages_in_another_order_do_not_vary():
    asked = [f'>{{"type":"ask","of":"{name}","n":{n}}}' for n, name in enumerate(("pens", "ink", "paper"))]
    found = suggested(socket(*asked), socket(*asked[::-1]))
    assert places(found) == {"ignore": [], "bind": [], "doubtful": []}
    assert (found.without, found.remaining) == ((), ())


def test_messages_in_another_order_vary_in_their_own_fields_alone():
    def take(*each):
        return socket(*(f'>{{"type":"ask","of":"{name}","key":{key}}}' for name, key in each))

    found = suggested(take(("pens", 811), ("ink", 923)), take(("ink", 455), ("pens", 671)))
    assert places(found) == {"ignore": ["message.key"], "bind": [], "doubtful": []}
    assert found.remaining == ()


def test_a_name_that_no_option_can_write_is_told():
    names = "{'a b': 101}", "{'a b': 452}"
    found = suggested(*(call("POST /a", request=f"{{json: {{in: {each}, turn: 1}}}}") for each in names))
    assert places(found) == {"ignore": [], "bind": [], "doubtful": ["body.in.a b of a request"]}


def test_a_poll_more_or_less_is_chance():
    poll = call("GET /poll?t=1", "[]") + call("GET /poll?t=1", "[]", at=1)
    found = suggested(poll, poll + call("GET /poll?t=1", "[]", at=2))
    assert found.remarks == ("0 exchanges of 1.yaml and 1 of 2.yaml have no counterpart",)
    assert (found.without, found.remaining) == ((), ())


def test_a_rehearsal_that_goes_wrong_everywhere_ends_early_and_long_takes_are_quick():
    def take(number):
        made = random.Random(number)
        texts = [f"{{json: {{n: {made.randrange(10**7, 10**8)}, i: {n}}}}}" for n in range(300)]
        return "".join(call("POST /a", request=each, at=n) for n, each in enumerate(texts))

    began = time.process_time()
    found = suggested(take(1), take(2))
    assert time.process_time() - began < 6.0
    assert places(found) == {"ignore": ["json.n"], "bind": [], "doubtful": []}
    assert 20 <= len(found.without) < 30
    assert found.remaining == ()


@pytest.mark.parametrize("further", [0, 1])
def test_long_feeds_are_quick(further):
    def take(stamp, count):
        lines = [f'<{{"type":"tick","at":{n}{stamp}}}' for n in range(count)]
        rows = "".join(
            f"    {line[0]} {n / 1000:.3f} {line[1:]}\n" for n, line in enumerate([*lines, ">close 1000"], 1)
        )
        return f"- socket: /feed?k={stamp}\n  at: 0\n  response: {{status: 101}}\n  messages: |\n{rows}"

    began = time.process_time()
    found = suggested(take(811, 3000), take(923, 3000 + further))
    assert time.process_time() - began < 6.0
    assert places(found) == {"ignore": ["query.k"], "bind": [], "doubtful": []}


def test_a_body_that_is_long_and_random_is_compared_in_a_moment():
    bodies = [f"{{text: '{random.Random(n).randbytes(15_000).hex()}'}}" for n in (1, 2)]
    began = time.process_time()
    found = suggested(*(call("POST /a", request=each) for each in bodies))
    assert time.process_time() - began < 6.0
    assert places(found)["doubtful"] == ["the body of a request"]


def talk(*rows, path="/live"):
    """A socket's exchange of rows: milliseconds, direction, text."""
    lines = "".join(f"    {direction} {time / 1000:.6f} {text}\n" for time, direction, text in rows)
    return f"- socket: {path}\n  at: 0\n  response: {{status: 101}}\n  messages: |\n{lines}    < 9 close 1000\n"


def test_heartbeats_that_only_their_rhythm_shows_are_named_with_those_of_a_known_look():
    def take(count):
        beats = [(n * 100, ">", '{"op":1,"d":0}') for n in range(count)]
        acks = [(n * 100 + 1, "<", '{"op":11}') for n in range(count)]
        return talk(*sorted([*beats, *acks, (5, ">", '{"op":"ping","n":1}'), (50, ">", '{"op":7,"say":"hello"}')]))

    found = suggested(take(5), take(6))
    assert [(each.value, each.evidence) for each in found.heartbeats] == [
        ('{"op": 1}', "at even intervals: 11 messages of the client"),
        ('{"op": "ping"}', "by look: 2 messages of the client"),
        ('{"op": 11}', "the service's reply"),
    ]
    assert not [each for each in found.remarks if each.startswith("heartbeats")]
    assert found.remaining == ()


def test_heartbeats_of_a_known_look_alone_need_no_name():
    take = talk(*((n * 100, ">", '{"type":"ping"}') for n in range(5)))
    found = suggested(take, take)
    assert found.heartbeats == ()
    assert [each for each in found.remarks if each.startswith("heartbeats")]


def test_heartbeats_whose_pattern_would_fit_other_messages_are_not_named():
    take = talk(*((n * 100, ">", '{"op":1}') for n in range(5)), (450, ">", '{"op":1,"say":"hello"}'))
    assert suggested(take, take).heartbeats == ()


def test_a_stream_of_lines_that_chance_divides_has_a_framing():
    one = talk((0, ">", '"NICK a\\nJOIN b\\n"'), (9, "<", '"welcome\\n"'))
    other = talk((0, ">", '"NICK a\\n"'), (1, ">", '"JOIN b\\n"'), (9, "<", '"welcome\\n"'))
    found = suggested(one, other)
    assert (found.framing.value, found.framing.evidence) == ("lines", "5 messages hold 6 packets: chance divides them")
    assert found.without
    assert found.remaining == ()


def test_messages_of_several_lines_that_no_take_divides_otherwise_have_no_framing():
    take = talk((0, ">", '"{\\n \\"a\\": 1\\n}\\n"'), (9, "<", '"ok\\n"'))
    assert suggested(take, take).framing is None
