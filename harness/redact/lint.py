"""Secrets in a file that anybody may have made: a cassette, a HAR, a side file.

A new redactor learns the secrets that the file's places and looks reveal, and the file's bytes are scanned for them. So
placeholders are no findings, nor are values that are too short or plain to tell a secret from a setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.cassette.model import Cassette
from harness.cassette.payloads import Content
from harness.redact.cassettes import contents_of_coded, redact_cassette, texts_across
from harness.redact.contents import content_findings
from harness.redact.engine import Redactor
from harness.redact.har import learn_har
from harness.redact.scan import SecretFinding


def lint_cassette(
    redactor: Redactor, cassette: Cassette, files: Iterable[tuple[str, Content]]
) -> Iterator[tuple[str, SecretFinding]]:
    """The secrets in the files of a cassette.

    Args:
        redactor: A new one, or one that has learned secrets.
        cassette: The parsed cassette.
        files: Name and bytes of the cassette and of each side file.

    Yields:
        The name of a file, and a secret in it.
    """
    redact_cassette(redactor, cassette)
    name = ""
    seen = False
    for name, content in files:
        for finding in content_findings(redactor, content):
            seen = True
            yield name, finding
    for number, content in contents_of_coded(cassette):
        for finding in redactor.scan(content):
            yield f"request body of exchange {number + 1} decoded", finding
    if not seen:
        # Secrets that lie across messages are visible in none of the files.
        for number, text in texts_across(cassette, redactor.profile):
            for finding in redactor.scan(text):
                yield f"messages of exchange {number + 1} joined", finding


def lint_har(redactor: Redactor, content: bytes) -> list[SecretFinding]:
    """The secrets in a HAR.

    Raises:
        NoHarError: The bytes are not a HAR.
    """
    learn_har(redactor, content)
    return redactor.scan(content)
