"""How a client of `provider` is bound to a wire."""

from __future__ import annotations

from typing import Any

from harness.pytest_plugin.wires import Wire
from provider.credentials import Credentials


def client_options(wire: Wire) -> dict[str, Any]:
    """What `CopilotClient` and `AsyncCopilotClient` are given, so that they look for nothing elsewhere."""
    return {
        "credentials": Credentials(token=wire.token, source="wire"),
        "base_url": wire.url,
        "generation": wire.generation,
    }
