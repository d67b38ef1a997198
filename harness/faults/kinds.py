"""`FaultKind`: one row of the table of faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from harness.faults.parameters import Parameter

Unit: TypeAlias = Literal["connection", "request", "upgrade", "event", "message"]
"""What a rule counts: TLS connections, plain requests, upgrades to a socket, events of a streamed response, messages to
the client.

Events are those of ``text/event-stream``, the lines of NDJSON, and else the chunks of a streamed body.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """One kind of fault, as the table of faults describes it.

    Attributes:
        name: The name by which rules call it, such as ``cut``.
        units: What it can strike: connections, requests, upgrades, events or messages.
        effect: What the client sees, as a phrase.
        real: What causes it in real networks and services.
        between: Whether a rule may also apply it between two items (``after 3 messages``), rather than to one of them.
        parameters: Its parameters, in the order in which a rule may give them without names.
    """

    name: str
    units: tuple[Unit, ...]
    effect: str
    real: str
    between: bool = False
    parameters: tuple[Parameter, ...] = ()
