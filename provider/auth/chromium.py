"""How a browser is run: its settings, from arguments or from the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self, TypeAlias, get_args

from provider.errors import UsageError

HEADLESS_VARIABLE: Final = "COPILOT_HEADLESS"
PROFILE_VARIABLE: Final = "COPILOT_PROFILE"
NO_SANDBOX_VARIABLE: Final = "COPILOT_NO_SANDBOX"
DRIVER_VARIABLE: Final = "COPILOT_BROWSER_DRIVER"

Driver: TypeAlias = Literal["pipe", "nodriver"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSettings:
    """How the browser is run. `from_environment` gives the defaults.

    Attributes:
        headless: Without a window: only of use when the profile is signed in already. None: without one first if it
            was, and with one if that does not do.
        profile: The folder with the browser's state; None for ``wiretape/browser`` in the user's data folder.
        no_sandbox: Run pages without Chromium's sandbox. Never needed by an ordinary user.
        extra_args: Further arguments for the browser.
        driver: How DevTools reaches it: by a ``pipe`` that is ours alone, or by ``nodriver`` (the extra ``browser``)
            and a port that all programs on this machine can reach meanwhile.
    """

    headless: bool | None = None
    profile: Path | None = None
    no_sandbox: bool = False
    extra_args: tuple[str, ...] = ()
    driver: Driver = "pipe"

    @classmethod
    def from_environment(cls) -> Self:
        """What ``COPILOT_HEADLESS``, ``COPILOT_PROFILE``, ``COPILOT_NO_SANDBOX``, ``COPILOT_BROWSER_DRIVER`` say.

        Raises:
            UsageError: There is no such driver.
        """
        profile = os.environ.get(PROFILE_VARIABLE)
        return cls(
            headless=_is_set(HEADLESS_VARIABLE) if os.environ.get(HEADLESS_VARIABLE) else None,
            profile=Path(profile).expanduser() if profile else None,
            no_sandbox=_is_set(NO_SANDBOX_VARIABLE),
            driver=_driver(os.environ.get(DRIVER_VARIABLE) or "pipe"),
        )


def _driver(name: str) -> Driver:
    for known in get_args(Driver):
        if name == known:
            return known
    hint = f"Use one of {', '.join(get_args(Driver))}."
    raise UsageError(f"{DRIVER_VARIABLE} names no driver", step="start the browser", hint=hint)


def _is_set(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() not in {"", "0", "false", "no"}
