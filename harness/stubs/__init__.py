"""Stubs of any service: what a local server answers, request by request and message by message.

In a test the fixture ``wire`` has them: ``wire.on("GET", "/items").reply(json=[1])``. Elsewhere `stubbing` starts a
server.
"""

from harness.calls import WireCall
from harness.stubs.errors import StubError
from harness.stubs.events import StreamEvent
from harness.stubs.replies import response
from harness.stubs.serving import StubServer, stubbing
from harness.stubs.socket_stub import SocketStub
from harness.stubs.stub import Stub
from harness.stubs.stubs import Stubs
from harness.stubs.values import containing, like

__all__ = [
    "SocketStub",
    "StreamEvent",
    "Stub",
    "StubError",
    "StubServer",
    "Stubs",
    "WireCall",
    "containing",
    "like",
    "response",
    "stubbing",
]
