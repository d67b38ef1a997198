"""The way of a finished cassette to its place: rendered, looked at, then written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.cassette import store
from harness.cassette.model import Cassette
from harness.cassette.text import render
from harness.record.errors import UnsafeCassetteError
from harness.redact.across import texts_across
from harness.redact.engine import Redactor
from harness.redact.scan import Finding


def _findings(cassette: Cassette, name: str, redactor: Redactor) -> Iterator[tuple[str, Finding]]:
    rendered = render(cassette)
    for part, content in ((name, rendered.content), *rendered.side_files.items()):
        yield from ((part, finding) for finding in redactor.scan(content))
    for number, text in texts_across(cassette, redactor.profile):
        for finding in redactor.scan(text):
            yield f"{name}, messages of exchange {number} joined", finding


def write_checked(cassette: Cassette, path: Path, redactor: Redactor) -> Cassette:
    """Write a cassette unless its finished bytes, or those of a side file, hold something secret.

    Returns:
        The cassette as it can be loaded: with the names of its side files.

    Raises:
        UnsafeCassetteError: They do; nothing at ``path`` was touched.
        harness.cassette.errors.CassetteError: The format cannot say it, or the disk says no.
    """
    findings = list(_findings(cassette, path.name, redactor))
    if findings:
        raise UnsafeCassetteError(path, findings)
    return store.save(cassette, path)
