"""The base of a conversation under way: its state, and what it shares with the other conversations of its client."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from os import PathLike
from typing import Generic, TypedDict, TypeVar

from provider.arguments import find_mistake, hints_of
from provider.drivers.factory import cookies_of, resolve_credentials
from provider.effects import RunControl
from provider.errors import ArgumentTypeError, UsageError
from provider.flow.state import CallerState, ChatState, ServiceAccess, UserMessage
from provider.items import Conversation
from provider.media import MediaItem, load_media
from provider.options import Options, wire_mode
from provider.timeout import Timeout

Media = Iterable[MediaItem | tuple[MediaItem, str | None]]
Result = TypeVar("Result")
Handle = TypeVar("Handle")


class SharedAccess:
    """What all conversations of a client share: its options, the service, and the credentials. Threads may share it.

    Attributes:
        options: The client's options.
        service: The service, with the given credentials; after `resolve`, with stored ones if there are some.
        is_given: Whether the app chose the credentials, even anonymous ones.
        caller: The client's state with the service beside the credentials, such as an anonymous session's key.
        cookies: The client's cookies; all connections share them, as those of a browser do.
        closed: Whether the client is closed.
    """

    def __init__(self, options: Options, service: ServiceAccess, *, is_given: bool) -> None:
        self.options = options
        self.service = service
        self.is_given = is_given
        self.caller = CallerState()
        self.cookies = cookies_of(service)
        self.closed = False
        self.is_resolved = False
        self._lock = threading.Lock()

    def resolve(self) -> ServiceAccess:
        """Return the service, with stored credentials if there are some; they are looked for on the first call.

        This reads files, and other threads wait for it: never call it in an event loop's thread.

        Raises:
            NoValidHarFileError: There are no credentials, and ``anonymous`` is False.
        UsageError: The credentials are for another service; or the store cannot be trusted.
        """
        with self._lock:
            if not self.is_resolved:
                self.service = resolve_credentials(self.service, self.options, is_given=self.is_given)
                self.cookies.add(self.service.base_url, self.service.credentials.cookies)
                self.is_resolved = True
            return self.service


@dataclass(frozen=True, slots=True)
class TurnInput:
    """What one turn sends, and how long it may take.

    Attributes:
        prompt: The text of the message.
        model: The model of this turn.
        media: Images and documents.
        timeout: The deadlines of the turn.
        raw_events: A list for the messages that the turn receives; None if the app does not want them.
    """

    prompt: str = field(repr=False)
    model: str
    media: Media = field(repr=False)
    timeout: Timeout
    raw_events: list[bytes] | None = field(repr=False)


class BaseConversationHandle(ABC):
    """A conversation under way: its state, and the turn that runs."""

    def __init__(self, shared: SharedAccess, conversation: Conversation | None = None) -> None:
        """Make a handle; apps get one from ``client.conversations``.

        Args:
            shared: What all conversations of the client share.
            conversation: The conversation to continue; None for a new one.
        """
        self._shared = shared
        self._state = ChatState(caller=shared.caller)
        self._running: RunControl | None = None
        self._owner: object = None
        self._closed = False
        self._lock = threading.Lock()
        self.conversation = conversation

    @property
    def conversation(self) -> Conversation | None:
        """The conversation as a value, to continue it elsewhere; None before the first turn."""
        known = self._state.conversation_id
        return None if known is None else Conversation(known)

    @conversation.setter
    def conversation(self, value: Conversation | None) -> None:
        if value is not None and not isinstance(value, Conversation):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ArgumentTypeError(
                f"conversation must be Conversation or None, not {type(value).__name__}", argument="conversation"
            )
        self._state.conversation_id = None if value is None else value.conversation_id
        self._state.first_turn = value is None

    @property
    def id(self) -> str | None:
        """The conversation's id with the service; None before the first turn."""
        return self._state.conversation_id

    def stop(self) -> None:
        """Stop the running turn at its next message; any thread may."""
        if (running := self._running) is not None:
            running.request_stop()

    def _input(self, prompt: str, model: str | None, media: Media, timeout: float | Timeout | None) -> TurnInput:
        """Check the arguments of ``chat``, and return them with the options that hold for this turn.

        Raises:
            ArgumentTypeError: An argument has a wrong type.
            UsageError: The timeout is negative or NaN.
        """
        check_chat(prompt, model, media, timeout)
        options = self._shared.options
        return TurnInput(
            prompt, model or options.model, media, options.deadlines(timeout), [] if options.keep_raw_events else None
        )

    def _message(self, turn_input: TurnInput) -> UserMessage:
        """The message to send. This reads the media, which may be files."""
        return UserMessage(
            text=turn_input.prompt,
            mode=wire_mode(self._shared.service.generation, turn_input.model),
            media=load_media(turn_input.media),
            announce_conversation=True,
            raw_events=turn_input.raw_events,
        )

    def _claim(self, control: RunControl | None = None) -> bool:
        """Begin a turn or a call, unless one is running. Any thread may try; one succeeds.

        Raises:
            UsageError: The client or the conversation is closed.
        """
        with self._lock:
            if self._shared.closed:
                raise UsageError("The client is closed", step="start", hint="Make another client.")
            if self._closed:
                hint = "Take another one from client.conversations."
                raise UsageError("The conversation is closed", step="start", hint=hint)
            if self._running is not None:
                return False
            self._running = control or RunControl()
            self._owner = self._here()
            return True

    @abstractmethod
    def _here(self) -> object:
        """Return the thread, or for asyncio the event loop, in which the caller runs."""

    def _start(self, control: RunControl | None = None) -> None:
        """`_claim`, or raise UsageError where a turn is running."""
        if not self._claim(control):
            hint = "Finish it first, close it (`turn.close()`), or use a second conversation (`client.conversations`)."
            raise UsageError("Another turn of this conversation is running", step="start", hint=hint)

    def known_id(self) -> str:
        """The conversation's id.

        Raises:
            UsageError: The conversation has not begun.
        """
        if self.id is None:
            hint = "It begins with the first message: chat first."
            raise UsageError("There is no conversation yet", step="conversation", hint=hint)
        return self.id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._shared.service.base_url} {self.conversation!r}>"


class BaseConversations(Generic[Handle]):
    """The conversations of a client: makes handles of them.

    Args:
        make: Makes a handle for a conversation; for a new one if it is None.
    """

    def __init__(self, make: Callable[[Conversation | None], Handle]) -> None:
        self._make = make

    def create(self) -> Handle:
        """Return a handle for a new conversation. Nothing is sent before its first message, and nothing to await."""
        return self._make(None)

    def get(self, conversation: Conversation | str) -> Handle:
        """Return a handle to continue, read or delete a conversation. Nothing is sent yet, and nothing to await.

        Args:
            conversation: The conversation, or its id.
        """
        return self._make(conversation_of(conversation))


def conversation_of(value: Conversation | str) -> Conversation:
    """Return the conversation that an app names by its value or its id.

    Raises:
        ArgumentTypeError: It is neither.
    """
    if isinstance(value, Conversation):
        return value
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ArgumentTypeError(
            f"conversation must be Conversation or str, not {type(value).__name__}", argument="conversation"
        )
    return Conversation(value)


class _ChatArguments(TypedDict):
    """The types of the arguments of ``chat``, for the check when it is called."""

    prompt: str
    model: str | None
    timeout: float | Timeout | None


def check_chat(prompt: object, model: object, media: object, timeout: object) -> None:
    """Check the types of the arguments of ``chat``.

    Raises:
        ArgumentTypeError: One is wrong.
    """
    given = {"prompt": prompt, "model": model, "timeout": timeout}
    mistake = find_mistake("chat", given, hints_of(_ChatArguments))
    if mistake is None and (isinstance(media, str | bytes | bytearray | PathLike) or not isinstance(media, Iterable)):
        mistake = ArgumentTypeError(
            f"media must be a list of media, not {type(media).__name__}", step="chat", argument="media"
        )
    if mistake is not None:
        raise mistake
