"""Searching for secrets that are known, in every encoding; `SecondPass` replaces those that were learned late."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, Literal, Protocol

from harness.edits import Edit, Replaced, apply
from harness.framing.counted_text import edits_of_lengths
from harness.redact.byte_search import ByteSearch
from harness.redact.detect.patterns import is_binary
from harness.redact.needle_search import NeedleSearch
from harness.redact.nested import multipart_spans
from harness.redact.placeholders import fit
from harness.redact.vault import Vault
from harness.redact.views import View, views

_RUN: Final = re.compile(rb"[A-Za-z0-9_.@-]{8,}")
_LONGEST_RUN: Final = 48


class RedactionPass(Protocol):
    """A pass that replaces secrets: `harness.redact.engine.Redactor` itself, or `SecondPass`."""

    def data(self, data: bytes) -> Replaced:
        """Redact a body, a message, a close reason: any bytes."""
        ...

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Redact header fields; order and number stay."""
        ...

    def text(self, text: str) -> str:
        """Redact a target, a URL, or a text for people to read."""
        ...


class SecondPass:
    """A pass over data that was redacted before. It replaces the values that were learned since, and nothing else.

    Args:
        vault: The secrets of the session.
        since: The vault's generation when the data was redacted.
    """

    def __init__(self, vault: Vault, since: int) -> None:
        self._known = NeedleSearch(vault, since)
        self._runs: ByteSearch | Literal[True] | None = None

    def data(self, data: bytes) -> Replaced:
        """Redact a body, a message, a close reason: any bytes; see `RedactionPass.data`."""
        binary = is_binary(data)
        if binary and (parts := multipart_spans(data)):
            every = [edit.moved(start) for start, end in parts for edit in self.data(data[start:end]).edits]
            return apply(data, every)
        edits = known_edits(views(data), self._known, same_length=binary)
        if binary:
            edits = [Edit(each.start, each.end, fitting(each)) for each in edits]
        return apply(data, edits + edits_of_lengths(data, edits))

    def may_change(self, runs: bytes) -> bool:
        """Whether a secret may occur in data with these runs; see `runs_of`."""
        if self._runs is None:
            sought = [max(_RUN.findall(needle.sought), key=len, default=b"") for needle in self._known.needles()]
            # A needle without a run, such as a passphrase, may be in any data.
            self._runs = ByteSearch(run[-_LONGEST_RUN:] for run in sought) if all(sought) else True
        return self._runs is True or self._runs.occurs_in(runs)

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Redact header fields, in their order; see `RedactionPass.headers`."""
        return tuple((name, self.data(value.encode("latin-1")).data.decode("latin-1")) for name, value in headers)

    def text(self, text: str) -> str:
        """Redact a target, a URL, or a text for people to read; see `RedactionPass.text`."""
        return decode_text(self.data(encode_text(text)).data)


def runs_of(data: bytes) -> bytes:
    """The runs of data: its stretches of characters that tokens consist of, also in the data's decoded forms.

    The decoded forms are those that `SecondPass` searches. If data holds a secret, the runs of the data hold the runs
    of the secret. Most text has few runs, so that a search of the runs is quick.
    """
    parts = multipart_spans(data) if is_binary(data) else ()
    if parts:
        return b"\n".join(runs_of(data[start:end]) for start, end in parts)
    return b"\n".join(run for view in views(data) for run in _RUN.findall(view.data))


def known_edits(
    seen: Iterable[View], known: NeedleSearch, *, same_length: bool = False, until: int | None = None
) -> list[Edit]:
    """The edits that replace every occurrence of known secrets.

    Args:
        seen: The views of the data.
        known: Finds the secrets.
        same_length: Whether each replacement must be as long as the value, as binary messages store lengths.
        until: The vault's generation up to which the secrets were learned; None for all.
    """
    edits: list[Edit] = []
    for view in seen:
        for secret, needle, at in known.occurrences(view.data, until):
            placeholder = fit(secret.placeholder, needle.size) if same_length else secret.placeholder
            start, end, replacement = needle.swap(view.data, at, placeholder)
            edits.append(Edit(*view.span(start, end), view.encode(replacement)))
    return edits


def fitting(edit: Edit) -> bytes:
    """An edit's replacement, made as long as the span that it replaces."""
    size = edit.end - edit.start
    return edit.replacement if len(edit.replacement) == size else fit(edit.replacement, size)


def redact_pieces(redaction: RedactionPass, pieces: Sequence[bytes]) -> list[bytes]:
    """Redact the pieces of one body together, since a secret may lie across them; their number stays."""
    return redaction.data(b"".join(pieces)).cut([len(piece) for piece in pieces])


def encode_text(text: str) -> bytes:
    """Encode a text as UTF-8; a lone surrogate is kept, and `decode_text` restores it."""
    return text.encode("utf-8", "surrogatepass")


def decode_text(data: bytes) -> str:
    """The text that `encode_text` encoded."""
    return data.decode("utf-8", "surrogatepass")
