"""The log of the client: a line for each turn at INFO, each request, response and message at DEBUG.

The logger is ``provider``. Lines are redacted (`provider.redaction`), cut, and free of control characters.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable
from typing import Final

from provider import clock
from provider.effects import Effect
from provider.errors import UsageError
from provider.flow.observe import Watcher
from provider.flow.state import ChatState
from provider.items import FinishReason
from provider.traffic import Direction, ReceivedResponse, SentRequest, SocketMessage
from provider.wire.errors import quotable

LOG_VARIABLE: Final = "COPILOT_LOG"
LOGGER: Final = logging.getLogger("provider")
MAX_LINE: Final = 2000
"""Characters of a message that its line shows."""
_LEVELS: Final = {"debug": logging.DEBUG, "info": logging.INFO}
_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def set_up_log() -> None:
    """Log to stderr if ``COPILOT_LOG`` is ``debug`` or ``info``, unless the app has set up the logger itself.

    Raises:
        UsageError: The variable is set to something else.
    """
    wanted = os.environ.get(LOG_VARIABLE, "").strip().lower()
    if not wanted:
        return
    if wanted not in _LEVELS:
        hint = "Set it to debug or info, or unset it."
        raise UsageError(f"{LOG_VARIABLE} is {quotable(wanted)!r}, an unknown log level", step="log", hint=hint)
    if LOGGER.level == logging.NOTSET:
        LOGGER.setLevel(_LEVELS[wanted])
    if not LOGGER.hasHandlers():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter(_FORMAT))
        LOGGER.addHandler(handler)


def log_watchers(state: ChatState, mode: str | None) -> tuple[Watcher, ...]:
    """Return the watcher that logs one flow; none where the logger is off.

    Args:
        state: The conversation's.
        mode: The mode of a turn; None for other calls, such as one for the account, which are logged at DEBUG only.
    """
    if LOGGER.isEnabledFor(logging.DEBUG):
        return (_DetailedLog(state, mode),)
    if mode is not None and LOGGER.isEnabledFor(logging.INFO):
        return (_TurnLog(state, mode),)
    return ()


class _TurnLog(Watcher):
    """Counts the messages of a turn, and logs one line at its end."""

    def __init__(self, state: ChatState, mode: str | None) -> None:
        self._state = state
        self._mode = mode
        self._begun = clock.monotonic()
        self._count: dict[Direction, int] = {"sent": 0, "received": 0}
        self._finish = ""

    def raw_message(self, direction: Direction, data: bytes) -> None:  # noqa: ARG002  # counted alone
        self._count[direction] += 1

    def item(self, item: object) -> None:
        if type(item) is FinishReason:
            self._finish = item.reason

    def end(self, error: BaseException | None) -> None:
        if self._mode is None:
            return
        seconds = clock.monotonic() - self._begun
        LOGGER.info(
            "turn: conversation %s, mode %s, %d messages sent, %d received, %.3f s, request id %s: %s",
            quotable(str(self._state.conversation_id)),
            self._mode,
            self._count["sent"],
            self._count["received"],
            seconds,
            quotable(str(self._state.request_id)),
            self._outcome(error),
        )

    def _outcome(self, error: BaseException | None) -> str:
        if error is None or (self._finish and isinstance(error, GeneratorExit)):
            return self._finish
        if isinstance(error, GeneratorExit):
            return "left before its end"
        return quotable(f"{type(error).__name__}: {error}", MAX_LINE)


class _DetailedLog(_TurnLog):
    """Logs each request, response and message, too."""

    wants_values = True

    def request(self, request: SentRequest) -> Iterable[Effect]:
        LOGGER.debug("> %s %s, %d bytes", request.method, quotable(request.url, MAX_LINE), request.body_size)
        return ()

    def response(self, response: ReceivedResponse) -> Iterable[Effect]:
        size = f"{'more than ' if response.truncated else ''}{len(response.body)}"
        LOGGER.debug("< %d, %s bytes, request id %s", response.status, size, quotable(str(response.request_id)))
        return ()

    def message(self, message: SocketMessage) -> Iterable[Effect]:
        LOGGER.debug("%s %s", ">" if message.direction == "sent" else "<", quotable(message.text, MAX_LINE))
        return ()
