"""Which pages of other origins may use a local server. `fake_server.host.pages` implements CORS for them."""

from __future__ import annotations

from collections.abc import Iterable

from fake_server.host.pages import ANY, NULL, PageOriginError, page_origin
from harness.errors import HarnessError


class AllowedOriginError(HarnessError, ValueError):
    """A text is not the origin of a page, or the origin may not be allowed here."""


def allowed_pages(origins: Iterable[str], *, swaps_token: bool = False) -> tuple[str, ...]:
    """Origins of pages that may use a local server, as browsers spell them, each once.

    Args:
        origins: As the user wrote them.
        swaps_token: Whether the server sends the user's own token for its clients.

    Raises:
        AllowedOriginError: A text is not an origin; or it allows every page while the server swaps the token, so that
            any page could act with the user's account.
    """
    found: list[str] = []
    for each in origins:
        try:
            found.append(page_origin(each))
        except PageOriginError as error:
            raise AllowedOriginError(f"{error} (--allow-origin, allowed_origins)") from None
        if swaps_token and found[-1] in (ANY, NULL):
            raise AllowedOriginError(
                f"{each!r} would let any page act with your token (--allow-origin, allowed_origins): "
                "name the page's own origin, such as http://localhost:5173, or record without a token"
            )
    return tuple(dict.fromkeys(found))
