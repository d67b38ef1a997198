"""`Backing`: what every kind of backing has in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fake_server.stage import Stage
from harness.cassette.model import Cassette
from harness.redact.placeholders import FIRST_TOKEN
from harness.replay.report import Report

if TYPE_CHECKING:
    from harness.record.recording import Recording
    from harness.scripted import Scripted


class Backing:
    """What stands behind one wire, and what becomes of it. This one writes nothing and finds nothing wrong.

    Attributes:
        stage: What answers.
        script: What a test may write into, if anything.
        cassette: What is played, if anything is.
        generation: The protocol's, if it is known: of who is recorded, or of who was.
        token: What clients are to send: a stand-in, or None. The user's own goes no further than the relay.
        recording: What went to the service, if anything may.
    """

    stage: Stage
    script: Scripted | None = None
    cassette: Cassette | None = None
    generation: str | None = None
    token: str | None = FIRST_TOKEN
    recording: Recording | None = None

    @property
    def records(self) -> bool:
        """Whether something is to be written."""
        return False

    @property
    def unreached(self) -> str:
        """Why the service could not be reached; empty if it was, or if nobody tried."""
        return self.recording.unreached[-1] if self.recording is not None and self.recording.unreached else ""

    @property
    def reached_service(self) -> bool:
        """Whether the service was reached at all; True where it is not asked."""
        return self.recording is None or self.recording.is_empty or self.recording.reached_service

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
