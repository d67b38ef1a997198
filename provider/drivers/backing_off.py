"""Plans the wait before another attempt, and logs it. The drivers wait."""

from __future__ import annotations

import logging
import random
from typing import Final

from provider.attempts import Attempt
from provider.drivers.deadlines import Deadlines
from provider.effects import BackOff

_LOGGER: Final = logging.getLogger("provider.retry")
_SHORTENED: Final = 0.25
"""The largest part of a wait that chance takes away."""


def plan(effect: BackOff, deadlines: Deadlines) -> Attempt | None:
    """Return the failed attempt and the seconds to wait before the next; None if the call's deadline is within them."""
    seconds = effect.seconds
    if not effect.exact:
        seconds *= 1 - _SHORTENED * random.random()  # noqa: S311  # no secret
    if seconds >= deadlines.left():
        return None
    _LOGGER.info(
        "%s failed (%s): retry %d of %d in %.2f s", effect.step, effect.reason, effect.number, effect.of, seconds
    )
    return Attempt(effect.step, effect.reason, seconds)
