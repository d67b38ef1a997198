"""What is secret in a file that anybody may have made: a cassette, a HAR, the side file of a cassette.

A fresh redactor learns what the file's own places and looks give away, and the file's bytes are then scanned for it.
So placeholders are no findings, and neither are values that are too short or plain to tell a secret from a setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.cassette.model import Cassette
from harness.redact.cassettes import contents_of_coded, redact_cassette, texts_across
from harness.redact.engine import Redactor
from harness.redact.har import learn_har
from harness.redact.scan import Finding


def lint_cassette(
    redactor: Redactor, cassette: Cassette, files: Iterable[tuple[str, bytes]]
) -> Iterator[tuple[str, Finding]]:
    """What is secret in the files of a cassette.

    Args:
        redactor: A new one, or one that knows secrets.
        cassette: As the files say it.
        files: Name and bytes of each: of the cassette itself, of its side files.

    Yields:
        The name of a file, and what is in it.
    """
    redact_cassette(redactor, cassette)
    name = ""
    seen = False
    for name, content in files:
        for finding in redactor.scan(content):
            seen = True
            yield name, finding
    for number, content in contents_of_coded(cassette):
        for finding in redactor.scan(content):
            yield f"request body of exchange {number} decoded", finding
    if not seen:
        # What lies across messages is seen in no file as it stands.
        for number, text in texts_across(cassette, redactor.profile):
            for finding in redactor.scan(text):
                yield f"messages of exchange {number} joined", finding


def lint_har(redactor: Redactor, content: bytes) -> list[Finding]:
    """What is secret in a HAR.

    Raises:
        NoHarError: It is none.
    """
    learn_har(redactor, content)
    return redactor.scan(content)
