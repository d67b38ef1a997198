"""What a live service answered differently from the recording: statuses, missing and other events, fields, types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import msgspec

from harness.cassette.model import Call, Cassette, Exchange, Recorded, SocketExchange
from harness.compare.diff import differences
from harness.compare.shape import shape
from harness.compare.verify import compare
from harness.play.observed import ObservedExchange
from harness.play.play import PlayedSession, PreparedClient, redactor_of
from harness.printable import one_line
from harness.profile import ServiceProfile
from harness.replay.socket_reading import SocketReading

FindingKind: TypeAlias = Literal["changed", "new", "missing", "failed", "unsent", "cut", "value"]
_OPEN: Final = frozenset({"text", "binary", "ping", "pong"})
"""Lines after which a socket goes on."""
_PARTS_OF_THE_SERVER: Final = ("response", "outcome", "reason", "<")


@dataclass(frozen=True, slots=True)
class PlayFinding:
    """One thing that the service did differently.

    Attributes:
        kind: ``changed``: another status, event, field or type. ``new``: a further field, which clients should ignore.
            ``missing``: an event did not come in time. ``failed``: no whole response came. ``unsent``: the client did
            not come to send the request. ``cut``: the session took too long. ``value``: another value, of a place that
            has the same shape.
        exchange: Number of the exchange in the cassette, from 1; 0 for the whole session.
        label: Method and path, or ``socket`` and path.
        text: What differs.
    """

    kind: FindingKind
    exchange: int
    label: str
    text: str

    @property
    def is_failure(self) -> bool:
        """Whether the finding makes a play fail: all kinds do except ``new`` and ``value``."""
        return self.kind not in {"new", "value"}

    def __str__(self) -> str:
        where = f"exchange {self.exchange} ({self.label}): " if self.exchange else ""
        return one_line(f"{self.kind}: {where}{self.text}", 500)


def findings(client: PreparedClient, played: PlayedSession, *, values: bool = False) -> list[PlayFinding]:
    """What the service did differently, in the order of the cassette.

    Args:
        client: The client that was played.
        played: The session.
        values: Whether to list other values as well; secrets are replaced by placeholders.
    """
    fresh = _by_number(played)
    found: list[PlayFinding] = []
    for observed in played.observed:
        number, recorded = observed.scripted.number, observed.scripted.exchange
        label = shape(recorded, client.profile).label
        missed = [each for each in played.missed if each.exchange == number]
        found += (
            PlayFinding("missing", number + 1, label, f"no {each.name} within {each.seconds:.1f} s") for each in missed
        )
        if observed.at is None:
            if not observed.is_merged and client.targets.of(recorded.target) is not None:
                found.append(PlayFinding("unsent", number + 1, label, "the session was over before this request"))
        elif recorded.response is None and recorded.aborted is not None and recorded.aborted.by != "server":
            continue  # the client did not wait for an answer
        elif observed.failure and not (recorded.response is None and not observed.status):
            found.append(PlayFinding("failed", number + 1, label, f"no whole response: {observed.failure}"))
        elif number in fresh:
            found += _differing(observed, label, fresh[number], client.profile, values=values)
    if played.is_cut:
        found.append(PlayFinding("cut", 0, "", f"the session took longer than {client.options.limit:g} s"))
    clean = redactor_of(client).text
    return [replace(each, text=clean(each.text)) for each in found]


def _by_number(played: PlayedSession) -> dict[int, Exchange]:
    """Number of an exchange in the cassette -> the exchange of the played session, redacted."""
    sent = [each for each in played.observed if each.at is not None]
    ordered = sorted(sent, key=lambda each: each.at or 0)
    pairs = zip(ordered, played.fresh.exchanges, strict=True)
    return {each.scripted.number: exchange for each, exchange in pairs}


def _differing(
    observed: ObservedExchange, label: str, fresh: Exchange, profile: ServiceProfile, *, values: bool
) -> Iterator[PlayFinding]:
    number, recorded = observed.scripted.number, observed.scripted.exchange
    is_farewell = _client_ended(recorded) and observed.progress.come == len(observed.scripted.expected)
    one = _of_service(recorded, profile)
    other = _of_service(_with_request_of(recorded, fresh), profile, with_end=not is_farewell)
    for each in compare(_alone(one), _alone(other), profile).differences:
        _, _, where = each.where.partition(") ")
        yield PlayFinding(
            each.kind, number + 1, label, f"{where}: recorded {each.recorded}, now {each.fresh}".lstrip(": ")
        )
    if not values:
        return
    for change in differences(_alone(one), _alone(other), profile):
        if change.kind == "changed" and change.what.startswith(_PARTS_OF_THE_SERVER):
            place = f"{change.what} {change.field}".strip()
            yield PlayFinding("value", number + 1, label, f"{place}: recorded {change.one}, now {change.other}")


def _alone(exchange: Exchange) -> Cassette:
    return Cassette(recorded=Recorded(at="", by="play"), exchanges=(exchange,))


def _with_request_of(recorded: Exchange, fresh: Exchange) -> Exchange:
    """The fresh exchange with the recorded request, so that the answers alone are compared."""
    return msgspec.structs.replace(fresh, target=recorded.target, request=recorded.request)


def _client_ended(exchange: Exchange) -> bool:
    """Whether the client was the first to end the socket."""
    lines = exchange.messages if isinstance(exchange, SocketExchange) else ()
    return next((line.direction == ">" for line in lines if line.kind not in _OPEN), False)


def _of_service(exchange: Exchange, profile: ServiceProfile, *, with_end: bool = True) -> Exchange:
    """The exchange up to the client's end of it, without a socket's heartbeats, to compare what the service sent.

    Args:
        with_end: Whether the service's end of a socket belongs to it. Where the recorded client ended the socket, a
            service that has sent all of its messages may end it sooner: that is a race.
    """
    if not isinstance(exchange, SocketExchange):
        return _until_the_client_left(exchange)
    ends = (at for at, each in enumerate(exchange.messages) if each.direction != "<" and each.kind not in _OPEN)
    spoken = exchange.messages[: next(ends, None)]
    look = SocketReading.of(profile).look(exchange.target)
    # How they alternate with the client's messages is chance, where both send at once.
    kept = tuple(each for each in spoken if each.direction == "<" and look.form(each.kind, each.data) is None)
    if not with_end:
        kept = tuple(each for each in kept if each.kind in _OPEN)
    return msgspec.structs.replace(exchange, messages=kept)


def _until_the_client_left(call: Call) -> Call:
    response = call.response
    if response is None or response.stream is None:
        return call
    kept = tuple(line for line in response.stream if line.direction == "<")
    return msgspec.structs.replace(call, response=msgspec.structs.replace(response, stream=kept))


def failures(found: Sequence[PlayFinding]) -> list[PlayFinding]:
    """The findings that make a play fail."""
    return [each for each in found if each.is_failure]
