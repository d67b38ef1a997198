"""A plan: what a client says to a service, and how that service answers. Pure data that hypothesis draws and shrinks.

Nothing in a plan is random. Where a value differs from run to run the plan has a reference (`Made`, `Secret`, `Issued`);
the interpreters (`tests.identity.service`, `tests.identity.client`) put the values of their run in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

MadeKind: TypeAlias = Literal["uuid", "hex32", "hex16", "ulid", "nanoid", "base64", "time", "time_ms", "time_s"]
Look: TypeAlias = Literal["email", "jwt", "opaque"]
IssuedKind: TypeAlias = Literal["short", "uuid", "number", "token"]
Framing: TypeAlias = Literal["json", "rpc", "signalr", "socketio", "line", "xml", "binary"]
BodyKind: TypeAlias = Literal["json", "graphql", "form", "multipart", "text", "xml", "binary"]


@dataclass(frozen=True)
class Word:
    """The same in each run: what a person typed, or the id of something in a business."""

    text: str


@dataclass(frozen=True)
class Made:
    """A value that the client makes anew in each run; the same slot of a task is the same value."""

    kind: MadeKind
    slot: int = 0


@dataclass(frozen=True)
class Secret:
    """A secret of the client's, another one in each run; the same slot is the same value in all tasks.

    ``opaque`` ones show no look: they stand only where their place gives them away.
    """

    look: Look
    slot: int = 0


@dataclass(frozen=True)
class Issued:
    """The value that the service issued to this task as its n-th (counted round); a word if it issued none yet."""

    number: int = 0


Value: TypeAlias = Word | Made | Secret | Issued


@dataclass(frozen=True)
class Field:
    """A named value; in prose it stands within a sentence."""

    name: str
    value: Value
    prose: bool = False


@dataclass(frozen=True)
class Endpoint:
    """How the service answers calls to one of its paths.

    Attributes:
        kind: Of the answer's body.
        says: A word in each answer.
        issues: What new values each answer holds.
        echoes: Whether it says back what the request said.
        status: Of the answer.
        flaky: Whether the first of equal requests gets a 503.
        pending: How often it is asked the same until it has a result.
        cookie: Whether it sets one, to a new value, and whether with an expiry.
        dated: Whether answers have ``Date``, ``Expires`` and ``Last-Modified``.
    """

    kind: Literal["json", "text", "xml", "form", "binary", "sse", "empty"] = "json"
    says: str = "yes"
    issues: tuple[IssuedKind, ...] = ()
    echoes: bool = False
    status: int = 200
    flaky: bool = False
    pending: int = 0
    cookie: Literal["", "plain", "expiring"] = ""
    dated: bool = False


@dataclass(frozen=True)
class Channel:
    """How the service talks on sockets of one of its paths.

    Attributes:
        greets: Whether it speaks first, and issues an id.
        parts: How many messages answer each of the client's.
        echoes: Whether they say back what the client said.
        pongs: Whether heartbeats are answered.
    """

    framing: Framing = "json"
    says: str = "yes"
    greets: bool = False
    parts: int = 1
    echoes: bool = False
    issues: tuple[IssuedKind, ...] = ()
    pongs: bool = False


@dataclass(frozen=True)
class Call:
    """A request, and its answer read to the end; repeated after a 503, and while its result is pending."""

    endpoint: int = 0
    method: str = "GET"
    path: tuple[Value, ...] = ()
    query: tuple[Field, ...] = ()
    headers: tuple[Field, ...] = ()
    body: BodyKind | None = None
    fields: tuple[Field, ...] = ()
    packed: bool = False


@dataclass(frozen=True)
class Turn:
    """A message of the client's, and the service's answer awaited."""

    verb: str = "ask"
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Burst:
    """Several messages in an order that chance decides; the service answers once, when it has all of them."""

    topics: tuple[str, ...]


@dataclass(frozen=True)
class Visit:
    """A WebSocket, from its opening to its end.

    Attributes:
        quits: Whether the client asks the service to close; else it closes by itself.
        beats: Whether the client sends heartbeats by a timer meanwhile.
    """

    channel: int = 0
    path: tuple[Value, ...] = ()
    query: tuple[Field, ...] = ()
    headers: tuple[Field, ...] = ()
    turns: tuple[Turn | Burst, ...] = (Turn(),)
    quits: bool = False
    beats: bool = False


@dataclass(frozen=True)
class Feed:
    """A stream on which the service pushes what the client posts by other requests, for each post one message.

    Attributes:
        by: How it is pushed: events of one answer, messages of a socket, or an answer to each long poll.
        posts: What is posted, one after another.
    """

    by: Literal["sse", "socket", "poll"] = "sse"
    posts: tuple[tuple[Field, ...], ...] = ((),)


Step: TypeAlias = Call | Visit | Feed
Task: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True)
class Plan:
    """A service, and the tasks that a client has at once; ``seed`` of all that chance decides in its runs."""

    tasks: tuple[Task, ...]
    endpoints: tuple[Endpoint, ...] = (Endpoint(),)
    channels: tuple[Channel, ...] = (Channel(),)
    seed: int = 0

    def steps(self) -> Iterator[Step]:
        """All steps of all tasks."""
        for task in self.tasks:
            yield from task
