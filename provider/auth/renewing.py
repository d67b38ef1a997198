"""Other credentials in place of refused ones that were found, not given: found again, newer."""

from __future__ import annotations

from provider.auth.har import read_har_session
from provider.credentials import Credentials
from provider.errors import NoValidHarFileError


def fetch_again(refused: Credentials) -> Credentials | None:
    """What is found now for the same origin, if that is another token; None if there is none."""
    if refused.origin is None:
        return None
    try:
        found = read_har_session(refused.origin, token_needed=True)
    except NoValidHarFileError:
        return None
    return found if found.token != refused.token else None
