"""The fuzz targets: each takes any bytes, and returns, or raises one of the errors that its own documentation names.

Whatever else a target raises is a finding, and so is an input that takes too long.
"""

from __future__ import annotations

import functools
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fake_server.host.limits import Limits
from harness.cassette.codec import parse, render
from harness.cassette.errors import CassetteError
from harness.errors import HarnessError
from harness.faults.parsing import parse_rule
from harness.faults.rule import FaultRuleError
from harness.har.entry_parser import HarLimits
from harness.har.importing import import_har
from harness.record.options import RecordingOptions, SaveOptions
from harness.record.recovery import Recovery, recover
from harness.services.built_in import built_in
from harness.services.errors import ProfileError
from harness.services.neutral import NEUTRAL
from harness.services.profile_file import read_profiles
from provider.wire.errors import MalformedEventError
from provider.wire.events import decode_event, encode_event
from tests.fuzz.connections import serve, serve_socket

LIMITS = Limits(linger=0.0, close_timeout=0.05, head_timeout=2.0, body_timeout=2.0, stage_timeout=1.0)
"""The host's, with times that suit a client which has sent everything, and its FIN."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is fuzzed.

    Attributes:
        run: Takes an input; what it raises beside ``errors`` is a finding.
        errors: The errors with which an invalid input may be refused.
        about: One line for the list of targets.
    """

    run: Callable[[bytes], None]
    errors: tuple[type[Exception], ...]
    about: str


@functools.cache
def _folder() -> Path:
    """A folder of this process alone, in memory where the machine has one there."""
    memory = Path("/dev/shm")
    holder = tempfile.TemporaryDirectory(prefix="wiretape-fuzz-", dir=memory if memory.is_dir() else None)
    _holders.append(holder)
    return Path(holder.name)


_holders: list[tempfile.TemporaryDirectory[str]] = []
"""They delete their folders at the end of the process."""


def cassette(data: bytes) -> None:
    """What the reader accepts, the writer writes, and both mean the same."""
    read = parse(data, "fuzzed.yaml")
    again = render(read)
    files = again.side_files
    assert parse(again.content, "again.yaml", read_file=lambda ref, _: files[ref.name]) == again.cassette


def har(data: bytes) -> None:
    """The import redacts, journals and writes a cassette as for a user."""
    folder = _folder()
    file, output = folder / "fuzzed.har", folder / "from-har.yaml"
    file.write_bytes(data)
    output.unlink(missing_ok=True)
    options = RecordingOptions(save=SaveOptions(state_directory=folder), state_directory=folder, journal=False)
    limits = HarLimits(file_bytes=1 << 20, token_bytes=1 << 18, entry_bytes=1 << 19, entries=200, values=20_000)
    import_har(file, output, origin="https://service.example", profile=NEUTRAL, options=options, limits=limits)


def journal(data: bytes) -> None:
    """Each line gets its checksum first, or no mutation would come any further."""
    folder = _folder()
    file, output = folder / "fuzzed.journal", folder / "recovered.yaml"
    output.unlink(missing_ok=True)
    file.write_bytes(b"".join(b"%08x %s\n" % (zlib.crc32(body), body) for body in data.split(b"\n") if body))
    recover(file, Recovery(profiles=_neutral, output=output, replace=True, without_hooks=True, state=folder))


def _neutral(_: str) -> object:
    return NEUTRAL


def events(data: bytes) -> None:
    """A decoded event is encoded to what decodes to it again."""
    event = decode_event(data)
    try:
        encoded = encode_event(event)
    except UnicodeEncodeError:
        return  # half a character, which a decoded text may begin or end with: UTF-8 has no bytes for it
    assert decode_event(encoded) == event


def host(data: bytes) -> None:
    """One connection of the host: requests, bodies, an upgrade and its frames."""
    serve(data, LIMITS)


def frames(data: bytes) -> None:
    """Frames of a client whose socket is open; the first byte is the size of the pieces in which they arrive."""
    serve_socket(data, LIMITS)


def profile(data: bytes) -> None:
    """A profile file beside the built-in profiles."""
    read_profiles(data, "wiretape.toml", NEUTRAL, built_in().get, taken=built_in())


def fault(data: bytes) -> None:
    """A rule is printed as the line that means the same."""
    rule = parse_rule(data.decode(errors="replace"))
    again = parse_rule(str(rule))
    assert again == rule, f"{rule} is read as {again}"


TARGETS = {
    "cassette": Target(cassette, (CassetteError,), "the text of a cassette"),
    "har": Target(har, (HarnessError,), "a HAR, imported"),
    "journal": Target(journal, (HarnessError,), "a journal, recovered"),
    "events": Target(events, (MalformedEventError,), "a message of the service, decoded"),
    "host": Target(host, (), "the bytes of a client's connection"),
    "frames": Target(frames, (), "the frames of a client's WebSocket"),
    "profile": Target(profile, (ProfileError,), "a profile file"),
    "fault": Target(fault, (FaultRuleError,), "a rule for a fault"),
}


def check(name: str, data: bytes) -> None:
    """Run a target on one input.

    Raises:
        Exception: A finding.
    """
    target = TARGETS[name]
    try:
        target.run(data)
    except target.errors as error:
        # An error that cannot be printed is a finding, too.
        str(error)
