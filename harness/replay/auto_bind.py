"""`AutoBind`: accepts generated values of a client in place of recorded ones, at places that no rule names.

It accepts a value only where the value identifies nothing for the service: the service did not issue it, and it is no
digest of the body. In the path or query of a GET it must also occur again later, like an id that the client generated.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from harness.framing.json_values import NOT_JSON
from harness.match.bindings import Bindings
from harness.match.counters import is_labelled_number, is_numbered, is_phoenix_array
from harness.match.generated import Pair
from harness.match.looks import Clocks, is_coded_time
from harness.match.made_up import is_nonce, names_call_number, names_short_id
from harness.match.packets import CLIENT_NUMBER, NEW_ID, USED_ID, takes_stomp_id
from harness.match.request import ParsedRequest
from harness.replay.asked_for import is_business_number, is_content_name
from harness.replay.entries import SOCKET, ReplayEntry
from harness.replay.evidence import ValueEvidence
from harness.replay.issued import Issued

_DIGESTS: Final = re.compile(
    r"(?:^|[._-])(?:content-?)?(?:md5|sha-?\d+|crc(?:32c?)?|digest|checksum|hash|etag|if-match|integrity)(?:$|[._\[-])",
    re.IGNORECASE,
)
_RANDOM_UUID: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
_CACHE_BUSTERS: Final = frozenset(
    {"_", "t", "ts", "cb", "cachebuster", "cache_buster", "cachebust", "bust", "nocache", "no_cache", "rnd", "rand",
     "random", "timestamp", "nonce"}
)  # fmt: skip
_FRACTION: Final = re.compile(r"0?\.\d{12,}")
_SIGNING: Final = re.compile(
    r"(?:x-(?:amz|goog|ms)-.*|oauth_(?:nonce|timestamp)|signature|expires|expiry|exp|sig|hmac|se|st|ske|skt|key-pair-id)",
    re.IGNORECASE,
)
_SIGNATURE: Final = re.compile(r"x-amz-algorithm|.*signature.*|sig|hmac", re.IGNORECASE)
"""Names of query values that show that the others are signed."""
_OF_THE_REQUEST: Final = frozenset({"request_id", "req_id", "x_request_id", "client_request_id", "correlation_id"})
"""Names of query values that clients make for their logs, in snake case: they choose nothing."""
_OF_THE_CLIENT: Final = re.compile(r"(?:client|peer|connection|conn|socket|browser|tab)_?(?:id|uid|uuid|guid)")
"""Names of query values, in snake case, by which a client names itself when it opens a socket."""
_OF_THE_LOGIN: Final = frozenset({"state", "nonce", "code_challenge", "redirect_uri"})
"""What a client makes anew for each login of OAuth (RFC 6749 §4.1.1, RFC 7636 §4.3) and OpenID Connect: the answer may
repeat it only in a digest or inside of a token. Of the redirection only the port is generated (RFC 8252 §7.3)."""
_LOGIN: Final = frozenset({"response_type", "client_id"})
"""The query values that each request for such a login has."""
_CORRELATING: Final = re.compile(
    r"(?:request|req|message|msg|trace|span|correlation|client|transaction|txn|tx|idempotency|session|connection|conn"
    r"|invocation|event|operation|run|turn|command|packet|call|conversation|chat|thread|subscription|sub|stream|task|job"
    r"|device|instance|tab|window)_?(?:id|key|uuid|guid|nonce|seq)$|^(?:uuid|guid|nonce|seq|rid|cid|mid|tid)$"
)
"""Names, in snake case, of what clients make themselves. Any other ``user_id`` or ``order_id`` chooses the response."""
_ARGUMENTS: Final = frozenset({"params", "variables", "args", "arguments", "input", "where", "filter"})
"""Names for the arguments of a call: an ``id`` in them is not the call's own."""
_ENVELOPE: Final = frozenset({"jsonrpc", "method", "type", "op", "event", "action", "command", "cmd", "kind", "query"})
_COUNTERS: Final = frozenset({"requestid", "progresstoken", "invocationid", "streamids", "packet identifier"})
"""Names for the number of a call, in lower case without ``_``."""
_OF_CALL: Final = re.compile(r"(?:body)?(?:\[\d+\])?\.?(?:id|ref|join_ref|req_?id)", re.IGNORECASE)
"""The path of a call's own number, not of an ``id`` in its arguments."""
_PROCESS: Final = "params.processId"
"""Where a client of the Language Server Protocol tells the number of its process, which no answer repeats."""
_SNAKE: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def last_name(path: str) -> str:
    """The last field's name in a path, in snake case: ``request_id`` of ``body.items[0].requestId``."""
    name = re.sub(r"\[\d+\]", "", path).rpartition(".")[2]
    return _SNAKE.sub("_", name).lower().replace("-", "_")


@dataclass(slots=True)
class AutoBind:
    """Decides which values of a client may differ from one recorded request, or one recorded message of a socket.

    Attributes:
        evidence: Finds values in the cassette.
        issued: The values that the service issued, and which of them are interchangeable.
        entry: The exchange.
        request: The actual request; None for a message.
        moment: When the recorded client sent it, in microseconds since the session began.
        clocks: When the recorded and the actual one were sent, in seconds since 1970.
        takes_generated: Whether generated values are accepted at all.
        envelope: The recorded JSON, which shows framings with counters.
        counters: The counters of this socket that were matched so far, as JSON: recorded -> actual.
    """

    evidence: ValueEvidence
    issued: Issued
    entry: ReplayEntry
    request: ParsedRequest | None
    moment: int
    clocks: Clocks
    takes_generated: bool
    envelope: object = NOT_JSON
    counters: Mapping[bytes, bytes] = field(default_factory=dict[bytes, bytes])

    def accepts(self, path: str, pair: Pair) -> bool:
        """Whether a value that the client generated is accepted in place of the recorded one at this path.

        See `harness.match.lenience.Lenience.accepts`.
        """
        if not self.takes_generated or self._may_be_digest(path, pair.recorded):
            return False
        if pair.look == "time":
            return not self._must_come_back(path) or self.evidence.comes_back(pair.recorded, self.entry)
        if pair.look == "clock":
            return self.request is None and self.entry.tape is not None and path in self.entry.tape.own_clocks
        if pair.look == "short id" and not self._holds_short_id(path):
            return False
        if pair.look == "number" and not self._holds_call_number(path, pair.recorded):
            return False
        issued = self.evidence.issued_before(pair.recorded, self.entry, self.moment)
        if issued or self.evidence.holds(pair.actual):
            return False
        if pair.look in {"random", "hex"} and is_business_number(pair.recorded) and not self.tells_nothing(path):
            return False
        if pair.look == "bytes" and path.startswith("query."):
            return self.evidence.is_queried_again(pair.recorded, self.entry)
        return not self._must_come_back(path) or self._comes_back(path, pair.recorded)

    def _holds_short_id(self, path: str) -> bool:
        """Whether a place of a socket holds a short id: in its messages, or in its query where it names the client."""
        return self._names_the_client(path) or (self.request is None and names_short_id(path, last_name(path)))

    def _names_the_client(self, path: str) -> bool:
        """Whether a place is the parameter in a socket's query by which a client names itself."""
        its_place = self.entry.request.method == SOCKET and path.startswith("query.")
        return its_place and _OF_THE_CLIENT.fullmatch(last_name(path)) is not None

    def _holds_call_number(self, path: str, recorded: str) -> bool:
        """Whether a number is a nonce, or in a message the client's number of a call, which the reply repeats."""
        if is_nonce(path):
            return True
        its_place = self.request is None and names_call_number(path, last_name(path))
        return its_place and self.evidence.is_echoed(recorded, self.entry)

    def counts(self, path: str, recorded: object, actual: object) -> bool:
        """Whether both are counters, in a field that the message's framing uses as one.

        See `harness.match.lenience.Lenience.counts`.
        """
        if not self.takes_generated:
            return False
        if path.startswith("query.") and self._busts_cache(path, recorded, actual):
            return True
        name = last_name(path)
        if name == CLIENT_NUMBER:
            return self.counters.get(str(recorded).encode()) in {None, str(actual).encode()}
        if (takes := takes_stomp_id(name, recorded, actual, self.counters)) is not None:
            return takes
        if not _is_count(recorded) or not _is_count(actual):
            return False
        if name == NEW_ID or (path.removeprefix("body.") == _PROCESS and self._method() == "initialize"):
            return True
        tape = self.entry.tape if self.request is None else None
        if not self._is_counter(path, name.replace("_", "")) and not (tape and tape.call_numbers.has(path)):
            return False
        known = self.counters.get(json.dumps(recorded).encode())
        if known is not None:
            return known == json.dumps(actual).encode()
        if name in {"invocation_id", "req_id", "reqid", USED_ID} or is_numbered(self.envelope):
            return True
        return tape is not None and tape.call_numbers.count(path, actual)

    def _is_counter(self, path: str, name: str) -> bool:
        """Whether a place holds the number of this call, or of another call to which this one refers."""
        if name in _COUNTERS or _OF_CALL.fullmatch(path) is not None:
            return True
        if path in {"[0]", "[1]"}:
            return is_phoenix_array(self.envelope)
        return path == "params.id" and "cancel" in self._method()

    def _method(self) -> str:
        envelope = cast("dict[str, object]", self.envelope) if isinstance(self.envelope, dict) else {}
        return str(envelope.get("method", ""))

    def is_issued(self, value: str) -> bool:
        """Whether the service issued this value; see `harness.match.lenience.Lenience.is_issued`."""
        return self.issued.knows(value)

    def exchanges(self, recorded: str, actual: str, bindings: Bindings) -> bool:
        """Swap two values that the service issued in the bindings, if that is possible; returns whether it did.

        See `harness.match.lenience.Lenience.exchanges`.
        """
        return self.issued.exchange(recorded, actual, bindings, self.entry)

    def _busts_cache(self, path: str, recorded: object, actual: object) -> bool:
        name = path.removeprefix("query.").lower()
        if _SIGNING.fullmatch(name) and any(_SIGNATURE.fullmatch(each) for each in self._query()):
            return isinstance(recorded, str) and isinstance(actual, str)
        if name == "t" and "EIO" in self._query():
            # engine.io's cache-buster is base36 or a time, by the client's version.
            return isinstance(recorded, str) and isinstance(actual, str)
        if name == "r":
            return _is_fraction(recorded) and _is_fraction(actual)
        if name in _CACHE_BUSTERS and _is_buster(recorded) and _is_buster(actual):
            return True
        if not isinstance(recorded, str) or not isinstance(actual, str):
            return False
        return is_coded_time(recorded, self.clocks.recorded) and is_coded_time(actual, self.clocks.actual)

    def _query(self) -> list[str]:
        return [name for name, _ in self.entry.request.query]

    def _must_come_back(self, path: str) -> bool:
        if path.startswith("query.") and (last_name(path) in _OF_THE_REQUEST or self._is_of_the_login(path)):
            return False
        return self.entry.request.method in {"GET", "HEAD", "DELETE", SOCKET} and path.startswith(("path[", "query."))

    def _is_of_the_login(self, path: str) -> bool:
        return path.removeprefix("query.") in _OF_THE_LOGIN and {*self._query()} >= _LOGIN

    def _comes_back(self, path: str, value: str) -> bool:
        if self.entry.request.method == SOCKET and path.startswith("query."):
            return True
        if path.startswith("path[") and (is_content_name(value) or self._names_a_resource(path)):
            return self.evidence.comes_later(value, self.entry)
        return self.evidence.comes_back(value, self.entry)

    def _names_a_resource(self, path: str) -> bool:
        """Whether the segment before this one looks plural, as in ``/users/ID``: then the id names a resource."""
        at = int(path.removeprefix("path[").partition("]")[0])
        before = self.entry.request.segments[at] if at else ""
        return len(before) > 2 and before.isalpha() and before.lower().endswith("s")

    def _may_be_digest(self, path: str, value: str) -> bool:
        """Whether a value is a digest: by its field's name, or as the digest of the body. A random UUID is none."""
        if _RANDOM_UUID.fullmatch(value):
            return False
        return _DIGESTS.search(path) is not None or self._is_digest(value)

    def _is_digest(self, value: str) -> bool:
        body = self.entry.request.body
        if not body:
            return False
        for algorithm in ("md5", "sha1", "sha256"):
            digest = hashlib.new(algorithm, body, usedforsecurity=False)
            if value in (digest.hexdigest(), base64.b64encode(digest.digest()).decode()):
                return True
        return False

    def tells_nothing(self, path: str) -> bool:
        """Whether a place holds a mere id of the message, or a cache buster: its value does not select the response."""
        name = last_name(path)
        if name == "id":
            return bool(_ENVELOPE & _names(self.envelope)) and last_name(path.rpartition(".")[0]) not in _ARGUMENTS
        if _CORRELATING.search(name) is not None or self._is_of_the_login(path):
            return True
        return path.startswith("query.") and name in _CACHE_BUSTERS


def _names(value: object) -> set[str]:
    if isinstance(value, list):
        value = next(iter(cast("list[object]", value)), None)
    return set(cast("dict[str, object]", value)) if isinstance(value, dict) else set()


def _is_count(value: object) -> bool:
    if isinstance(value, bool):
        return False
    return (isinstance(value, int) and 0 <= value < 10**9) or is_labelled_number(value)


def _is_buster(value: object) -> bool:
    """Whether a query value looks like a cache buster: a time, a number, or some characters that are no word."""
    if not isinstance(value, str) or len(value) > 64:
        return False
    if value.replace(".", "", 1).isdigit():
        return len(value) > 3
    return len(value) >= 5 and value.isascii() and (not value.isalpha() or value != value.lower())


def _is_fraction(value: object) -> bool:
    """Whether a text looks like the result of JavaScript's `Math.random()`: a fraction with many digits."""
    return isinstance(value, str) and _FRACTION.fullmatch(value) is not None
