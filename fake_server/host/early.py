"""Answers to requests whose body is still on its way."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from fake_server.stage import Answer, Request


@runtime_checkable
class AnswersEarly(Protocol):
    """A stage that may answer a request before its body is read."""

    def early(self, request: Request) -> Answer | None:
        """Called for each request that announces a body, without it.

        Returns:
            The answer, after which the connection ends; None to read the body, and to be asked again.
        """
        ...
