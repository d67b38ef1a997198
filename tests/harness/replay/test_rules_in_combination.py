"""Any combination of what is matched on, of hooks and of repeats does what each of them says by itself."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from urllib.parse import quote

import hypothesis.strategies as st
from hypothesis import given, settings

from harness.record.hooks import RecordHooks
from harness.replay.playback import Playback
from harness.replay.played import Mismatch, Played
from harness.replay.rules import PlayRules
from tests.support.cassettes.builders import PROFILE, call, cassette

NAMES = ("method", "path", "query", "body", "raw_body")
WORDS = st.sampled_from(["a", "b", "c"])
HEADERS = (("content-type", "application/json"),)


@dataclass(frozen=True)
class Ask:
    """A request in parts, two spellings of the same body among them."""

    method: str
    path: str
    query: str
    value: int
    spaced: bool

    @property
    def target(self) -> str:
        return f"/{self.path}?q={self.query}"

    @property
    def body(self) -> bytes:
        return json.dumps({"x": self.value}, separators=(",", ": " if self.spaced else ":")).encode()

    def part(self, name: str) -> object:
        return {"raw_body": self.body, "body": self.value}.get(name, getattr(self, name, None))


ASKS = st.builds(Ask, st.sampled_from(["GET", "POST"]), WORDS, WORDS, st.integers(0, 2), st.booleans())
VERDICTS = st.sampled_from([True, None, False, AssertionError])


def recorded(ask: Ask, number: int = 0):
    return call(f"{ask.method} {ask.target}", ask.body, headers=HEADERS, at=number, answer=str(number).encode())


def function(verdict):
    def judge(before, now):
        if verdict is AssertionError:
            raise AssertionError("no")
        return verdict

    return judge


def playback(*asks: Ask, **rules) -> Playback:
    return Playback(cassette(*map(recorded, asks, range(len(asks)))), PROFILE, play_rules=PlayRules(**rules))


def answer(play: Playback, ask: Ask) -> Played | Mismatch:
    return play.request(ask.method, ask.target, HEADERS, ask.body)


@settings(max_examples=150)
@given(ASKS, ASKS, st.sets(st.sampled_from(NAMES)), st.lists(VERDICTS, max_size=2))
def test_exchange_answers_when_all_that_is_matched_on_is_equal_and_no_function_objects(before, now, names, verdicts):
    play = playback(before, match_on=(*sorted(names), *map(function, verdicts)))
    equal = all(before.part(name) == now.part(name) for name in names)
    agreed = not any(verdict in (False, AssertionError) for verdict in verdicts)
    assert isinstance(answer(play, now), Played) == (equal and agreed)


@settings(max_examples=100)
@given(ASKS, ASKS, st.sets(st.sampled_from(NAMES), min_size=1), VERDICTS)
def test_refusal_names_what_differs_and_nothing_that_is_equal(before, now, names, verdict):
    found = answer(playback(before, match_on=(*sorted(names), function(verdict))), now)
    if isinstance(found, Played) or found.problem.nearest is None:
        return
    differing = {each.field.partition(".")[0].partition("[")[0] for each in found.problem.nearest.differences}
    unequal = {name for name in names if before.part(name) != now.part(name)}
    assert bool(differing & {"method", "path"}) <= bool(unequal & {"method", "path"})
    assert differing
    assert not (differing & {"judge"} and verdict in (True, None))


@settings(max_examples=100)
@given(st.lists(WORDS, min_size=1, max_size=6), st.lists(WORDS, max_size=12), st.booleans())
def test_asking_in_any_order_gets_each_exchange_once_and_the_last_again_if_it_may(paths, asked, repeats):
    kept = [Ask("GET", path, "a", 0, spaced=False) for path in paths]
    play = playback(*kept, repeats=repeats)
    left = {path: [number for number, each in enumerate(paths) if each == path] for path in paths}
    for path in asked:
        found = answer(play, Ask("GET", path, "a", 0, spaced=False))
        queue = left.get(path, [])
        if not queue:
            assert isinstance(found, Mismatch)
            continue
        assert isinstance(found, Played)
        assert found.entry.index == queue[0]
        left[path] = queue[1:] or (queue if repeats else [])


def hook(rules):
    """By path: keeps a request out, puts another target or body in its place, or leaves it."""

    def change(request):
        match rules.get(request.path[1:]):
            case "drop":
                return None
            case "target":
                return replace(request, target=f"/moved{request.target}")
            case "body":
                return replace(request, body=b'{"x":"hidden"}')
            case _:
                return request

    return change


RULES = st.dictionaries(WORDS, st.sampled_from(["drop", "target", "body"]))


@settings(max_examples=100)
@given(st.lists(ASKS, min_size=1, max_size=5), RULES, st.permutations(range(5)))
def test_what_was_recorded_with_a_hook_is_played_with_it_in_any_order(asks, rules, order):
    change = hook(rules)
    kept = RecordHooks(before_request=change).applied(cassette(*map(recorded, asks, range(len(asks)))))
    play = Playback(kept, PROFILE, play_rules=PlayRules(before_request=change))
    for ask in [asks[number] for number in order if number < len(asks)]:
        assert isinstance(answer(play, ask), Mismatch if rules.get(ask.path) == "drop" else Played)
    assert not play.unplayed()


@settings(max_examples=100)
@given(st.lists(ASKS, min_size=1, max_size=5), RULES, RULES, st.sampled_from([(), ("demo.example",), ("x.test",)]))
def test_hooks_and_ignored_hosts_keep_out_what_each_of_them_keeps_out(asks, before, after, ignored):
    change = hook(after)

    def response(view):
        return view if change(replace(view.request, target=f"/{quote(view.request.target[-1])}")) else None

    hooks = RecordHooks(before_request=hook(before), before_response=response, ignore_hosts=ignored)
    kept = hooks.applied(cassette(*map(recorded, asks, range(len(asks)))))
    stays = [
        ask
        for ask in asks
        if before.get(ask.path) != "drop" and after.get(ask.query) != "drop" and "demo.example" not in ignored
    ]
    moved = Counter(f"/moved{ask.target}" if before.get(ask.path) == "target" else ask.target for ask in stays)
    assert Counter(each.target for each in kept.exchanges) == moved
