"""Draws plans. Without features: calls and sockets, one after another; ids that the service issues and the client repeats.

Each feature adds to that:

- ``secrets``: e-mail addresses and JWTs at any place, others where their place gives them away.
- ``made``: values that the client makes: uuids, times, counters..
- ``tasks``: two to eight tasks at once, several of them alike; messages in an order that chance decides.
- ``odd``: retries, polling, streams of events, cookies, times in headers, packed bodies.
- ``feeds``: what is posted by one request is pushed by another's answer, or on a socket.
- ``beats``: heartbeats by a timer, beside all that is said on a socket.

What no player could do right is not drawn, each time with its reason beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.identity.framing import BEATS_SHOW
from tests.identity.plan import (
    Burst,
    Call,
    Channel,
    Endpoint,
    Feed,
    Field,
    Issued,
    Made,
    Plan,
    Secret,
    Step,
    Task,
    Turn,
    Value,
    Visit,
    Word,
)

FEATURES = ("secrets", "made", "tasks", "odd", "feeds", "beats")
WORDS = ("apple", "pear", "red", "blue", "7", "42", "Berlin", "item-18", "two words", "käse & brot")
_NAMES = ("topic", "item", "note", "ref", "colour")
_OPAQUE_FIELDS = ("password", "apiKey", "client_secret")
_OPAQUE_QUERY = ("access_token", "sig")
_KINDS = ("uuid", "hex32", "hex16", "ulid", "nanoid", "base64", "time", "time_ms", "time_s")

words = st.sampled_from(WORDS).map(Word)
plain_words = st.sampled_from(WORDS[:5]).map(Word)


@dataclass(frozen=True)
class Drawer:
    """Draws the parts of one plan.

    Attributes:
        draw: Draws from a strategy.
        features: As above.
        by_place: Whether tasks of several kinds have the same secret at the same place. A cassette holds no secret: of
            two kinds that post different passwords likewise, the one that comes first has to be taken for the one
            that was recorded first, as nothing tells them apart before the service answers. A later request that shows
            it to be the other one is a mismatch, never played silently (`tests.identity.test_swapped`).
    """

    draw: st.DrawFn
    features: frozenset[str]
    by_place: bool = False

    def some(self, strategy: st.SearchStrategy, least: int, most: int) -> tuple:
        return tuple(self.draw(st.lists(strategy, min_size=least, max_size=most)))

    def yes(self, feature: str) -> bool:
        """A chance, with that feature."""
        return feature in self.features and self.draw(st.booleans())

    def values(
        self, place: str = "path", *, made: bool = True, secret: bool = True, issued: bool = True
    ) -> st.SearchStrategy[Value]:
        """What may stand anywhere."""
        kinds: list[st.SearchStrategy[Value]] = [words]
        if issued:
            kinds.append(st.integers(0, 2).map(Issued))
        if secret and "secrets" in self.features:
            kinds.append(st.builds(Secret, st.sampled_from(("email", "jwt")), self._slots(place)))
        if made and "made" in self.features:
            kinds.append(st.builds(Made, st.sampled_from(_KINDS), st.integers(0, 1)))
        return st.one_of(kinds)

    def _slots(self, place: str) -> st.SearchStrategy[int]:
        return st.just(sum(place.encode()) % 2) if self.by_place else st.integers(0, 1)

    def fields(self, most: int, opaque: tuple[str, ...] = (), **kinds: bool) -> tuple[Field, ...]:
        """Fields of different names; with secrets without a look, if there are names that give them away."""
        names = self.draw(st.lists(st.sampled_from(_NAMES), max_size=most, unique=True))
        fields = [self._field(name, self.draw(self.values(name, **kinds))) for name in names]
        if opaque and kinds.get("secret", True) and self.yes("secrets"):
            name = self.draw(st.sampled_from(opaque))
            fields.append(Field(name, Secret("opaque", self.draw(self._slots(name)))))
        return tuple(fields)

    def _field(self, name: str, value: Value) -> Field:
        return Field(name, value, prose=isinstance(value, Secret) and self.yes("secrets"))

    def headers(self) -> tuple[Field, ...]:
        """Credentials, and what programs add to each request."""
        fields: list[Field] = []
        if self.yes("secrets"):
            name, look = self.draw(st.sampled_from((("x-api-key", "opaque"), ("authorization", "jwt"))))
            fields.append(Field(name, Secret(look, 2)))
        if self.yes("made"):
            fields.append(Field("x-request-id", Made("uuid", 9)))
        return tuple(fields)

    # ------------------------------------------------------------ the service

    def endpoint(self) -> Endpoint:
        kinds = ("json", "text", "xml", "form", "binary", "empty") + (("sse",) if "odd" in self.features else ())
        kind = self.draw(st.sampled_from(kinds))
        telling = kind not in ("binary", "empty")  # in bytes that are no text, nobody puts values in
        return Endpoint(
            kind=kind,
            says=self.draw(st.sampled_from(("yes", "no", "maybe"))),
            issues=self.some(st.sampled_from(("short", "uuid", "number")), 0, 2) if telling else (),
            echoes=telling and self.draw(st.booleans()),
            status=self.draw(st.sampled_from((200, 201, 404))),
            flaky=self.yes("odd"),
            pending=self.draw(st.integers(0, 2)) if telling and self.yes("odd") else 0,
            cookie=self.draw(st.sampled_from(("plain", "expiring"))) if self.yes("odd") else "",
            dated=self.yes("odd"),
        )

    def channel(self) -> Channel:
        return Channel(
            framing=self._framing(),
            says=self.draw(st.sampled_from(("yes", "no", "maybe"))),
            greets=self.draw(st.booleans()),
            parts=self.draw(st.integers(1, 3)),
            echoes=self.draw(st.booleans()),
            issues=self.some(st.sampled_from(("short", "uuid", "number")), 0, 1),
            pongs=self.yes("beats"),
        )

    def _framing(self) -> str:
        plain = ("json", "socketio", "line", "xml", "binary")
        # Those of these framings count their messages: values that the client makes.
        return self.draw(st.sampled_from(plain + (("rpc", "signalr") if "made" in self.features else ())))

    # ------------------------------------------------------------ the client

    def call(self, endpoints: tuple[Endpoint, ...], place: int) -> Call:
        number = self.draw(st.integers(0, len(endpoints) - 1))
        endpoint = endpoints[number]
        method = self.draw(st.sampled_from(("GET", "POST", "PUT", "PATCH", "DELETE")))
        bodies = ("json", "graphql", "form", "multipart", "text", "xml", "binary")
        body = self.draw(st.sampled_from(bodies)) if method in ("POST", "PUT", "PATCH") else None
        # In the path or query of a GET or DELETE a value that the client makes is bound only if it comes back.
        shown = endpoint.echoes or method not in {"GET", "DELETE"}
        packed = body in ("json", "text") and self.yes("odd")
        # No secret is looked for in what is packed, and none by its look in bytes.
        told = self.fields(3, _OPAQUE_FIELDS, secret=not packed) if body != "binary" else self._bytes()
        query = self.fields(2, _OPAQUE_QUERY, made=shown)
        if "tasks" in self.features and (endpoint.flaky or endpoint.pending):
            # What comes twice from each of several tasks tells by a name whose it is.
            query = (*(field for field in query if field.name != "ref"), Field("ref", Made("uuid", 10 + place)))
            method = method if shown else "POST"
        return Call(
            endpoint=number,
            method=method,
            path=self.some(self.values(made=shown), 0, 2),
            query=query,
            headers=self.headers(),
            body=body,
            fields=told if body else (),
            packed=packed,
        )

    def _bytes(self) -> tuple[Field, ...]:
        return tuple(Field(f"n{number}", word) for number, word in enumerate(self.some(words, 0, 2)))

    def visit(self, channels: tuple[Channel, ...]) -> Visit:
        number = self.draw(st.integers(0, len(channels) - 1))
        binary = channels[number].framing == "binary"
        turns = tuple(self.turn(binary=binary) for _ in range(self.draw(st.integers(1, 3))))
        return Visit(
            channel=number,
            # Nothing comes back of the path and query of a socket.
            path=self.some(self.values(made=False), 0, 1),
            query=self.fields(1, _OPAQUE_QUERY, made=False),
            headers=self.headers(),
            turns=turns,
            quits=self.draw(st.booleans()),
            beats=channels[number].framing in BEATS_SHOW and self.yes("beats"),
        )

    def turn(self, *, binary: bool) -> Turn | Burst:
        if "tasks" in self.features and self.draw(st.integers(0, 3)) == 0:
            return Burst(tuple(self.draw(st.permutations(("news", "chat", "ticks")))[: self.draw(st.integers(2, 3))]))
        verb = self.draw(st.sampled_from(("ask", "tell")))
        if binary:
            return Turn(verb, self.fields(2, secret=False, made=False, issued="tasks" not in self.features))
        return Turn(verb, self.fields(3, _OPAQUE_FIELDS))

    def tasks(self, endpoints: tuple[Endpoint, ...], channels: tuple[Channel, ...]) -> tuple[Task, ...]:
        """Two to eight: of some kinds; or all alike but for one word, that comes late as often as early."""
        count = self.draw(st.integers(2, 8))
        if self.draw(st.booleans()):
            number = self.draw(st.integers(1, 3))
            drawer = replace(self, by_place=number > 1)
            kinds = [drawer.task(endpoints, channels, 3) for _ in range(number)]
            return tuple(self.draw(st.sampled_from(kinds)) for _ in range(count))
        task = self.task(endpoints, channels, 4)
        place = self.draw(st.integers(0, len(task) - 1))
        differing = [_with_word(task[place], self.draw(st.sampled_from("abcdefgh"))) for _ in range(count)]
        return tuple((*task[:place], step, *task[place + 1 :]) for step in differing)

    def feed(self) -> Feed:
        # Each post says something that shows in what is pushed: else nothing but time tells which belongs to which.
        posts = tuple(
            (Field("number", Word(f"post-{number}")), *self.fields(2, _OPAQUE_FIELDS))
            for number in range(self.draw(st.integers(1, 3)))
        )
        return Feed(self.draw(st.sampled_from(("sse", "socket", "poll"))), posts)

    def task(self, endpoints: tuple[Endpoint, ...], channels: tuple[Channel, ...], most: int) -> Task:
        steps: list[Step] = []
        for place in range(self.draw(st.integers(1, most))):
            if "feeds" in self.features and self.draw(st.integers(0, 3)) == 3:
                steps.append(self.feed())
            elif self.draw(st.integers(0, 2)) == 2:
                steps.append(self.visit(channels))
            else:
                steps.append(self.call(endpoints, place))
        return tuple(steps)


def _with_word(step: Step, text: str) -> Step:
    """The step with one more word: in the query, in the last message, in the last post."""
    word = Field("word", Word(text))
    match step:
        case Call(query=query):
            return replace(step, query=(*query, word))
        case Visit(turns=(*before, Turn() as last)):
            return replace(step, turns=(*before, replace(last, fields=(*last.fields, word))))
        case Visit(query=query):
            return replace(step, query=(*query, word))
        case Feed(posts=posts):
            return replace(step, posts=(*posts[:-1], (*posts[-1], word)))


@st.composite
def plans(draw: st.DrawFn, features: frozenset[str] = frozenset(FEATURES)) -> Plan:
    """A plan with what these features add."""
    drawer = Drawer(draw, features)
    endpoints = tuple(drawer.endpoint() for _ in range(draw(st.integers(1, 3))))
    channels = tuple(drawer.channel() for _ in range(draw(st.integers(1, 2))))
    if "tasks" in features and draw(st.integers(0, 3)):
        tasks = drawer.tasks(endpoints, channels)
    else:
        tasks = (drawer.task(endpoints, channels, 5),)
    return Plan(tasks=tasks, endpoints=endpoints, channels=channels, seed=draw(st.integers(0, 2**16)))
