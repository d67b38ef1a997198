"""Which profile serves a wire: the setting ``profile``, else the one that the service's origin names."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from harness.errors import HarnessError
from harness.profile import ServiceProfile
from harness.pytest_plugin.failure import WireFailure
from harness.pytest_plugin.plan import Plan
from harness.services.choice import service_for, service_named
from harness.services.project import project_profiles


def service_of(plan: Plan, origin: str | None) -> ServiceProfile:
    """Return the profile for a service.

    Args:
        plan: The wire's plan; the user's profiles stand in pytest's root folder, or above it.
        origin: The service's, as a cassette holds it; None for the default service.

    Raises:
        WireFailure: The file of profiles holds an error, or no profile has the name.
    """
    try:
        own = _own(plan.node.config.rootpath)
        name = plan.config.profile
        return service_for(origin, own) if name is None else service_named(name, origin, own)
    except HarnessError as error:
        raise WireFailure(f"config: {error}") from None


@lru_cache(maxsize=8)
def _own(folder: Path) -> tuple[ServiceProfile, ...]:
    return tuple(project_profiles(folder))
