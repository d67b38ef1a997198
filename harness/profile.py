"""`ServiceProfile`: what is secret, what varies from run to run, what an event's name is, when a turn ends.

A plain value that knows no network and no file. A second service is one more file in ``harness.services``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["uuid", "id", "token", "cookie", "text", "time"]
"""What a volatile or secret value looks like: decides which other values may stand in its place."""


def _no_event(_: bytes) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A client's message that begins a turn.

    Attributes:
        prompt: Its text.
        mode: The mode that the service is to answer in, or empty.
        conversation: Id of the conversation that it belongs to, or empty.
    """

    prompt: str
    mode: str = ""
    conversation: str = ""


def _no_question(_: bytes) -> Question | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProfile:
    """One service, seen from recording and replaying.

    Names of headers are lower case; names of query values and JSON fields are compared without case, ``-`` and ``_``
    (so ``access_token`` covers ``accessToken``).

    Attributes:
        name: Short, e.g. ``copilot``.
        upstream: Origin of the real service.
        secret_headers: Header -> kind; the whole value is secret (for ``authorization`` what follows the scheme).
        secret_query: Query value -> kind.
        secret_fields: JSON field, at any depth in bodies and messages -> kind.
        secret_cookies: Whether every cookie's value is secret, requests and responses alike.
        redact_generic: Whether names that any service may use (``x-api-key``, ``client_secret``) have rules as well.
        redact_personal: Whether what tells who somebody is counts as secret in any place: telephones, birth dates..
        redact: Further places, written as ``wiretape record --redact`` takes them: ``query.t``, ``json.items[*].id``.
        account_fields: Path -> JSON field -> kind: what tells who the user is, in the answers of that path alone. For
            names such as ``id`` and ``name``, which stand for other things elsewhere.
        deltas: Event -> field of it that holds a piece of a text which goes on in the next such event: a secret may
            lie across them.
        volatile_query: Query value -> kind; matched by kind, bound at its first match.
        volatile_fields: JSON field of a message or body -> kind; likewise.
        event_name: The name of a text message, or None.
        question: The question that a client's message is, or None if it begins no turn.
        failures: Event that ends a turn with an error -> its field that holds the error's code.
        end_of_turn: Events after which a turn is over: lines that are left unsent after one are "trailing".
        milestones: Further events that divide a turn. Between two of them, those that come again and again in turns are
            as many as the answer is long: no difference when recordings are compared in shape.
        numbering: Field in which the service numbers what it says on a socket; empty if it does not.
        moving_fields: Fields of bodies that say when something ends, by the clock: what lay ahead when recorded lies
            ahead as far when played. Names as `plain_name` has them.
        impersonate: Browser whose look (TLS, HTTP/2, headers) the relay takes on towards the service, by curl_cffi's
            names; None passes the client's own headers on, and nothing else.
        origins: Origins (``https://..``) of the service that stand for the local server's own while recording and
            replaying (Host, Origin, Referer, absolute URLs).
    """

    name: str
    upstream: str
    secret_headers: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    secret_query: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    secret_fields: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    secret_cookies: bool = True
    redact_generic: bool = True
    redact_personal: bool = False
    redact: tuple[str, ...] = ()
    account_fields: Mapping[str, Mapping[str, Kind]] = field(default_factory=dict[str, Mapping[str, "Kind"]])
    deltas: Mapping[str, str] = field(default_factory=dict[str, str])
    volatile_query: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    volatile_fields: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    event_name: Callable[[bytes], str | None] = _no_event
    question: Callable[[bytes], Question | None] = _no_question
    failures: Mapping[str, str] = field(default_factory=dict[str, str])
    end_of_turn: frozenset[str] = frozenset()
    milestones: frozenset[str] = frozenset()
    numbering: str = ""
    moving_fields: frozenset[str] = frozenset()
    impersonate: str | None = None
    origins: tuple[str, ...] = ()


def with_places(profile: ServiceProfile, places: Iterable[str], *, personal: bool = False) -> ServiceProfile:
    """The profile with further secret places; ``personal`` makes who somebody is secret in any place."""
    added = tuple(places)
    if not added and not personal:
        return profile
    return replace(profile, redact=(*profile.redact, *added), redact_personal=profile.redact_personal or personal)


def plain_name(name: str) -> str:
    """A field's name as profiles compare it: lower case, without ``-`` and ``_``."""
    return name.lower().replace("-", "").replace("_", "")
