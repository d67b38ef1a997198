"""``--upstream``: the service to record, and further ones by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from harness.cli.command import OptionConflictError
from harness.cli.console import say
from harness.cli.profiles import chosen_profile, upstream_in
from harness.origins import as_origin

if TYPE_CHECKING:
    from harness.profile import ServiceProfile

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
        raise OptionConflictError(
            "--upstream: two URLs have no name: write every one but the first as NAME=URL, for example gateway=wss://HOST"
        )
    return (main[0] if main else None), further


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The services to record.

    Attributes:
        url: The main upstream.
        named: Further upstreams that the user gave, name -> URL.
        profile: The name of the profile; None to find it by the URL.
    """

    url: str
    named: Mapping[str, str]
    profile: str | None

    def further(self, service: ServiceProfile) -> dict[str, str]:
        """The further upstreams, name -> URL: the profile's, those of the user before them."""
        known = {name: origin for name, origin in service.further_upstreams.items() if origin != as_origin(self.url)}
        return {**known, **self.named}


def target_of(given: Sequence[str] | None, profile: str | None) -> Target:
    """The services that ``--upstream`` and ``--profile`` name to be recorded.

    A name that the profile has replaces that upstream of the profile, the main one included. Other names without an
    unnamed URL and ``--profile``: the first one is the URL to record, which COMMAND finds in ``WIRETAPE_URL``.

    Args:
        given: The values of the option.
        profile: The name of ``--profile``, or None.

    Raises:
        OptionConflictError: As for `split_upstreams`, and if no URL is known.
        harness.services.errors.ProfileError, harness.services.errors.UnknownProfileError: As for `chosen_profile`.
    """
    main, named = split_upstreams(given)
    if main is None:
        service = chosen_profile(profile)
        names = list(service.upstreams)
        if names and (not named or named.keys() & set(names)):
            return Target(url=named.pop(names[0], service.upstream), named=named, profile=service.name)
        main = named.pop(next(iter(named))) if named and profile is None else upstream_in(service)
    return Target(url=main, named=named, profile=profile)


def announce_upstreams(upstreams: Mapping[str, str], local: Mapping[str, str]) -> None:
    """Print where the further upstreams are.

    Args:
        upstreams: Name -> origin.
        local: Name -> base URL of the local server.
    """
    for name, origin in upstreams.items():
        say(f"  {name}: {origin} at {local[name]}", "dim")
