"""The evidence for what differs between generations, field by field, and for the switches (§5, §7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from enum import Enum
from typing import Final, NamedTuple

from fake_server.evidence.model import Evidence, Group, row, row_of
from fake_server.service.dialect import DIALECTS, Dialect
from fake_server.service.switches import SWITCHES, Reading
from provider.wire.generations import GENERATIONS, Generation


class _About(NamedTuple):
    behaviour: str
    paragraph: str = ""
    confidence: str = ""
    note: str = ""


_CLIENT: Final = "the client's; the fake takes any"

GENERATION_FIELDS: Final[Mapping[str, _About]] = {
    "name": _About("which generation is spoken", "§5", "[inf]", "the borders are ours, drawn by §1's dates"),
    "user_query": _About("query of GET /c/api/user", "§3.1", "[5]", _CLIENT),
    "asks_user_anonymously": _About("whether anonymous callers ask for the user", "§5", "[1]", _CLIENT),
    "opening": _About("how a conversation is opened", "§5", "[5]", "the fake has both, from 2025-10 on"),
    "opening_body": _About("the body that goes with it", "§3.5", "[3]", _CLIENT),
    "anonymous_session": _About(
        "whether anonymous sockets need a temporary session", "§2.1", "[2]", "only with --strict"
    ),
    "token_in_url": _About("whether the token is in the socket's URL", "§2.6", "[6]", "the fake reads it there always"),
    "client_session_id": _About(
        "whether the URL names the client's session", "§4.1", "[3]", "only --strict asks for it"
    ),
    "connected": _About("how many connected come first", "§4.2", "[5], conflict"),
    "set_options": _About("the client's first message", "§4.3", "[5+]", _CLIENT),
    "reports_consents": _About("whether reportLocalConsents follows", "§4.3", "[4]", _CLIENT),
    "sends_context": _About("whether send has a context", "§4.3", "[4]", _CLIENT),
    "modes": _About("which modes the client offers", "§4.3", "[3]", _CLIENT),
    "part_ids": _About("how parts are named", "§4.4", "[1]", "captured in May, and in November 2025"),
    "partial_images": _About("whether unfinished pictures come", "§4.4", "[3]"),
    "chain_of_thought": _About("whether reasoning comes as text", "§4.4", "[3]"),
    "documents": _About("whether documents are taken, as multipart", "§3.3", "[2]"),
    "max_text": _About(
        "longest text part, in characters", "§4.6", "[3]", "10,240 by config; how it counts is not known"
    ),
    "after_done": _About("what follows done, in order", "§4.9", "[1]"),
}
"""Every field of `provider.wire.generations.Generation`; a test compares the names."""

DIALECT_FIELDS: Final[Mapping[str, _About]] = {
    "start": _About("the fake's first moment", note="so that equal sessions have equal dates"),
    "absolute_urls": _About("how an upload's URL is written", "§3.3", "[1], [inf]", "relative seen in 2026"),
    "author_is_object": _About("how a history names who wrote", "§3.4", "[3], conflict", "a word in March 2025 [1]"),
    "image_types": _About("what is taken as an image", "§3.3", "[3]", "gif refused in 2026 [1], taken before [inf]"),
    "text_attachments": _About("whether plain text is taken raw", "§3.3", "[1]"),
    "challenges_apart": _About("whether challenges are numbered apart", "§4.4", "[2]"),
    "progression": _About("progressionText of a picture", "§4.4", "[3]", "its words are ours"),
    "user": _About("what GET /c/api/user says besides name and id", "§3.2", "[1]"),
    "held_send": _About("what becomes of a message that a challenge held", "§4.7", "[3], conflict"),
    "suggesting": _About(
        "whether suggestions come at once or in pieces", "§4.4", "[3], conflict", "fields of the pieces are inferred"
    ),
    "hashcash_digits": _About("what a hashcash's difficulty counts", "§4.7", "[3], conflict"),
}
"""Every field of `fake_server.service.dialect.Dialect`; a test compares the names."""


def _of_generation(reading: Reading) -> Mapping[str, object]:
    return reading.generation


def _of_dialect(reading: Reading) -> Mapping[str, object]:
    return reading.dialect


def _fields(
    group: Group,
    kind: type[Generation | Dialect],
    about: Mapping[str, _About],
    set_by: Callable[[Reading], Mapping[str, object]],
) -> Iterator[Evidence]:
    switched = {
        field: name for name, switch in SWITCHES.items() for one in switch.readings.values() for field in set_by(one)
    }
    for field in fields(kind):
        if field.name in about:
            about_field = about[field.name]
            switch = switched.get(field.name, "")
            note = "; ".join(filter(None, (_values(group, field.name), about_field.note)))
            yield row(
                group,
                field.name,
                about_field.behaviour,
                about_field.paragraph,
                about_field.confidence,
                switch=switch,
                note=note,
            )


def _values(group: Group, field: str) -> str:
    """A field's value in each generation, as in ``2025-03: 0, 2025-10: 1``; empty for values longer than a word."""
    table: Mapping[str, object] = GENERATIONS if group is Group.GENERATION else DIALECTS
    values = {name: getattr(each, field) for name, each in table.items()}
    if not all(isinstance(value, bool | int | Enum) for value in values.values()):
        return ""
    return ", ".join(f"{name}: {_word(value)}" for name, value in values.items())


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value.value if isinstance(value, Enum) else value)


def _switches() -> Iterator[Evidence]:
    for name, switch in SWITCHES.items():
        note = f"--switch {name}=READING, of {', '.join(switch.readings)}"
        yield row_of(Group.SWITCHES, name, switch, switch=name, note=note)


GENERATION_EVIDENCE: Final = (
    *_fields(Group.GENERATION, Generation, GENERATION_FIELDS, _of_generation),
    *_fields(Group.DIALECT, Dialect, DIALECT_FIELDS, _of_dialect),
    *_switches(),
)
"""The rows for what differs between the generations, and for the switches."""
