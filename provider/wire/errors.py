"""The root of every error, and the two that the protocol itself can raise."""

from __future__ import annotations

from collections.abc import Callable


class CopilotError(Exception):
    """Root of all errors that ``provider`` raises.

    Each one says what happened, at which ``step`` of a chat, and what to do next (``hint``).

    Attributes:
        what: What happened, one sentence without secrets.
        step: The step of the chat, e.g. ``"GET /c/api/user"`` or ``"receive"``; empty if none.
        hint: What the reader can do about it; empty if there is nothing to say.
        partial: The text of the answer received before the error (``str``, may be empty).
    """

    def __init__(self, what: str = "", *, step: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.step = step
        self.hint = hint
        self.partial = ""

    def __str__(self) -> str:
        at = f" (at {self.step})" if self.step else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.what}{at}.{hint}" if self.what else f"{type(self).__name__}{at}.{hint}"

    def conceal(self, hide: Callable[[str], str]) -> None:
        """Take secrets out of all texts but ``partial``, for one that quotes what the service said.

        Args:
            hide: Gives a text without them.
        """
        self.args = tuple(hide(each) if isinstance(each, str) else each for each in self.args)
        for name, value in vars(self).items():
            if isinstance(value, str) and name != "partial":
                setattr(self, name, hide(value))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def _rebuild(cls: type[CopilotError], args: tuple[object, ...], state: dict[str, object]) -> CopilotError:
    """Make an error again from its facts, so that pickling and copying keep every one of them."""
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class UsageError(CopilotError):
    """The caller did something that the protocol does not allow, e.g. a second turn while one runs."""


class ResponseError(CopilotError, RuntimeError):
    """The service gave an invalid answer: an error event, a malformed one, no JSON, or an empty turn.

    Attributes:
        code: The service's error code such as ``"text-too-long"`` (docs/protocol.md §4.6), or ``""``.
    """

    def __init__(self, what: str = "", *, step: str = "", hint: str = "", code: str = "") -> None:
        super().__init__(what, step=step, hint=hint)
        self.code = code


class MalformedEventError(ResponseError):
    """An event that we know by name has another shape than we know.

    Attributes:
        event: The event's name, or ``""`` when the message is no event at all.
        path: Where in the JSON it differs, e.g. ``"$.text"``.
    """

    def __init__(self, what: str = "", *, event: str = "", path: str = "$", step: str = "receive") -> None:
        super().__init__(what, step=step, hint="The service may have changed: please report it with a recording.")
        self.event = event
        self.path = path
