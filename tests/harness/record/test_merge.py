import itertools
import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cassette.model import Body, Call, Cassette, Line, Recorded, RequestPart, ResponsePart, SocketExchange
from harness.profile import ServiceProfile
from harness.record import merge
from harness.record.errors import MergeError
from harness.record.merge import append, end_of, replace_matching

PROFILE = ServiceProfile(
    name="test", upstream="https://service.test", volatile_fields={"id": "id"}, volatile_query={"cursor": "id"}
)


def call(target="/a", at=0, body=b"", answer=b"", after=10):
    response = ResponsePart(status=200, after=after, body=Body(data=answer))
    return Call(method="POST", target=target, at=at, request=RequestPart(body=Body(data=body)), response=response)


def socket(said, at=0):
    lines = (Line(">", 20, "text", said), Line("<", 30, "text", b"{}"), Line("<", 40, "close", b"", 1000))
    return SocketExchange(target="/ws", at=at, response=ResponsePart(status=101, after=10), messages=lines)


def cassette(*exchanges, at="2026-11-23T05:00:00Z", origin="https://service.test", **more):
    recorded = Recorded(at=at, by="relay", origin=origin, complete=more.pop("complete", True))
    return Cassette(recorded=recorded, exchanges=exchanges, **more)


def untimed(merged):
    return sorted(repr(msgspec.structs.replace(each, at=0)) for each in merged.exchanges)


def test_appended_exchanges_come_after_all_that_was_there():
    merged = append(cassette(call(at=0, after=9_000_000), call(at=5)), cassette(call("/b", at=0), call("/c", at=7)))
    assert [each.target for each in merged.exchanges] == ["/a", "/a", "/b", "/c"]
    assert [each.at for each in merged.exchanges] == [0, 5, 10_000_000, 10_000_007]


def test_a_take_without_exchanges_changes_nothing():
    old = cassette(call())
    assert append(old, cassette(at="2027-01-01T00:00:00Z")) is old


def test_the_head_is_that_of_the_newest_and_complete_if_both_are():
    merged = append(cassette(call(), complete=False), cassette(call(), at="2027-01-01T00:00:00Z"))
    assert (merged.recorded.at, merged.recorded.complete) == ("2027-01-01T00:00:00Z", False)


def test_kinds_of_secrets_and_the_user_s_own_are_joined():
    old = cassette(call(), redacted=("cookie",), meta={"why": "x"}, order="session")
    merged = append(old, cassette(call(), redacted=("authorization",)))
    assert (merged.redacted, merged.meta, merged.order) == (("authorization", "cookie"), {"why": "x"}, "session")


def test_a_take_of_another_service_is_refused():
    with pytest.raises(MergeError, match="recorded from fake:2026"):
        append(cassette(call(), origin="fake:2026"), cassette(call()))


def test_two_ports_of_a_local_service_are_one_service():
    old, new = (cassette(call(), origin=f"http://127.0.0.1:{port}") for port in (1000, 2000))
    assert len(append(old, new).exchanges) == 2


def test_what_was_asked_anew_is_replaced_in_its_place():
    old = cassette(call("/a", answer=b"old"), call("/b", at=50))
    merged = replace_matching(old, cassette(call("/c", at=5), call("/a", at=100, answer=b"new")), PROFILE)
    assert [each.target for each in merged.exchanges] == ["/a", "/b", "/c"]
    assert merged.exchanges[0].response.body.data == b"new"


def test_of_equal_requests_each_replaces_one():
    old = cassette(*(call(answer=b"%d" % i, at=i) for i in range(3)))
    merged = replace_matching(old, cassette(call(answer=b"x"), call(answer=b"y", at=1)), PROFILE)
    assert [each.response.body.data for each in merged.exchanges] == [b"x", b"y", b"2"]


def test_ids_of_one_run_are_no_difference_in_bodies_queries_and_paths():
    def session(name, answer):
        start = call("/start", answer=b'{"id":"%s"}' % name.encode())
        return start, call(f"/{name}/x?cursor={name}", at=100, body=b'{"id":"%s"}' % name.encode(), answer=answer)

    merged = replace_matching(
        cassette(*session("one", b"old"), call("/z", at=200)), cassette(*session("two", b"new")), PROFILE
    )
    assert [each.target for each in merged.exchanges] == ["/start", "/two/x?cursor=two", "/z"]


def test_a_socket_is_known_by_what_its_client_said():
    old = cassette(socket(b'{"text":"a"}'), socket(b'{"text":"b"}', at=100))
    merged = replace_matching(old, cassette(socket(b'{"text":"b"}')), PROFILE)
    assert [each.messages[0].data for each in merged.exchanges] == [b'{"text":"a"}', b'{"text":"b"}']


def test_when_everything_is_replaced_another_service_may_answer():
    merged = replace_matching(cassette(call(), origin="fake:2026"), cassette(call()), PROFILE)
    assert merged.recorded.origin == "https://service.test"


def test_in_a_session_that_is_ordered_what_followed_an_answer_still_does():
    old = cassette(call("/a", after=10), call("/b", at=20), order="session")
    merged = replace_matching(old, cassette(call("/a", after=500)), PROFILE)
    first, second = merged.exchanges
    assert end_of(first) < second.at


takes = st.lists(
    st.lists(st.sampled_from(["/a", "/b", "/c"]), max_size=3).map(
        lambda targets: cassette(*(call(t, at=i * 7, answer=t.encode()) for i, t in enumerate(targets)))
    ),
    max_size=4,
)


@given(takes)
@settings(max_examples=60, deadline=None)
def test_takes_in_whatever_order_give_the_same_exchanges(several):
    results = []
    for order in itertools.islice(itertools.permutations(several), 6):
        merged = cassette()
        for take in order:
            merged = append(merged, take)
        results.append(untimed(merged))
    assert all(each == results[0] for each in results)


@given(takes)
@settings(max_examples=60, deadline=None)
def test_merged_exchanges_are_in_order_of_time(several):
    merged = cassette()
    for take in several:
        merged = replace_matching(merged, take, PROFILE)
    times = [each.at for each in merged.exchanges]
    assert times == sorted(times)


@given(takes)
@settings(max_examples=60, deadline=None)
def test_renewing_with_what_was_just_recorded_changes_nothing(several):
    for take in several:
        assert replace_matching(take, take, PROFILE).exchanges == take.exchanges


def test_spread_costs_no_more_than_it_must_and_keeps_the_order():
    count = 3000
    old = tuple(call(f"/{at}", at=at * 10, after=5) for at in range(count))
    longer = tuple(call(f"/{at}", at=at * 10, after=9) for at in range(0, count, 2))
    began = time.process_time()
    spread = merge._spread(old, [longer[at // 2] if at % 2 == 0 else old[at] for at in range(count)])
    assert time.process_time() - began < 1.0
    assert [each.target for each in spread] == [each.target for each in old]
    for before, after, (first, second) in zip(old, old[1:], itertools.pairwise(spread), strict=False):
        if end_of(before) <= after.at:
            assert end_of(first) <= second.at


@pytest.mark.parametrize(
    "merge", [append, lambda old, new: replace_matching(old, new, PROFILE)], ids=["append", "replace_matching"]
)
@pytest.mark.parametrize("target", ["/a", "/b"])
def test_what_people_wrote_into_a_cassette_stays(merge, target):
    old = cassette(call("/a"), ignore=("json:/at",), bind=("json:/id",), meta={"a": 1})
    merged = merge(old, cassette(call(target)))
    assert (merged.ignore, merged.bind, merged.meta) == (("json:/at",), ("json:/id",), {"a": 1})


@pytest.mark.parametrize(
    ("place", "one", "other"),
    [
        ("query.t", call("/a?t=1"), call("/a?t=2")),
        ("path[1]", call("/a/1"), call("/a/2")),
        ("message.text", socket(b'{"text":"a","n":1}'), socket(b'{"text":"b","n":1}')),
        ("message[1].text", socket(b'[1,{"text":"a"}]'), socket(b'[1,{"text":"b"}]')),
    ],
)
def test_requests_that_differ_at_places_of_the_head_are_the_same(place, one, other):
    assert len(replace_matching(cassette(one), cassette(other), PROFILE).exchanges) == 2
    assert len(replace_matching(cassette(one, ignore=(place,)), cassette(other), PROFILE).exchanges) == 1
    assert len(replace_matching(cassette(one), cassette(other, bind=(place,)), PROFILE).exchanges) == 1
    assert len(replace_matching(cassette(one), cassette(other), PROFILE, [place]).exchanges) == 1


def test_a_further_upstream_that_has_moved_is_refused_and_others_are_joined():
    def take(**upstreams):
        made = cassette(call())
        return msgspec.structs.replace(made, recorded=msgspec.structs.replace(made.recorded, upstreams=upstreams))

    old = take(store="https://store.example")
    joined = append(old, take(hub="https://hub.example")).recorded.upstreams
    assert joined == {"store": "https://store.example", "hub": "https://hub.example"}
    with pytest.raises(
        MergeError, match=r"the cassette's upstream store is https://store\.example, that of the new recording"
    ):
        append(old, take(store="https://other.example"))
