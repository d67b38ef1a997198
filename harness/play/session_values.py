"""`SessionValues`: what the client sends in this session in place of what it sent when recorded.

| recorded | sent |
|---|---|
| a value that the service issued before: an id, a token, a cookie | the value that this service issued in its place |
| a placeholder of a secret | the secret that the user gives |
| the origin of the recorded service | the origin of this one |
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from harness.cassette.model import Headers
from harness.match.bindings import Bindings
from harness.match.generated import pairs
from harness.match.looks import Clocks
from harness.match.placeholders import captured, decoded, may_hold, placeholders_in, taken_apart
from harness.origins import OriginMap, as_origin, is_loopback, looks_like_json
from harness.play.client_values import ClientValues, cookies_of, secret_name
from harness.replay.issued_groups import named_values
from harness.replay.substitution import with_bound_values

_OF_A_PAGE: Final = frozenset({"origin", "referer"})
_NO_CLOCKS: Final = Clocks(0.0, 0.0)
_CODED: Final = frozenset({"basic", "base64", "hex"})
_TARGET_PART: Final = re.compile(r"(?<=[/=])[^/?&=#]+")
_PAGE: Final = re.compile(r"https?://[^/]+")


class SessionValues:
    """Replaces the values in what the recorded client sent by those of this session.

    Args:
        client: What the recorded client sent.
        outward: Maps the recorded service's origins to the live one's.
        secrets: Name of a placeholder -> the secret; see `secret_name`.
        renewed: UUIDs of the client, each of which becomes a new one.
    """

    def __init__(
        self, client: ClientValues, outward: OriginMap, secrets: Mapping[str, str], renewed: Iterable[str] = ()
    ) -> None:
        self._client = client
        self._outward = outward
        self._bindings = Bindings()
        self._by_name: dict[str, list[str]] = {}
        for placeholder in client.placeholders:
            self._by_name.setdefault(secret_name(placeholder), []).append(placeholder)
        for name, secret in secrets.items():
            self._fill(name, secret)
        for value in renewed:
            self._bindings.bind(value, _new_like(value))

    def _fill(self, name: str, value: str) -> None:
        for placeholder in self._by_name.get(name, ()):
            self._bindings.bind_loosely(placeholder, value)

    # ------------------------------------------------------------ what the service issues
    def learn(self, relevant: Mapping[str, str], actual: bytes, at: int) -> None:
        """Note the values that the service sent in a message, to send them in place of the recorded ones from now on.

        Args:
            relevant: Path -> recorded value; see `ClientValues.relevant`.
            actual: The message that came.
            at: When the recorded one came.
        """
        if not relevant:
            return
        came = dict(named_values(actual))
        for path, recorded in relevant.items():
            if path in came:
                self._learn_text(recorded, came[path], at)

    def learn_headers(self, recorded: Headers, actual: Headers, at: int) -> None:
        """Note the values in a response's headers, to send them in place of the recorded ones; cookies go by name."""
        ours, theirs = _by_name(recorded), _by_name(actual)
        for name, values in ours.items():
            for one, other in zip(values, theirs.get(name, ()), strict=False):
                if name != "set-cookie":
                    self._learn_text(one, other, at)
        came = {name: value for each in theirs.get("set-cookie", ()) for name, value in _cookie(each)}
        for each in ours.get("set-cookie", ()):
            for name, value in _cookie(each):
                if name in came:
                    self._learn_cookie(value, came[name])

    def _learn_cookie(self, recorded: str, actual: str) -> None:
        if may_hold(recorded):
            self._fill(secret_name(recorded), actual)
        elif recorded:
            self._bindings.bind_loosely(recorded, actual)

    def _learn_text(self, recorded: str, actual: str, at: int) -> None:
        # A service may name its public origin, wherever it runs.
        recorded, actual = self._outward.text(recorded), self._outward.text(actual)
        if recorded == actual:
            return
        if placeholders_in(recorded):
            for each in captured(recorded, actual) or ():
                self._fill(secret_name(each.placeholder), each.value)
        elif self._client.is_used_after(recorded, at):
            self._bind(recorded, actual)
        else:
            for pair in pairs(recorded, actual, _NO_CLOCKS, issued=True) or ():
                if self._client.is_used_after(pair.recorded, at):
                    self._bind(pair.recorded, pair.actual)

    def _bind(self, recorded: str, actual: str) -> None:
        if self._bindings.actual(recorded) is None and not self._bindings.contradicts(recorded, actual):
            self._bindings.bind(recorded, actual)

    # ------------------------------------------------------------ what the client sends
    def payload(self, kind: str, data: bytes) -> bytes:
        """A message, or a body (``text`` or ``binary``), as this session's client sends it."""
        if kind == "text" or looks_like_json(data):
            return self._coded(with_bound_values(self._outward.data(data).data, self._bindings.changed(), frozenset()))
        # A binary format may store lengths, so that only a value of the same length can take a place in it.
        changed = self._bindings.changed().items()
        alike = {one: other for one, other in changed if len(one.encode()) == len(other.encode())}
        return with_bound_values(data, alike, frozenset())

    def target(self, target: str) -> str:
        """A recorded request's target with this session's values in place of the recorded ones."""
        mapped = self._text(_TARGET_PART.sub(self._part, self._outward.text(target)))
        return quote(mapped, safe="+%/:?#[]@!$&'()*,;=-._~{}|^`\"<>") if not mapped.isascii() else mapped

    def _part(self, found: re.Match[str]) -> str:
        """The value to send for a path segment or query value that a regular expression found; unbound ones stay."""
        is_query = found.string[found.start() - 1] == "="
        value = unquote_plus(found[0]) if is_query else unquote(found[0])
        actual = self._bindings.actual(value)
        return found[0] if actual is None else quote(actual, safe="")

    def headers(self, headers: Headers, own: str) -> Headers:
        """The headers of a request.

        Args:
            headers: As recorded.
            own: Origin of the live service; it replaces a local recorded one in ``Origin`` and ``Referer``.
        """
        return tuple((name, self._header(name, value, own)) for name, value in headers)

    def _header(self, name: str, value: str, own: str) -> str:
        mapped = self._outward.text(value)
        origin = as_origin(mapped) if name in _OF_A_PAGE else None
        if origin is not None and is_loopback(urlsplit(origin).hostname):
            mapped = _PAGE.sub(own, mapped, count=1)
        return self._text(mapped)

    def _text(self, text: str) -> str:
        raw = text.encode("utf-8", "surrogateescape")
        changed = with_bound_values(raw, self._bindings.changed(), frozenset())
        return self._coded(changed).decode("utf-8", "surrogateescape")

    def _coded(self, data: bytes) -> bytes:
        """Put secrets in the place of placeholders inside an encoding, as base64 in ``Authorization: Basic``."""
        text = data.decode("utf-8", "surrogateescape")
        before, placeholders = taken_apart(text) if may_hold(text) else (text, ())
        if not any(each.kind in _CODED for each in placeholders):
            return data
        pieces = [before]
        for each in placeholders:
            pieces += [self._recoded(each.text, each.kind), each.after]
        return "".join(pieces).encode("utf-8", "surrogateescape")

    def _recoded(self, run: str, kind: str) -> str:
        inner = decoded(run) if kind in {"basic", "base64"} else None
        if inner is None:
            return run
        found = [each for each in placeholders_in(inner) if self._bindings.sent(each) != each]
        if not found:
            return run
        if kind == "basic":
            filled = self._bindings.sent(found[0])
        else:
            filled = inner
            for each in found:
                filled = filled.replace(each, self._bindings.sent(each))
        return base64.b64encode(filled.encode("utf-8", "surrogateescape")).decode("ascii")


def _new_like(value: str) -> str:
    """A new UUID, in the spelling of another one."""
    new = str(uuid.uuid4()) if "-" in value else uuid.uuid4().hex
    return new.upper() if value.isupper() else new


def _by_name(headers: Headers) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in headers:
        found.setdefault(name, []).append(value)
    return found


def _cookie(value: str) -> Iterable[tuple[str, str]]:
    """Name and value of a ``Set-Cookie`` header."""
    return list(cookies_of(value.partition(";")[0]).items())
