"""`Redactor`: learns secrets, and puts stand-ins in their place."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from harness.edits import Edit, Replaced, Spans, apply
from harness.profile import ServiceProfile
from harness.redact.detect.hits import Hit, Lookup, Names, after_scheme
from harness.redact.detect.json_fields import json_hits
from harness.redact.detect.patterns import is_binary, is_text, looks
from harness.redact.detect.places import Places
from harness.redact.detect.strength import may_be_hunted
from harness.redact.detect.token_parts import claims_of, parts_of
from harness.redact.nested import multipart_spans, nested
from harness.redact.placeholders import LEAST_FITTED, fit, is_standin, placeholders, standins_in
from harness.redact.scan import Finding, scan
from harness.redact.vault import MAX_HUNTED, Explanation, Secret, Vault, explain
from harness.redact.views import View, views

_MAX_NESTED: Final = 2


class Pass(Protocol):
    """One way of taking secrets out: `Redactor` itself, or `Again`."""

    def data(self, data: bytes) -> Replaced:
        """A body, a message, a close reason, in which any kind of text may stand."""
        ...

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Header fields; order and number stay."""
        ...

    def text(self, text: str) -> str:
        """A target, a URL, or a text for people to read."""
        ...


class Redactor:
    """Takes the secrets of one session out, the same one always by the same stand-in.

    Every method learns first, then replaces: what a value's place or look gives away is replaced here and, if it is
    long and varied enough to be hunted, in all that comes afterwards. What was redacted before a value was learnt can
    be redacted again (`again`). May be used from several threads.

    Args:
        profile: Which places hold secrets.
        first_number: Of the placeholders that it makes.

    Attributes:
        profile: That profile.
    """

    def __init__(self, profile: ServiceProfile, *, first_number: int = 1) -> None:
        self.profile = profile
        self._places = Places(profile)
        self._vault = Vault(first_number)
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"<Redactor of {self._vault.generation} hunted values>"

    @property
    def generation(self) -> int:
        """Grows with every value that is to be hunted from now on."""
        return self._vault.generation

    @property
    def labels(self) -> tuple[str, ...]:
        """By what secrets were found (``authorization``, ``cookie``, ``accesstoken``, ``jwt``..), in order of name."""
        return tuple(sorted(self._vault.labels))

    def data(self, data: bytes) -> Replaced:
        """A body, a message, a close reason: the secrets replaced, every other byte as it was."""
        with self._lock:
            return self._replace(data, ())

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Header fields (names in lower case, values latin-1 text) without their secrets; order and number stay."""
        with self._lock:
            fields = [(name, value.encode("latin-1", "replace")) for name, value in headers]
            # Twice, as a later field may hold a secret that an earlier one repeats.
            for _ in range(2):
                fields = [
                    (name, self._replace(value, self._places.in_header(name, value)).data) for name, value in fields
                ]
            return tuple((name, value.decode("latin-1")) for name, value in fields)

    def text(self, text: str) -> str:
        """A target, a URL, or a text for people to read, such as an error or a diff."""
        with self._lock:
            data = _encode(text)
            return _decode(self._replace(data, self._places.in_target(data)).data)

    def fields(self, data: bytes, names: Names) -> Replaced:
        """JSON in which these fields are secret besides: plain name (see `plain_name`) -> kind."""
        with self._lock:
            return self._replace(data, json_hits(data, Lookup(names)))

    def named(self, name: str, value: str, *, query: bool = False) -> str:
        """The value of a field or a query value, which other data may hold apart from its name: a HAR, for instance."""
        lookup = self._places.pairs if query else self._places.fields
        with self._lock:
            data = _encode(value)
            rule = lookup.find(_encode(name))
            if rule is not None and data.strip() and rule.holds(data):
                hits = [after_scheme(Hit(0, len(data), data, rule.kind, rule.label, rule.reason), data)]
                return _decode(self._replace(data, hits).data)
            return _decode(self._replace(data, ()).data)

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """What was replaced and why, a placeholder each; never what it was."""
        with self._lock:
            return explain(self._vault)

    def value(self, value: str, kind: str, label: str) -> str:
        """What stands for a text that is secret as a whole; the text itself if it is empty or a stand-in."""
        with self._lock:
            data = _encode(value)
            if not data.strip() or is_standin(data):
                return value
            return _decode(self._placeholder(Hit(0, len(data), data, kind, label, f"the profile's {label}")))

    def reserve(self, data: bytes) -> None:
        """Never give away the stand-ins in this data: they stand for something there."""
        with self._lock:
            self._reserve(data)

    def learn(self, value: str, label: str) -> bool:
        """A value is secret, wherever it occurs from now on.

        Returns:
            Whether it is hunted: not if it is so short or plain that its occurrences would be chance.
        """
        return may_be_hunted(_encode(value), "token") and self.value(value, "token", label) != value

    def learn_alias(self, value: str, standin: str) -> None:
        """A value is replaced by a stand-in that was given for another one, wherever it occurs from now on.

        Raises:
            LookupError: It was given for none.
        """
        with self._lock:
            self._vault.learn_alias(_encode(value), _encode(standin))

    def pieces(self, pieces: Sequence[bytes]) -> list[bytes]:
        """The pieces of one body: secrets that lie across them are found, and their number stays."""
        return cut(self, pieces)

    def again(self, since: int) -> Again:
        """For what was redacted when `generation` was ``since``: replaces what was learnt later, and nothing else."""
        return Again(self._vault, since, self._lock)

    def scan(self, data: bytes) -> list[Finding]:
        """What is secret in finished bytes; empty if they may be written.

        After more than `harness.redact.vault.MAX_HUNTED` secrets nothing may be written: not all could be hunted.
        """
        with self._lock:
            if self._vault.overflowed:
                return [Finding(1, 1, f"more than {MAX_HUNTED} secrets", "not hunted")]
            return scan(data, self._vault.hunted())

    def _replace(self, data: bytes, hits: Iterable[Hit], depth: int = 0) -> Replaced:
        self._reserve(data)
        binary = is_binary(data)
        if binary and (parts := multipart_spans(data)):
            # A picture among the parts of a form makes no binary message of it: its texts are texts.
            every = [edit.moved(start) for start, end in parts for edit in self._replace(data[start:end], ()).edits]
            return apply(data, every)
        seen = list(views(data))
        edits: list[Edit] = []
        dealt_with = Spans()
        batches = ((view, batch) for view in seen for batch in self._found(view, data, binary=binary))
        for view, batch in ((seen[0], hits), *batches):
            placed = [(hit, view.span(hit.start, hit.end)) for hit in batch if not _is_dealt_with(hit.value)]
            new = [(hit, span) for hit, span in placed if not dealt_with.hold(*span)]
            edits += (Edit(*span, view.encode(self._placeholder(hit))) for hit, span in new)
            dealt_with.add(span for _, span in new)
            if binary:
                self._vault.labels |= {f"{hit.label} (filled)" for hit, span in new if span[1] - span[0] < LEAST_FITTED}
        if depth < _MAX_NESTED:
            edits += self._within(seen, dealt_with, depth)
        hunted = hunt(seen, self._vault.hunted(), fitting=binary)
        self._vault.uses.update(one.replacement for one in hunted if not dealt_with.hold(one.start, one.end))
        edits += hunted
        if binary:
            edits = [Edit(edit.start, edit.end, _fitting(edit)) for edit in edits]
        return apply(data, edits)

    def _placeholder(self, hit: Hit) -> bytes:
        standin = self._learn(hit).standin
        self._vault.uses[standin] += 1
        return standin

    def _within(self, seen: Sequence[View], dealt_with: Spans, depth: int) -> Iterator[Edit]:
        """Edits of texts that stand in the data in base64 or in hexadecimal."""
        for view in seen:
            for inner in nested(view.data):
                span = view.span(inner.start, inner.end)
                if dealt_with.hold(*span):
                    continue
                replaced = self._replace(inner.data, (), depth + 1)
                if replaced.edits:
                    yield Edit(*span, view.encode(inner.encode(replaced.data)))
                    dealt_with.add([span])

    def _reserve(self, data: bytes) -> None:
        for kind, number in standins_in(data):
            self._vault.standins.take(kind, number)

    def _found(self, view: View, data: bytes, *, binary: bool) -> Iterator[Iterable[Hit]]:
        yield from self._places.in_data(view.data, binary=binary)
        personal = self.profile.redact_personal
        for look in looks(view.data, text=is_text(view.data), personal=personal):
            pattern = look.pattern
            start = _behind_blanks(view, look.start, look.end, data) if pattern.label == "email" else look.start
            value = view.data[start : look.end]
            yield [Hit(start, look.end, value, pattern.kind, pattern.label, f"the look of {pattern.label}")]

    def _learn(self, hit: Hit) -> Secret:
        known = self._vault.get(hit.value)
        if known is not None:
            return known
        earlier = self._vault.generation
        secret = self._vault.learn(hit.value, hit.kind, hit.label, hit.reason)
        if secret.needles:
            # What was redacted before may hold this value with pieces replaced that were known then.
            before = apply(hit.value, hunt(list(views(hit.value)), self._vault.hunted(until=earlier))).data
            if before != hit.value and not is_standin(before):
                self._vault.learn_spelling(before, hit.kind, secret)
        for claim in claims_of(hit.value):
            if may_be_hunted(claim.value, claim.kind) and not is_standin(claim.value):
                self._vault.learn(claim.value, claim.kind, claim.label, "a claim of a JWT")
        for part in parts_of(hit.value, hit.kind):
            if not is_standin(part):
                self._vault.learn_spelling(part, hit.kind, secret)
        return secret


class Again:
    """A pass over what was redacted before: replaces the values that were learnt since, and nothing else."""

    def __init__(self, vault: Vault, since: int, lock: threading.RLock) -> None:  # pyright: ignore[reportInvalidTypeForm]
        self._secrets = tuple(vault.hunted(since))
        self._lock = lock

    def data(self, data: bytes) -> Replaced:
        """See `Pass.data`."""
        return self._hunt(data) if self._secrets else Replaced(data)

    def _hunt(self, data: bytes) -> Replaced:
        binary = is_binary(data)
        if binary and (parts := multipart_spans(data)):
            every = [edit.moved(start) for start, end in parts for edit in self._hunt(data[start:end]).edits]
            return apply(data, every)
        edits = hunt(list(views(data)), self._secrets, fitting=binary)
        return apply(data, [Edit(each.start, each.end, _fitting(each)) for each in edits] if binary else edits)

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """See `Pass.headers`."""
        return tuple((name, self.data(value.encode("latin-1")).data.decode("latin-1")) for name, value in headers)

    def text(self, text: str) -> str:
        """See `Pass.text`."""
        return _decode(self.data(_encode(text)).data)


def hunt(seen: Iterable[View], secrets: Iterable[Secret], *, fitting: bool = False) -> list[Edit]:
    """The edits that replace every occurrence of the secrets, in any form; ``fitting`` by what is as long."""
    edits: list[Edit] = []
    sought = [(secret, needle) for secret in secrets for needle in secret.needles]
    for view in seen:
        data = view.data
        for secret, needle in sought:
            at = data.find(needle.sought)
            while at >= 0:
                standin = fit(secret.standin, needle.size) if fitting else secret.standin
                start, end, replacement = needle.swap(data, at, standin)
                edits.append(Edit(*view.span(start, end), view.encode(replacement)))
                at = data.find(needle.sought, at + 1)
    return edits


def _is_dealt_with(value: bytes) -> bool:
    """Whether a value is a placeholder, or one with nothing secret around it.

    A word of the next message may follow, where messages are looked at together.
    """
    if is_standin(value):
        return True
    found = list(placeholders(value))
    if not found:
        return False
    ends = [0, *(end for _, end, _ in found)]
    starts = [*(start for start, _, _ in found), len(value)]
    rest = (value[end:start] for end, start in zip(ends, starts, strict=True))
    return not any(may_be_hunted(each.strip(), "token") for each in rest)


_IN_PAIR: Final = re.compile(rb"(?:^|[?&])[\w.~%\[\]-]{1,80}=[^&\s\"'<>]*$")


def _behind_blanks(view: View, start: int, end: int, data: bytes) -> int:
    """Where an address in a query or a form begins: ``write+to+a@b.example`` is three words."""
    at = view.data.rfind(b"+", start, end)
    while at >= 0:
        origin = view.span(at, at + 1)[0]
        if data[origin : origin + 1] == b"+" and _IN_PAIR.search(view.data, max(0, start - 400), at):
            return at + 1
        at = view.data.rfind(b"+", start, at)
    return start


def _fitting(edit: Edit) -> bytes:
    size = edit.end - edit.start
    return edit.replacement if len(edit.replacement) == size else fit(edit.replacement, size)


def cut(redaction: Pass, pieces: Sequence[bytes]) -> list[bytes]:
    """The pieces of one body, redacted together."""
    return redaction.data(b"".join(pieces)).cut([len(piece) for piece in pieces])


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")
