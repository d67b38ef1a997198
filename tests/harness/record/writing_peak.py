"""Records large bodies and writes their cassette, as a process of its own; prints MiB: the bodies, and how the peak grew.

Arguments: the folder to write in.
"""

import random
import sys
from pathlib import Path

from harness.record.options import RecordingOptions
from harness.record.recording import Recording
from tests.harness.record.conftest import PROFILE

BODIES = 32
SIZE = 3 << 20


def peak():
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def main(folder):
    options = RecordingOptions(state_directory=folder / "state")
    recording = Recording(folder / "x.yaml", PROFILE, options=options)
    pick = random.Random(1)
    for number in range(BODIES):
        line = b"%032x It says this, and nothing of interest.\n" % pick.getrandbits(128)
        exchange = recording.begin("GET", f"/{number}", (), at=number)
        exchange.respond(200, (("content-length", str(SIZE)),), at=number)
        body = (line * (SIZE // len(line) + 1))[:SIZE]
        for at in range(0, SIZE, 1 << 16):
            exchange.chunk(body[at : at + (1 << 16)], at=number)
        exchange.end(at=number)
    before = peak()
    recording.finish()
    print(BODIES * SIZE / (1 << 20), peak() - before)


main(Path(sys.argv[1]))
