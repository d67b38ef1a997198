"""The secrets in a side file, which need not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from harness.cassette.payloads import Content, pieces_of
from harness.redact.engine import Redactor
from harness.redact.scan import SecretFinding

_OVERLAP: Final = 64 * 1024
"""Bytes of a piece that are scanned again with the next one, as a secret may lie across both."""


def content_findings(redactor: Redactor, content: Content) -> Iterator[SecretFinding]:
    """The secrets in a side file; pieces of a large one are scanned with the end of the piece before.

    Raises:
        OSError: The disk failed.
    """
    before, lines = b"", 0
    for piece in pieces_of(content):
        data = before + piece
        yield from (replace(finding, line=finding.line + lines) for finding in redactor.scan(data))
        before = data[-_OVERLAP:]
        lines += data.count(b"\n", 0, -_OVERLAP)
