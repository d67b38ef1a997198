"""`Redactor`: learns secrets, and replaces them by placeholders."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, TypeAlias

from harness.edits import Edit, Replaced, Spans, apply
from harness.framing.counted_text import edits_of_lengths
from harness.profile import ServiceProfile
from harness.redact.cleared import Cleared
from harness.redact.detect.email_address import start_of_address
from harness.redact.detect.hits import Hit, Lookup, Names, after_scheme
from harness.redact.detect.json_fields import json_hits
from harness.redact.detect.patterns import fixed_signs, folded_signs, is_binary, is_text, looks
from harness.redact.detect.places import SecretPlaces, unnamed_signs
from harness.redact.detect.signs import NO_SIGNS, SignReader, Signs
from harness.redact.detect.strength import is_searchable
from harness.redact.detect.token_parts import claims_of, parts_of
from harness.redact.needle_search import NeedleSearch
from harness.redact.nested import NESTED_SIGNS, multipart_spans, nested
from harness.redact.placeholders import LEAST_FITTED, MARKER, is_placeholder, numbered_placeholders, placeholders_in
from harness.redact.scan import SecretFinding, scan
from harness.redact.search import SecondPass, decode_text, encode_text, fitting, known_edits
from harness.redact.text_runs import LARGE
from harness.redact.vault import MAX_SEARCHED, USER_OF_SERVER, Explanation, Secret, Vault, explain
from harness.redact.views import View, may_hide_names, views

_MAX_NESTED: Final = 2
_Signed: TypeAlias = tuple[View, Signs | None]
"""A view and the signs in it; None to look for everything in it."""


class Redactor:
    """Replaces the secrets of one session, each always by the same placeholder.

    Every method learns first, then replaces. A value that its place or its look makes secret is replaced here. If it is
    long and varied enough to be searched for, it is also replaced in all data that follows. `again` redacts data that
    came before. May be used from several threads.

    Args:
        profile: Which places hold secrets.
        first_number: Number of the first placeholder of each kind.

    Attributes:
        profile: As given.
    """

    def __init__(self, profile: ServiceProfile, *, first_number: int = 1) -> None:
        self.profile = profile
        self._places = SecretPlaces(profile)
        self._vault = Vault(first_number)
        self._known = NeedleSearch(self._vault)
        self._signs = SignReader(
            (*fixed_signs(), *unnamed_signs(), *NESTED_SIGNS), folded_signs(), self._places.name_signs
        )
        self._cleared = Cleared(self._vault)
        self._always = bool(self._places.by_hand.json) or profile.redact_personal
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"<Redactor of {self._vault.generation} searched values>"

    @property
    def generation(self) -> int:
        """A counter that grows with each learned value that is searched for; see `again`."""
        return self._vault.generation

    @property
    def labels(self) -> tuple[str, ...]:
        """How secrets were detected (``authorization``, ``cookie``, ``accesstoken``, ``jwt``..), sorted."""
        return tuple(sorted(self._vault.labels))

    def data(self, data: bytes) -> Replaced:
        """Redact a body, a message, a close reason; every other byte stays as it was."""
        with self._lock:
            key = self._cleared.key(data)
            replaced = Replaced(data) if self._cleared.holds(key) else self._replace(data, ())
            # Parts of a multipart body are looked at one by one, while the scan looks at all of them together.
            if key and not replaced.edits and not multipart_spans(data):
                self._cleared.add(key)
            return replaced

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Redact header fields (names in lower case, values latin-1 text); order and number stay."""
        with self._lock:
            fields = [(name, value.encode("latin-1", "replace")) for name, value in headers]
            before = self._vault.generation
            fields = [(name, self._header(name, value)) for name, value in fields]
            if self._vault.generation != before:
                # Once more: an earlier field may repeat a secret that only a later field revealed.
                fields = [(name, self._header(name, value)) for name, value in fields]
            return tuple((name, value.decode("latin-1")) for name, value in fields)

    def _header(self, name: str, value: bytes) -> bytes:
        return self._replace(value, self._places.in_header(name, value)).data

    def text(self, text: str) -> str:
        """Redact a target, a URL, or a text for people to read, such as an error or a diff."""
        with self._lock:
            data = encode_text(text)
            return decode_text(self._replace(data, self._places.in_target(data)).data)

    def fields(self, data: bytes, names: Names) -> Replaced:
        """Redact JSON in which further fields are secret.

        Args:
            data: JSON.
            names: Plain name (see `plain_name`) -> kind of the placeholder.
        """
        with self._lock:
            return self._replace(data, json_hits(data, Lookup(names)))

    def named(self, name: str, value: str, *, query: bool = False) -> str:
        """Redact a value that is stored apart from its name, as a HAR stores query values.

        Args:
            name: Of the field or query value.
            value: Its value.
            query: Whether it is a query value.
        """
        lookup = self._places.pairs if query else self._places.fields
        with self._lock:
            data = encode_text(value)
            rule = lookup.find(encode_text(name))
            if rule is not None and data.strip() and rule.holds(data):
                hits = [after_scheme(Hit(0, len(data), data, rule.kind, rule.label, rule.reason), data)]
                return decode_text(self._replace(data, hits).data)
            return decode_text(self._replace(data, ()).data)

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """Why each placeholder was used; never what it replaced."""
        with self._lock:
            return explain(self._vault)

    def value(self, value: str, kind: str, label: str) -> str:
        """The placeholder for a text that is secret as a whole; the text itself if it is empty or a placeholder."""
        with self._lock:
            data = encode_text(value)
            if not data.strip() or is_placeholder(data):
                return value
            return decode_text(self._placeholder(Hit(0, len(data), data, kind, label, f"the profile's {label}")))

    def reserve(self, data: bytes) -> None:
        """Never make the placeholders that this data contains: there they stand for secrets of another session."""
        with self._lock:
            self._reserve(data)

    def learn(self, value: str, label: str) -> bool:
        """Treat a value as secret wherever it occurs from now on.

        Returns:
            Whether it is searched for. It is not if it is so short or plain that its occurrences would be chance.
        """
        return is_searchable(encode_text(value), "token") and self.value(value, "token", label) != value

    def learn_alias(self, value: str, placeholder: str) -> None:
        """Replace a value by the placeholder of another value, wherever it occurs from now on.

        Raises:
            LookupError: No value has that placeholder.
        """
        with self._lock:
            self._vault.learn_alias(encode_text(value), encode_text(placeholder))

    def again(self, since: int) -> SecondPass:
        """A pass over data that was redacted when `generation` was ``since``; see `SecondPass`."""
        return SecondPass(self._vault, since)

    def scan(self, data: bytes) -> list[SecretFinding]:
        """The secrets in finished bytes; empty if they may be written.

        Beyond `harness.redact.vault.MAX_SEARCHED` secrets nothing may be written, as not all could be searched for.
        """
        with self._lock:
            if self._vault.overflowed:
                return [SecretFinding(1, 1, f"more than {MAX_SEARCHED} secrets", "not searched for")]
            # What the scan finds, `data` replaces, so that data without replacements needs no scan.
            return [] if self._cleared.holds(self._cleared.key(data)) else scan(data, self._known, self._signs)

    def _replace(self, data: bytes, hits: Iterable[Hit], depth: int = 0) -> Replaced:
        self._reserve(data)
        binary = is_binary(data)
        if binary and (parts := multipart_spans(data)):
            # Each part on its own: a picture among the parts does not make the text parts binary.
            every = [edit.moved(start) for start, end in parts for edit in self._replace(data[start:end], ()).edits]
            return apply(data, every)
        seen = views(data)
        to_search = self._to_search(seen, binary=binary)
        edits = self._detected(seen, to_search, hits, depth, binary=binary) if to_search or hits else []
        known = known_edits(seen, self._known, same_length=binary)
        if not edits and not known:
            return Replaced(data)
        dealt_with = Spans()
        dealt_with.add((edit.start, edit.end) for edit in edits)
        self._vault.uses.update(one.replacement for one in known if not dealt_with.hold(one.start, one.end))
        edits += known
        if binary:
            edits = [Edit(edit.start, edit.end, fitting(edit)) for edit in edits]
        return apply(data, edits + edits_of_lengths(data, edits))

    def _detected(
        self, seen: Sequence[View], to_search: Sequence[_Signed], hits: Iterable[Hit], depth: int, *, binary: bool
    ) -> list[Edit]:
        """The edits that replace the given hits, and the further secrets that detectors find."""
        edits: list[Edit] = []
        dealt_with = Spans()
        data = seen[0].data
        batches = ((view, batch) for view, its in to_search for batch in self._found(view, its, data, binary=binary))
        for view, batch in chain(((seen[0], hits),), batches):
            placed = [(hit, view.span(hit.start, hit.end)) for hit in batch if not _is_dealt_with(hit.value)]
            new = [(hit, span) for hit, span in placed if not dealt_with.hold(*span)]
            edits += (Edit(*span, view.encode(self._placeholder(hit))) for hit, span in new)
            dealt_with.add(span for _, span in new)
            if binary:
                self._vault.labels |= {f"{hit.label} (filled)" for hit, span in new if span[1] - span[0] < LEAST_FITTED}
        if depth < _MAX_NESTED:
            edits += self._within(to_search, dealt_with, depth)
        return edits

    def _placeholder(self, hit: Hit) -> bytes:
        placeholder = self._learn(hit).placeholder
        self._vault.uses[placeholder] += 1
        return placeholder

    def _to_search(self, seen: Sequence[View], *, binary: bool) -> Sequence[_Signed]:
        """The views in which detectors may find something."""
        signs = [self._signs.of(view.data, binary=binary) for view in seen]
        # A finder may take an encoding off a name itself, so what one view shows is a sign in the others, too.
        if len(signs) > 1 and (any(each.named for each in signs) or may_hide_names(seen)):
            # Large binary data always has bytes that look like the beginning of another escape, so there it is no sign.
            spelt = any(each.spelt for each in signs) or not binary or len(seen[0].data) <= LARGE
            signs = [Signs(each.fixed, each.folded, named=True, spelt=spelt) for each in signs]
        return [one for one in zip(seen, signs, strict=True) if one[1] is not NO_SIGNS or self._always]

    def _within(self, to_search: Iterable[_Signed], dealt_with: Spans, depth: int) -> Iterator[Edit]:
        """Yield the edits that redact texts which the data contains encoded in base64 or hexadecimal."""
        for view, signs in to_search:
            for inner in nested(view.data, signs):
                span = view.span(inner.start, inner.end)
                if dealt_with.hold(*span):
                    continue
                replaced = self._replace(inner.data, (), depth + 1)
                if replaced.edits:
                    yield Edit(*span, view.encode(inner.encode(replaced.data)))
                    dealt_with.add([span])

    def _reserve(self, data: bytes) -> None:
        for kind, number in numbered_placeholders(data) if MARKER in data else ():
            self._vault.placeholder_maker.take(kind, number)

    def _found(self, view: View, signs: Signs | None, data: bytes, *, binary: bool) -> Iterator[Iterable[Hit]]:
        yield from self._places.in_data(view.data, signs, binary=binary)
        personal = self.profile.redact_personal
        for look in looks(view.data, signs, text=is_text(view.data), personal=personal):
            pattern = look.pattern
            start = start_of_address(view, look.start, look.end, data) if pattern.label == "email" else look.start
            value = view.data[start : look.end]
            yield [Hit(start, look.end, value, look.kind, pattern.label, f"the look of {pattern.label}")]

    def _learn(self, hit: Hit) -> Secret:
        known = self._vault.get(hit.value)
        if known is not None:
            return known
        earlier = self._vault.generation
        secret = self._vault.learn(hit.value, hit.kind, hit.label, hit.reason)
        if secret.needles:
            # Earlier data may hold this value with parts replaced that were known then.
            before = apply(hit.value, known_edits(views(hit.value), self._known, until=earlier)).data
            if before != hit.value and not is_placeholder(before):
                self._vault.learn_spelling(before, hit.kind, secret)
        for claim in claims_of(hit.value):
            if is_searchable(claim.value, claim.kind) and not is_placeholder(claim.value):
                self._vault.learn(claim.value, claim.kind, claim.label, "a claim of a JWT")
        for part in parts_of(hit.value, hit.kind):
            if not is_placeholder(part):
                self._vault.learn_spelling(part, hit.kind, secret)
        return secret


def _is_dealt_with(value: bytes) -> bool:
    """Whether a value is a placeholder, or holds one and nothing else that could be secret.

    Where messages are redacted together, a word of the next message may follow the placeholder.
    """
    user = USER_OF_SERVER.fullmatch(value)
    if is_placeholder(user["name"] if user else value):
        return True
    found = list(placeholders_in(value))
    if not found:
        return False
    ends = [0, *(end for _, end, _ in found)]
    starts = [*(start for start, _, _ in found), len(value)]
    rest = (value[end:start] for end, start in zip(ends, starts, strict=True))
    return not any(is_searchable(each.strip(), "token") for each in rest)
