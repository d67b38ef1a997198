"""What does not hold yet: a row goes when its fault does."""

from __future__ import annotations

from typing import Any

import pytest

FAILING = frozenset(
    {
        # Rows of the property.
        "secrets",
        "tasks",
        "all",
        # What was issued to one of several tasks alike stands for what was issued to another: numbers, too.
        "numbers issued alike, then used for different things",
        # Messages in any order on several sockets alike: the player raises IndexError (`SocketPlayback.tape`).
        "two bursts on sockets alike",
        # Heartbeats' answers on sockets alike.
        "heartbeats with answers, then different",
        "heartbeats with answers, then different and left",
        # What is pushed on sockets alike waits for the post to that socket.
        "pushed on sockets, to three at once",
        # An address in a body that is no text as a whole; one that ends a message takes the next message with it; one
        # behind a blank that is written as a plus takes the words before it.
        "email-body-multipart",
        "email-prose-body-multipart",
        "email-socket-line",
        "email-prose-body-form",
        "email-prose-body-form-echoed",
        "jwt-prose-body-form",
        # Two placeholders are two values; where chance decides which is which, the report says so.
        "userId in the query",
    }
)


def case(name: str, *values: Any) -> Any:
    """A parameter of a test, with its name; marked if it is known to fail."""
    marks = [pytest.mark.xfail(strict=False, reason="does not hold yet")] if name in FAILING else []
    return pytest.param(*values, id=name.replace(" ", "-"), marks=marks)
