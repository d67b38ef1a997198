"""`SessionSize`: the size of a session that is imported, compared with the limits of a cassette."""

from __future__ import annotations

from harness.cassette.model import LIMITS as CASSETTE_LIMITS
from harness.har.entry import Entry
from harness.har.errors import HarLimitError


class SessionSize:
    """The size of the session so far, compared with the limits of a cassette."""

    def __init__(self) -> None:
        self._exchanges = self._lines = self._bytes = 0

    def is_too_large(self, read: Entry) -> bool:
        """Whether a body or message is larger than a cassette allows."""
        return max(self._payloads(read)) > CASSETTE_LIMITS.side_file_bytes

    def _payloads(self, read: Entry) -> tuple[int, ...]:
        return (len(read.request_body), len(read.body), *(len(one.data) for one in read.messages or ()))

    def add(self, read: Entry) -> None:
        """Add an entry's exchange, messages and bytes to the size of the session.

        Raises:
            HarLimitError: The session is larger than a cassette allows.
        """
        most, messages = CASSETTE_LIMITS, read.messages or ()
        self._exchanges += 1
        self._lines += len(messages)
        self._bytes += sum(self._payloads(read))
        _check(self._exchanges, most.exchanges, "exchanges", read.where)
        _check(self._lines, most.lines, "messages", read.where)
        _check(self._bytes, most.payload_bytes, "bytes of bodies and messages", read.where)


def check_exchanges(count: int, where: str) -> None:
    """Refuse a session of too many exchanges as soon as their number is known: before their bodies are read.

    Raises:
        HarLimitError: A cassette does not allow so many.
    """
    _check(count, CASSETTE_LIMITS.exchanges, "exchanges", where)


def _check(has: int, may: int, what: str, where: str) -> None:
    if has > may:
        raise HarLimitError(
            f"the HAR does not fit into one cassette, which has at most {may} {what}: export a shorter session", where
        )
