"""The built-in profiles: Copilot's, and those in ``harness/services/profiles``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from harness.profile import ServiceProfile
from harness.services.copilot import COPILOT
from harness.services.neutral import NEUTRAL
from harness.services.profile_file import read_profiles

FOLDER: Final = Path(__file__).with_name("profiles")


@lru_cache(maxsize=1)
def built_in() -> dict[str, ServiceProfile]:
    """Name -> profile, Copilot's first, the others in the order of their names."""
    found = {COPILOT.name: COPILOT}
    for path in sorted(FOLDER.glob("*.toml")):
        for profile in read_profiles(path.read_bytes(), f"built-in {path.name}", NEUTRAL, found.get):
            found[profile.name] = profile
    return found
