"""``--upstream``: the service to record, and further ones by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from harness.cli.command import OptionConflictError
from harness.cli.console import say
from harness.cli.profiles import upstream_of

_NAMED: Final = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)=(.*)", re.DOTALL)


def split_upstreams(given: Sequence[str] | None) -> tuple[str | None, dict[str, str]]:
    """The upstream without a name, or None, and the others by name.

    Raises:
        OptionConflictError: Two values have no name, or two have the same one.
    """
    main: list[str] = []
    further: dict[str, str] = {}
    for each in given or ():
        named = _NAMED.fullmatch(each)
        if named is None:
            main.append(each)
        elif named[1] in further:
            raise OptionConflictError(f"--upstream {named[1]}= is given twice: give each upstream a name of its own")
        else:
            further[named[1]] = named[2]
    if len(main) > 1:
        raise OptionConflictError("--upstream: one URL is without a name, further ones have one: gateway=wss://HOST")
    return (main[0] if main else None), further


def upstreams_of(
    given: Sequence[str] | None, profile: str | None, *, proxy: bool, browser: bool
) -> tuple[str, dict[str, str]]:
    """The URL to record, and the further upstreams by name.

    Without an unnamed URL and ``--profile``, the first one is the URL to record: COMMAND finds it in ``WIRETAPE_URL``.

    Args:
        given: The values of the option.
        profile: The name of ``--profile``, or None.
        proxy: Whether the session goes through the forward proxy, which has no further ports.
        browser: Whether a browser is recorded, which has none either.

    Raises:
        OptionConflictError: As for `split_upstreams` and `upstream_of`; or the session has no further ports.
        harness.services.errors.ProfileError, harness.services.errors.UnknownProfileError: As for `upstream_of`.
    """
    main, further = split_upstreams(given)
    if main is None and further and profile is None:
        main = further.pop(next(iter(further)))
    if further and (proxy or browser):
        raise OptionConflictError(
            f"--upstream NAME=URL does not go with {'--browser' if browser else '--proxy'}: it opens a port for each "
            "upstream, which COMMAND finds in the service's responses"
        )
    return upstream_of(main, profile), further


def announce_upstreams(upstreams: Mapping[str, str], local: Mapping[str, str]) -> None:
    """Print where the further upstreams are.

    Args:
        upstreams: Name -> origin.
        local: Name -> base URL of the local server.
    """
    for name, origin in upstreams.items():
        say(f"  {name}: {origin} at {local[name]}", "dim")
