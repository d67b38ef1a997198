"""`Backing`: what every kind of backing has in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fake_server.stage import Stage
from harness.cassette.model import Cassette
from harness.redact.standin import FIRST_TOKEN
from harness.replay.report import Report

if TYPE_CHECKING:
    from harness.scripted import Scripted


class Backing:
    """What stands behind one wire, and what becomes of it. This one writes nothing and finds nothing wrong.

    Attributes:
        stage: What answers.
        script: What a test may write into, if anything.
        cassette: What is played, if anything is.
        generation: The protocol's, if it is known: of who is recorded, or of who was.
        token: What clients are to send: a stand-in, or None. The user's own goes no further than the relay.
    """

    stage: Stage
    script: Scripted | None = None
    cassette: Cassette | None = None
    generation: str | None = None
    token: str | None = FIRST_TOKEN

    @property
    def records(self) -> bool:
        """Whether something is to be written."""
        return False

    def report(self) -> Report:
        """What went wrong so far; in the end also what was left. Called in the server's thread, or when it is idle."""
        return Report()

    def finish(self, aside: Path | None) -> str:
        """The server has stopped, and there was a request: write what is to be written.

        Args:
            aside: Where a take is kept that shall not take the cassette's place because the test failed; else None.

        Returns:
            What is wrong with the session now that it is whole, as a report; empty if nothing is.

        Raises:
            HarnessError: It cannot be written; an old cassette stays.
        """
        del aside
        return ""

    def close(self) -> None:
        """Let go of everything; after `finish`, or in its place."""
