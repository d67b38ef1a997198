"""Which pages of other origins may use a local server; what a browser needs for it: `fake_server.host.pages`."""

from __future__ import annotations

from collections.abc import Iterable

from fake_server.host.pages import ANY, NULL, PageOriginError, page_origin
from harness.errors import HarnessError


class AllowedOriginError(HarnessError, ValueError):
    """An origin of pages is none, or may not be allowed here."""


def allowed_pages(origins: Iterable[str], *, swaps_token: bool = False) -> tuple[str, ...]:
    """Origins of pages that may use a local server, as browsers spell them.

    Args:
        swaps_token: Whether clients of that server act with the user's own token.

    Raises:
        AllowedOriginError: One is no origin; or it is that of any page, and those would get the user's token to work.
    """
    found: list[str] = []
    for each in origins:
        try:
            found.append(page_origin(each))
        except PageOriginError as error:
            raise AllowedOriginError(f"{error} (--allow-origin, allowed_origins)") from None
        if swaps_token and found[-1] in (ANY, NULL):
            raise AllowedOriginError(
                f"{each!r} would let pages of anybody act with your token (--allow-origin, allowed_origins): "
                "name the page's own origin, such as http://localhost:5173, or record without a token"
            )
    return tuple(dict.fromkeys(found))
