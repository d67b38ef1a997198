"""Changes of a plan that no replay may miss: another word, a step too few, a step too many."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.identity.plan import Call, Feed, Field, Plan, Step, Task, Turn, Visit, Word

OTHER = Word("changed")
"""A word that no plan has."""


@dataclass(frozen=True)
class Change:
    """What another client does.

    Attributes:
        what: For people: what was changed, and where.
        plan: The plan as it is then.
    """

    what: str
    plan: Plan


def changes(plan: Plan) -> list[Change]:
    """All changes of one thing."""
    found: list[Change] = []
    for number, task in enumerate(plan.tasks):
        for place, step in enumerate(task):
            where = f"task {number}, step {place}"
            for what, other in _of_step(step):
                found.append(Change(f"{where}: {what}", _with(plan, number, _put(task, place, other))))
            found.append(Change(f"{where}: left out", _with(plan, number, task[:place] + task[place + 1 :])))
            found.append(Change(f"{where}: twice", _with(plan, number, (*task[:place], step, *task[place:]))))
    return found


def any_change(plan: Plan) -> st.SearchStrategy[Change]:
    """One of them."""
    return st.sampled_from(changes(plan))


def _with(plan: Plan, number: int, task: Task) -> Plan:
    return replace(plan, tasks=_put(plan.tasks, number, task))


def _put(values: tuple, place: int, value: object) -> tuple:
    return (*values[:place], value, *values[place + 1 :])


def _of_step(step: Step) -> Iterator[tuple[str, Step]]:
    if isinstance(step, Feed):
        yield from _of_feed(step)
        return
    for place, value in enumerate(step.path):
        if isinstance(value, Word):
            yield f"another word in path[{place}]", replace(step, path=_put(step.path, place, OTHER))
    yield from _of_fields("query", step.query, lambda fields: replace(step, query=fields))
    match step:
        case Call():
            yield from _of_fields("body", step.fields, lambda fields: replace(step, fields=fields))
            if step.method != "OPTIONS":
                yield "another method", replace(step, method="OPTIONS")
        case Visit():
            yield from _of_turns(step)


def _of_feed(feed: Feed) -> Iterator[tuple[str, Feed]]:
    posts = feed.posts
    for place, fields in enumerate(posts):
        for what, other in _of_fields("post", fields, lambda fields: fields):
            yield f"post {place}: {what}", replace(feed, posts=_put(posts, place, other))
        yield f"post {place}: left out", replace(feed, posts=posts[:place] + posts[place + 1 :])
        yield f"post {place}: twice", replace(feed, posts=(*posts[:place], fields, *posts[place:]))


def _of_turns(visit: Visit) -> Iterator[tuple[str, Step]]:
    turns = visit.turns
    for place, turn in enumerate(turns):
        if isinstance(turn, Turn):
            for what, other in _of_turn(turn):
                yield f"turn {place}: {what}", replace(visit, turns=_put(turns, place, other))
        yield f"turn {place}: left out", replace(visit, turns=turns[:place] + turns[place + 1 :])
        yield f"turn {place}: twice", replace(visit, turns=(*turns[:place], turn, *turns[place:]))


def _of_turn(turn: Turn) -> Iterator[tuple[str, Turn]]:
    yield "another verb", replace(turn, verb="shout")
    yield from _of_fields("message", turn.fields, lambda fields: replace(turn, fields=fields))  # type: ignore[misc]


def _of_fields(where: str, fields: tuple[Field, ...], made: Callable[[tuple[Field, ...]], object]) -> Iterator[tuple]:
    for place, field in enumerate(fields):
        if isinstance(field.value, Word):
            yield f"another word in {where}.{field.name}", made(_put(fields, place, replace(field, value=OTHER)))
        yield f"{where}.{field.name} left out", made(fields[:place] + fields[place + 1 :])
