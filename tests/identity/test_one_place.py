"""One value that differs from run to run, at one place, alone: what hypothesis would shrink most failures to."""

from __future__ import annotations

import pytest

from tests.identity.cases import case
from tests.identity.plan import (
    BodyKind,
    Call,
    Channel,
    Endpoint,
    Field,
    Framing,
    Made,
    Plan,
    Secret,
    Turn,
    Value,
    Visit,
    Word,
)
from tests.identity.run import Bench, check_caught, check_same

_TELLING = Endpoint("json", "yes", ("short",), echoes=True)
_SILENT = Endpoint("json", "yes")
_BODIES: tuple[BodyKind, ...] = ("json", "graphql", "form", "multipart", "text", "xml")
_FRAMINGS: tuple[Framing, ...] = ("json", "rpc", "signalr", "socketio", "line", "xml")
_MADE = [Made(kind) for kind in ("uuid", "hex32", "hex16", "ulid", "nanoid", "base64", "time", "time_ms", "time_s")]
_LOOKS = [Secret("email"), Secret("jwt")]


def _name(value: object) -> str:
    return value if isinstance(value, str) else str(getattr(value, "kind", getattr(value, "look", "")))


def _calls(value: Value, *, prose: bool = False) -> dict[str, Call]:
    """Calls that say a value once."""
    field = Field("ref", value, prose)
    rest = (Field("topic", Word("apple")), field)
    bodies = {f"body-{kind}": Call(method="POST", body=kind, fields=rest) for kind in _BODIES}
    if prose:
        return bodies
    return {
        "path": Call(path=(Word("item"), value)),
        "path-post": Call(method="POST", path=(value, Word("item"))),
        "query": Call(query=rest),
        **bodies,
    }


def _plans(value: Value, *, prose: bool = False) -> dict[str, Plan]:
    """Plans that say a value once, heard back and not; and then something else."""
    last = Call(endpoint=0, query=(Field("topic", Word("end")),))
    found = {}
    for place, call in _calls(value, prose=prose).items():
        found[f"{place}-echoed"] = Plan(((call, last),), (_TELLING,))
        if place not in ("path", "query") or not isinstance(value, Made):
            found[place] = Plan(((call, last),), (_SILENT,))
    for framing in _FRAMINGS:
        turns = (Turn("ask", (Field("topic", Word("apple")), Field("ref", value, prose))), Turn("end"))
        channel = Channel(framing, greets=True, parts=2, echoes=True)
        found[f"socket-{framing}"] = Plan(((Visit(turns=turns),),), (), (channel,))
    return found


def _cases(values: list[Value], *, prose: bool = False):
    for value in values:
        for place, plan in _plans(value, prose=prose).items():
            name = f"{_name(value)}-{'prose-' if prose else ''}{place}"
            yield case(name, plan)


def _opaque():
    """Secrets without a look, where their place gives them away."""
    for name in ("password", "apiKey", "client_secret"):
        for place, plan in _plans_of_field(Field(name, Secret("opaque"))).items():
            yield case(f"{name}-{place}", plan)


def _plans_of_field(field: Field) -> dict[str, Plan]:
    told = {
        f"body-{kind}": Plan(((Call(method="POST", body=kind, fields=(field,)),),), (_TELLING,))
        for kind in ("json", "graphql", "form", "multipart")
    }
    return told | {
        f"socket-{framing}": Plan(((Visit(turns=(Turn("ask", (field,)),)),),), (), (Channel(framing, echoes=True),))
        for framing in ("json", "rpc", "signalr", "socketio")
    }


@pytest.mark.parametrize("plan", [*_cases([*_LOOKS, *_MADE]), *_cases(_LOOKS, prose=True), *_opaque()])
def test_a_value_of_this_run_stands_where_the_recorded_one_stood(bench: Bench, plan: Plan):
    take = bench.record(plan)
    check_same(take, bench.replay(plan, take.cassette))


_OTHERS = {
    "item-18": "item-19",
    "18": "19",
    "pear": "plum",
    "2026-11-28": "2026-11-29",
    "0f8fad5b-d9cb-469f-a165-70867728950e": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
}
"""What people and businesses say, and another such value."""


def _controls():
    for word in _OTHERS:
        for place in _plans(Word(word)):
            # JSON-RPC and SignalR count their messages: values that a client makes. And a uuid may be one elsewhere,
            # but where a GET names what is there already, and nothing comes back, nothing shows that it is.
            if place not in ("socket-rpc", "socket-signalr") and (len(word) < 36 or place in ("path", "query")):
                yield case(f"{word}-{place}", word, place)


@pytest.mark.parametrize(("word", "place"), list(_controls()))
def test_a_word_never_stands_for_another(bench: Bench, word: str, place: str):
    plan, other = _plans(Word(word))[place], _plans(Word(_OTHERS[word]))[place]
    take = bench.record(plan)
    check_same(take, bench.replay(plan, take.cassette))
    check_caught(take, bench.replay_changed(other, take.cassette), f"{word} at {place}")
