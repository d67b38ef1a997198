"""Whether credentials are to be renewed now: the one thing of a flow that takes a clock."""

from __future__ import annotations

import time

from provider.effects import Renew


def is_due(effect: Renew) -> bool:
    """Refused credentials are due at once, others shortly before they end."""
    if effect.before is None:
        return True
    end = effect.credentials.expires_at
    return end is not None and end - time.time() < effect.before
