"""`ServiceProfile`: a service's secrets, values that vary from run to run, names of events, and ends of turns.

A profile is a plain value without I/O. A second service is one more file in ``harness.services``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["uuid", "id", "token", "cookie", "text", "time"]
"""What a volatile or secret value looks like: it decides which other values are accepted in its place."""


def _no_event(_: bytes) -> str | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A client's message that begins a turn.

    Attributes:
        prompt: Its text.
        mode: The mode in which the service is to reply, or empty.
        conversation: Id of its conversation, or empty.
    """

    prompt: str
    mode: str = ""
    conversation: str = ""


def _no_question(_: bytes) -> Question | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProfile:
    """What recording and replaying know of one service.

    Names of headers are lower case; names of query values and JSON fields are compared without case, ``-`` and ``_``
    (so ``access_token`` covers ``accessToken``).

    Attributes:
        name: Short, e.g. ``copilot``.
        upstream: Origin of the real service; empty for the neutral profile.
        upstreams: Name -> origin of each upstream of the service, the main one first; empty if they have no names.
        env: Variable -> value that leads a client to the local server: ``{url}`` and ``{ws_url}`` stand for its base
            URLs, ``{host}`` for its ``host:port``, ``{url:gateway}`` for that of the upstream of this name.
        token_variable: Variable from which clients of the service take an access token; empty if there is none.
        secret_headers: Header -> kind; the whole value is secret (for ``authorization`` what follows the scheme).
        secret_query: Query value -> kind.
        secret_fields: JSON field, at any depth in bodies and messages -> kind.
        secret_cookies: Whether every cookie's value is secret, requests and responses alike.
        redact_generic: Whether names that any service may use (``x-api-key``, ``client_secret``) have rules as well.
        redact_personal: Whether personal data (telephone numbers, birth dates ..) is secret in any place.
        redact: Further places, written as ``wiretape record --redact`` takes them: ``query.t``, ``json.items[*].id``.
        account_fields: Path -> JSON field -> kind: fields that identify the user in the responses of that path alone.
            For names such as ``id`` and ``name``, which mean other things elsewhere.
        deltas: Event -> its field that holds a piece of a text, continued in the next such event. A secret may be
            split between them.
        volatile_query: Query value -> kind; any value of the kind matches, and the first match binds it.
        volatile_fields: JSON field of a message or body -> kind; likewise.
        event_name: Returns the name of a text message, or None.
        question: Returns the question in a client's message, or None if the message begins no turn.
        failures: Event that ends a turn with an error -> its field that holds the error's code.
        end_of_turn: Events after which a turn is over: lines that are left unsent after one are "trailing".
        milestones: Further events that divide a turn. The number of events between two of them depends on the length
            of the reply, so a comparison of recordings in shape ignores it.
        numbering: Field in which the service numbers its messages on a socket; empty if there is none.
        moving_fields: Fields of bodies with the time when something expires. The player moves times that were in the
            future when recorded. Names as `plain_name` returns them.
        impersonate: Browser that the relay imitates towards the service (TLS, HTTP/2, headers), by curl_cffi's names;
            None forwards the client's own headers, and adds nothing.
        origins: Origins (``https://..``) of the service. Recording and replaying map them from and to the local
            server's own (Host, Origin, Referer, absolute URLs).
        ignore: Places whose values are not compared, as ``wiretape replay --ignore`` takes them.
        bind: Places at which any value matches and replaces the recorded one, as for ``--bind``.
        match_on: Parts of a request that must be equal, as for ``--match-on``; empty for the default.
        framing: Path of a socket, which may end in ``*`` -> how its messages are taken apart: a name of
            `harness.framing.streams.FRAMINGS`. A socket that no path fits shows it by its subprotocol, or its look.
        heartbeats: The messages of a client's timer, and the replies to them, as `harness.framing.message_patterns`
            writes them; no others are heartbeats then. None to find them by look and rhythm.
        deciding_headers: Request headers that must be equal, in lower case; those of `harness.match.deciding` decide
            in any case.
    """

    name: str
    upstream: str
    upstreams: Mapping[str, str] = field(default_factory=dict[str, str])
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    token_variable: str = ""
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
    ignore: tuple[str, ...] = ()
    bind: tuple[str, ...] = ()
    match_on: tuple[str, ...] = ()
    framing: tuple[tuple[str, str], ...] = ()
    heartbeats: tuple[str, ...] | None = None
    deciding_headers: tuple[str, ...] = ()

    @property
    def further_upstreams(self) -> dict[str, str]:
        """The named upstreams beside the main one, which the service's responses name."""
        return dict([*self.upstreams.items()][1:])


def with_places(profile: ServiceProfile, places: Iterable[str], *, personal: bool = False) -> ServiceProfile:
    """The profile with further secret places; ``personal`` makes personal data secret in any place."""
    added = tuple(places)
    if not added and not personal:
        return profile
    return replace(profile, redact=(*profile.redact, *added), redact_personal=profile.redact_personal or personal)


def plain_name(name: str) -> str:
    """A field's name as profiles compare it: lower case, without ``-`` and ``_``."""
    return name.lower().replace("-", "").replace("_", "")
