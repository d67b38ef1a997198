"""``--view``: the page that follows a session while it goes on."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness.cli.console import say

if TYPE_CHECKING:
    from harness.profile import ServiceProfile
    from harness.view.live import LiveSession


@contextmanager
def live_page(session: LiveSession | None, service: ServiceProfile, title: str) -> Generator[None]:
    """Serve the page during a block, and print its URL; does nothing without a session.

    Args:
        session: The session; None if the user wants no page.
        service: The service's profile.
        title: Heading of the page.
    """
    if session is None:
        yield
        return
    from harness.view.live import following

    with following(session, service, title) as url:
        say(f"look at it while it goes on (the URL is a secret): {url}", "bold")
        yield
