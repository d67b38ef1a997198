"""A process that forks recorders to be killed: ``python -m tests.harness.record.killed_recorder``.

Each line of stdin (``CASSETTE STATE DURABLE``) makes a recorder that records session after session into that cassette.
It tells its process id, then what has been acknowledged: ``SESSION MESSAGE``, or ``SESSION finished``. When it is dead,
``dead`` follows.
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

from harness.profile import ServiceProfile
from harness.record.options import RecordingOptions
from harness.record.recording import Recording

PROFILE = ServiceProfile(name="test", upstream="https://service.test", secret_fields={"secret": "token"})
LATE = "mN4bV7cX1zQ9wE5r"
"""A value that the fifth message shows, and the eighth calls a secret."""
MESSAGES = 12


def tell(text: str) -> None:
    """Hand a line to the pipe, at once."""
    os.write(1, f"{text}\n".encode())


def text_of(session: int, number: int) -> bytes:
    """What a message says."""
    more = {5: f',"note":"{LATE}"', 8: f',"secret":"{LATE}"'}.get(number, "")
    return f'{{"session":{session},"n":{number}{more}}}'.encode()


def record(cassette: Path, state: Path, session: int, *, durable: bool) -> None:
    """One session."""
    settings = RecordingOptions(state_directory=state, durable=durable, lock=True)
    recording = Recording(cassette, PROFILE, options=settings)
    track = recording.begin("GET", f"/session/{session}", (), at=1.0, upgrade=True)
    track.respond(101, (), at=1.1)
    for number in range(MESSAGES):
        track.message("<", "text", text_of(session, number), at=1.2 + number / 10)
        tell(f"{session} {number}")
    track.socket_end("<", "close", at=9.0, code=1000)
    recording.finish()
    tell(f"{session} finished")


def main() -> None:
    for line in sys.stdin:
        cassette, state, durable = line.split()
        child = os.fork()
        if child == 0:
            for session in count():
                record(Path(cassette), Path(state), session, durable=durable == "durable")
        tell(f"{child}")
        os.waitpid(child, 0)
        tell("dead")


if __name__ == "__main__":
    main()
