"""How the browser of a sign-in runs: window, profile, sandbox, driver; from arguments or the environment."""

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
    """How the browser runs. `from_environment` returns the defaults.

    Attributes:
        headless: True runs without a window, which only works with a profile that is signed in. None tries that first
            where the profile was signed in, and opens a window if it fails.
        profile: The folder with the browser's state; None for ``wiretape/browser`` in the user's data folder.
        no_sandbox: Runs pages without Chromium's sandbox. An ordinary user never needs this.
        extra_args: Further arguments for the browser.
        driver: The way to DevTools: ``pipe``, which no other program can use, or ``nodriver`` (the extra ``browser``),
            whose port all programs on this machine can reach meanwhile.
    """

    headless: bool | None = None
    profile: Path | None = None
    no_sandbox: bool = False
    extra_args: tuple[str, ...] = ()
    driver: Driver = "pipe"

    @classmethod
    def from_environment(cls) -> Self:
        """Read ``COPILOT_HEADLESS``, ``COPILOT_PROFILE``, ``COPILOT_NO_SANDBOX`` and ``COPILOT_BROWSER_DRIVER``.

        Raises:
            UsageError: The driver is unknown.
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
    raise UsageError(f"{DRIVER_VARIABLE} is not the name of a driver", step="start the browser", hint=hint)


def _is_set(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() not in {"", "0", "false", "no"}
