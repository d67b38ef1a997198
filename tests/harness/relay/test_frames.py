"""Messages of a service that a relay cannot take."""

import pytest

from harness.relay.frames import FrameReader
from provider.transport.errors import TooLargeError
from provider.websocket import MAX_MESSAGE_FRAMES
from tests.support.servers.raw_server import TEXT, frame


def test_message_in_endless_empty_fragments_is_too_large():
    reader = FrameReader(100)
    pieces = frame(0, fin=False) * (MAX_MESSAGE_FRAMES - 1)
    assert list(reader.feed(frame(TEXT, fin=False) + pieces)) == []
    with pytest.raises(TooLargeError, match="250000 frames"):
        list(reader.feed(frame(0)))
