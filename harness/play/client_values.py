"""The values that a recorded client sent: which of them did the service issue before, and which are secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.cassette.model import SocketExchange
from harness.match.looks import UUID
from harness.match.placeholders import may_hold, placeholders_in
from harness.play.script import ClientScript, ScriptedExchange
from harness.replay.entries import parsed_request
from harness.replay.issued_groups import SHORTEST, named_values

_WORD: Final = re.compile(r"[A-Za-z0-9_.~+/=-]{4,}")
_FINE_WORD: Final = re.compile(r"[A-Za-z0-9_-]{4,}")
_LONGEST: Final = 8192
"""Characters; a longer text is no value that identifies something."""
_NAME: Final = re.compile(r"wiretape-([a-z]+)-(\d{1,9})")


def secret_name(placeholder: str) -> str:
    """The name of a placeholder in options: ``token-1`` for ``wiretape-token-1``; any other is named by its text."""
    found = _NAME.search(placeholder)
    return placeholder if found is None else f"{found[1]}-{int(found[2])}"


def cookies_of(value: str) -> dict[str, str]:
    """The cookies of a ``Cookie`` header, or the one of a ``Set-Cookie`` header."""
    pairs = (part.partition("=") for part in value.split(";"))
    return {name.strip(): content.strip() for name, equals, content in pairs if equals}


def identifies(value: str) -> bool:
    """Whether a value looks generated (an id or a token), rather than being a word that people or programs chose."""
    if not SHORTEST <= len(value) <= _LONGEST or any(map(str.isspace, value)):
        return False
    has_digit = any(map(str.isdigit, value))
    is_mixed = value.lower() != value and value.upper() != value and not value.istitle()
    return has_digit or is_mixed or may_hold(value)


class ClientValues:
    """When the client of a cassette first sent each value, and where each of its placeholders stands.

    Args:
        script: The client.

    Attributes:
        first_sent: Value -> when the client first sent it, in microseconds since the session began.
        placeholders: Placeholder, as written -> where the client first sends it, for people.
    """

    def __init__(self, script: ClientScript) -> None:
        self.first_sent: dict[str, int] = {}
        self.placeholders: dict[str, str] = {}
        self._relevant: dict[tuple[int, int], dict[str, str]] = {}
        for scripted in script.exchanges:
            for at, text, where in _client_texts(scripted):
                self._note(at, text, where)

    def _note(self, at: int, text: str, where: str) -> None:
        for value in {text, *_WORD.findall(text[:_LONGEST]), *_FINE_WORD.findall(text[:_LONGEST])}:
            if identifies(value) and at < self.first_sent.get(value, at + 1):
                self.first_sent[value] = at
        for placeholder in placeholders_in(text):
            self.placeholders.setdefault(placeholder, where)

    def is_used_after(self, value: str, at: int) -> bool:
        """Whether the client first sent a value after the time ``at``, in microseconds since the session began."""
        return self.first_sent.get(value, -1) > at

    def relevant(self, place: tuple[int, int], payload: bytes, at: int) -> dict[str, str]:
        """Path -> value in a payload of the service, for those values that the client sent later, whole or in part.

        Args:
            place: Number of the exchange, and of the payload in it: each is read once.
            payload: As recorded.
            at: When the recorded client received it, in microseconds since the session began.
        """
        if place not in self._relevant:
            self._relevant[place] = self._read(payload, at)
        return self._relevant[place]

    def _read(self, payload: bytes, at: int) -> dict[str, str]:
        found: dict[str, str] = {}
        for path, value in named_values(payload):
            words = (value, *_FINE_WORD.findall(value[:_LONGEST]))
            if any(self.is_used_after(each, at) for each in words):
                found[path] = value
        return found


def client_uuids(script: ClientScript, values: ClientValues) -> frozenset[str]:
    """The UUIDs that the client made: those that it sent before the service did."""
    sent = {value: at for value, at in values.first_sent.items() if UUID.fullmatch(value) and not may_hold(value)}
    issued: dict[str, int] = {}
    for each in (each for scripted in script.exchanges for each in scripted.expected):
        for found in UUID.finditer(each.data.decode("latin-1")):
            issued[found[0]] = min(each.at, issued.get(found[0], each.at))
    return frozenset(value for value, at in sent.items() if issued.get(value, at) >= at)


def issued_names(script: ClientScript) -> dict[str, int]:
    """Name of a placeholder (see `secret_name`) -> when the service first sent it, in microseconds."""
    found: dict[str, int] = {}
    for scripted in script.exchanges:
        response = scripted.exchange.response
        texts = [(each.at, each.data.decode("latin-1")) for each in scripted.expected]
        if response is not None:
            at = scripted.exchange.at + response.after
            texts += [(at, value) for _, value in response.headers]
        for at, text in texts:
            for placeholder in placeholders_in(text):
                name = secret_name(placeholder)
                found[name] = min(at, found.get(name, at))
    return found


def _client_texts(scripted: ScriptedExchange) -> Iterator[tuple[int, str, str]]:
    """Yield each text that the client sent: the time in microseconds, the text, and where it stood, for people."""
    exchange = scripted.exchange
    request = parsed_request(exchange)
    where = f"exchange {scripted.number + 1}"
    for text in (*request.segments, *(value for _, value in request.query)):
        yield exchange.at, text, f"{where}, target"
    for name, value in exchange.request.headers:
        texts = cookies_of(value).values() if name == "cookie" else (value, *value.split())
        yield from ((exchange.at, text, f"{where}, header {name}") for text in texts)
    body = [value for _, value in (*(request.form or ()), *named_values(request.body))]
    yield from ((exchange.at, text, f"{where}, body") for text in (*body, request.body.decode("latin-1")))
    if not isinstance(exchange, SocketExchange):
        return
    for number, line in enumerate(exchange.messages):
        if line.direction == ">" and line.kind in {"text", "binary"}:
            texts = (*(value for _, value in named_values(line.data)), line.data.decode("latin-1"))
            yield from ((exchange.at + line.time, text, f"{where}, message {number + 1}") for text in texts)
