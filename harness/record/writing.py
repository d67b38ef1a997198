"""The way of a finished cassette to its place: rendered once, looked at, then written as it was looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.cassette import store
from harness.cassette.errors import CassetteDiskError, CassetteError
from harness.cassette.model import Cassette
from harness.cassette.text import Rendered
from harness.record.errors import UnsafeCassetteError
from harness.record.leaving_out import sayable
from harness.redact.across import texts_across
from harness.redact.engine import Redactor
from harness.redact.scan import Finding


def _findings(rendered: Rendered, name: str, redactor: Redactor) -> Iterator[tuple[str, Finding]]:
    for part, content in ((name, rendered.content), *rendered.side_files.items()):
        yield from ((part, finding) for finding in redactor.scan(content))
    for number, text in texts_across(rendered.cassette, redactor.profile):
        for finding in redactor.scan(text):
            yield f"{name}, messages of exchange {number} joined", finding


def write_checked(cassette: Cassette, path: Path, redactor: Redactor) -> Cassette:
    """Write a cassette unless its finished bytes, or those of a side file, hold something secret.

    Exchanges that the format cannot say are left out, and the cassette lists them.

    Returns:
        The cassette as it can be loaded: with the names of its side files.

    Raises:
        UnsafeCassetteError: They do; nothing at ``path`` was touched.
        harness.cassette.errors.CassetteError: Nothing of it can be said, or the disk says no.
    """
    rendered = _rendered(cassette, path)
    findings = list(_findings(rendered, path.name, redactor))
    if findings:
        raise UnsafeCassetteError(path, findings)
    return store.save(rendered, path)


def _rendered(cassette: Cassette, path: Path) -> Rendered:
    try:
        return store.rendered_for(cassette, path)
    except CassetteDiskError:
        raise
    except CassetteError:
        rest = sayable(cassette)
        if rest is cassette:
            raise
        return store.rendered_for(rest, path)
