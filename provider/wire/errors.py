"""The root of all errors, and the errors that the protocol raises."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from provider.traffic import ReceivedResponse

LONGEST_QUOTE: Final = 200
_LONGEST_SENTENCE: Final = 300
"""Longest ``what`` and ``hint`` of an error that quotes the service, in characters."""


def escaped(text: str) -> str:
    r"""Return a text of the service as one line that is safe to print on a terminal.

    Control characters and marks of direction become escapes such as ``\x1b``.
    """
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def shortened(text: str, limit: int) -> str:
    """Return a text of at most ``limit`` characters, and two dots where it was cut.

    Redact a text before: the first half of a token is not found any more, and is half a secret.
    """
    return text if len(text) <= limit else f"{text[:limit]}.."


def quotable(text: str, limit: int = LONGEST_QUOTE) -> str:
    """Return a redacted text of the service as a log can quote it: `escaped` and `shortened`."""
    return escaped(shortened(text, limit))


class CopilotError(Exception):
    """Root of all errors of ``provider``: what happened, at which ``step`` of a chat, and what to do next (``hint``).

    Attributes:
        what: What happened, in one sentence without secrets.
        step: The step of the chat, e.g. ``"GET /c/api/user"`` or ``"receive"``; empty if none.
        hint: What the user can do about it; may be empty.
        partial: The text of the answer received before the error (``str``, may be empty).
        response: The response that caused the error, redacted; None where there was none.
        request_id: The id by which the service may know the request or the socket that failed, or None: a header of the
            response, else the ``requestId`` of the socket's ``connected``.
    """

    def __init__(self, what: str = "", *, step: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.step = step
        self.hint = hint
        self.partial = ""
        self.response: ReceivedResponse | None = None
        self.request_id: str | None = None

    def __str__(self) -> str:
        at = f" (at {self.step})" if self.step else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.what}{at}.{hint}" if self.what else f"{type(self).__name__}{at}.{hint}"

    def redact(self, replace: Callable[[str], str]) -> None:
        """Redact all texts but ``partial``: an error may quote the service, and the service a credential.

        This cuts ``what`` and ``hint``, too, which may quote a text of any length.

        Args:
            replace: Returns a text without secrets.
        """
        self.args = tuple(
            shortened(replace(each), _LONGEST_SENTENCE) if isinstance(each, str) else each for each in self.args
        )
        for name, value in vars(self).items():
            if isinstance(value, str) and name != "partial":
                setattr(self, name, replace(value))
        self.what = shortened(self.what, _LONGEST_SENTENCE)
        self.hint = shortened(self.hint, _LONGEST_SENTENCE)
        if self.response is not None:
            self.response = self.response.redacted(replace)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def _rebuild(cls: type[CopilotError], args: tuple[object, ...], state: dict[str, object]) -> CopilotError:
    """Rebuild an error from its attributes, so that pickling and copying keep all of them."""
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class UsageError(CopilotError):
    """The app made a mistake, e.g. a wrong option, or a second turn while one runs."""


class ArgumentTypeError(UsageError, TypeError):
    """An argument has a wrong type, or there is none of that name; also a TypeError.

    Attributes:
        argument: The argument's name.
    """

    def __init__(self, what: str = "", *, step: str = "", hint: str = "", argument: str = "") -> None:
        super().__init__(what, step=step, hint=hint)
        self.argument = argument


class ResponseError(CopilotError, RuntimeError):
    """The service's answer is invalid: an error event, a malformed event, no JSON, or an empty turn.

    Attributes:
        code: The service's error code such as ``"text-too-long"`` (docs/protocol.md §4.6), or ``""``.
    """

    def __init__(self, what: str = "", *, step: str = "", hint: str = "", code: str = "") -> None:
        super().__init__(what, step=step, hint=hint)
        self.code = code


class MalformedEventError(ResponseError):
    """A known event does not have the known shape.

    Attributes:
        event: The event's name, or ``""`` if the message is not an event.
        path: The place of the difference in the JSON, e.g. ``"$.text"``.
    """

    def __init__(self, what: str = "", *, event: str = "", path: str = "$", step: str = "receive") -> None:
        super().__init__(what, step=step, hint="The service may have changed. Please report it with a recording.")
        self.event = event
        self.path = path
