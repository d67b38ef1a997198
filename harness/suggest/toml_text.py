"""`profile_text`: a suggestion as the TOML of a profile, with the evidence of each line as a comment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from harness.printable import one_line
from harness.suggest.rules import Suggested
from harness.suggest.suggestion import Suggestion

_MOST_LISTED: Final = 20


def profile_text(suggestion: Suggestion, name: str, *, under: str = "") -> str:
    """The profile as a TOML table.

    Args:
        suggestion: What to write.
        name: The profile's name.
        under: The table around it, with a dot at its end: ``tool.wiretape.``; empty for a file of profiles.
    """
    return "\n".join([*_head(suggestion), f"[{under}services.{name}]", *_keys(suggestion), *_notes(suggestion), ""])


def _head(suggestion: Suggestion) -> Iterator[str]:
    takes, requests, messages = suggestion.counts
    yield (
        f"# Suggested by `wiretape profile suggest` from {takes} takes of one session: {requests} requests, "
        f"{messages} messages of the client."
    )


def _keys(suggestion: Suggestion) -> Iterator[str]:
    if suggestion.extends:
        yield f"extends = {_quoted(suggestion.extends)}"
    if suggestion.upstreams:
        yield f"upstreams = [{', '.join(map(_quoted, suggestion.upstreams))}]"
    if suggestion.env:
        pairs = ", ".join(f"{key} = {_quoted(value)}" for key, value in suggestion.env.items())
        yield f"env = {{{pairs}}}"
    places = suggestion.places
    lists = {
        "secrets": suggestion.secrets,
        "ignore": places.ignore,
        "bind": places.bind,
        "headers": suggestion.headers,
    }
    for key, every in lists.items():
        yield from _list(key, every)
    yield from _list("heartbeats", suggestion.heartbeats)
    for key, value in (("framing", suggestion.framing), ("event", suggestion.event)):
        if value is not None:
            yield f"{key} = {_quoted(value.value)}  # {value.evidence}"
    yield from _list("end_of_turn", suggestion.end_of_turn)


def _list(key: str, every: Iterable[Suggested]) -> Iterator[str]:
    rows = [(f"    {_quoted(each.value)},", each.evidence) for each in every]
    if not rows:
        return
    width = max(len(row) for row, _ in rows)
    yield f"{key} = ["
    yield from (f"{row:{width}}  # {evidence}" for row, evidence in rows)
    yield "]"


def _notes(suggestion: Suggestion) -> Iterator[str]:
    places = suggestion.places
    yield from _commented("A replay accepts these by itself, so that they need no rule:", places.by_itself)
    yield from _commented("These vary, too, and have no rule: are the takes of one session?", places.doubtful)
    yield from (f"# {one_line(each, 300)}" for each in suggestion.remarks)


def _commented(title: str, every: tuple[Suggested, ...]) -> Iterator[str]:
    if not every:
        return
    yield f"# {title}"
    yield from (f"#   {one_line(each.value, 200)}: {each.evidence}" for each in every[:_MOST_LISTED])
    if len(every) > _MOST_LISTED:
        yield f"#   and {len(every) - _MOST_LISTED} more"


def _quoted(text: str) -> str:
    # Of the characters that JSON leaves as they are, TOML escapes one more.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
