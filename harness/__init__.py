"""Recording sessions into cassettes and replaying them on the wire, for any client in any language.

`recording` and `replaying` are the two context managers most code needs; `load` and `save` read and write cassettes.
Names are loaded when they are first used.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from harness.cassette.model import Cassette as Cassette
    from harness.cassette.store import load as load
    from harness.cassette.store import save as save
    from harness.errors import HarnessError as HarnessError
    from harness.pytest_plugin.wires import Wire as Wire
    from harness.record.recording import Recording as Recording
    from harness.relay.relay import Relay as Relay
    from harness.replay.player import Player as Player
    from harness.services.copilot import COPILOT as COPILOT
    from harness.sessions import recording as recording
    from harness.sessions import replaying as replaying

_HOME_OF: Final = {
    "COPILOT": "harness.services.copilot",
    "Cassette": "harness.cassette.model",
    "HarnessError": "harness.errors",
    "Player": "harness.replay.player",
    "Recording": "harness.record.recording",
    "Relay": "harness.relay.relay",
    "Wire": "harness.pytest_plugin.wires",
    "load": "harness.cassette.store",
    "recording": "harness.sessions",
    "replaying": "harness.sessions",
    "save": "harness.cassette.store",
}
__all__ = list(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]  # the table is the one list


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)
