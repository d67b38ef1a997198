"""What does not hold yet: a row goes when its fault does."""

from __future__ import annotations

from typing import Any

import pytest

FAILING = frozenset(
    {
        # Rows of the property.
        "secrets",
        "made",
        "tasks",
        "odd",
        "feeds",
        "all",
        # What was issued to one of several tasks alike stands for what was issued to another.
        "issued on a socket, said on the next",
        "issued alike, then used for different things",
        "issued alike, then said on different sockets",
        "issued by the last of equal calls, used after the first",
        "greeted, then different",
        "greeted, then different after a while",
        "eight chats, of each kind two",
        "threads",
        "asyncio",
        # A POST's query, or a header, has the client's own id.
        "retries alike",
        "polls alike",
        "an id in a header, echoed in a body",
        # A service's push on a socket waits for the post that it answers.
        "pushed on a socket",
        "pushed on sockets, to three at once",
        # An address in a body that is no text as a whole; one that ends a message takes the next message with it; one
        # behind a blank that is written as a plus takes the words before it.
        "email-body-multipart",
        "email-prose-body-multipart",
        "email-socket-line",
        "email-prose-body-form",
        "email-prose-body-form-echoed",
        "jwt-prose-body-form",
        # Values behind the sign of equality in a line of text; times in a path.
        "base64-socket-line",
        "time-socket-line",
        "time-path-post",
        "time_ms-path-echoed",
        "time_ms-path-post",
        "time_ms-path-post-echoed",
        "time_s-path-echoed",
        "time_s-path-post",
        "time_s-path-post-echoed",
        # Two placeholders are two values; where chance decides which is which, the report says so.
        "userId in the query",
        "tokens in the query",
    }
)


def case(name: str, *values: Any) -> Any:
    """A parameter of a test, with its name; marked if it is known to fail."""
    marks = [pytest.mark.xfail(strict=False, reason="does not hold yet")] if name in FAILING else []
    return pytest.param(*values, id=name.replace(" ", "-"), marks=marks)
