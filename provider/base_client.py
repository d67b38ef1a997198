"""The base of both clients: their options and state, and the message that a prompt becomes."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from typing import Final, TypedDict, TypeVar, Unpack

from provider.arguments import find_mistake, hints_of
from provider.drivers.factory import resolve_credentials
from provider.effects import StopToken
from provider.errors import ArgumentTypeError, UsageError
from provider.flow.state import ChatState, UserMessage
from provider.items import Conversation
from provider.media import MediaItem, load_media
from provider.options import ClientOptions, Options, given_credentials, wire_mode

Media = Iterable[MediaItem | tuple[MediaItem, str | None]]
Result = TypeVar("Result")
_ACCEPTED: Final = {"api_key": str | None, **hints_of(ClientOptions)}


class _ChatArguments(TypedDict):
    """The types of the arguments of ``chat``, for the check when it is called."""

    prompt: str
    model: str | None
    timeout: float | None


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


class BaseClient:
    """The options and state of a client."""

    def __init__(self, api_key: str | None = None, **options: Unpack[ClientOptions]) -> None:
        """Make a client. It connects on the first call.

        Args:
            api_key: The access token. By default ``COPILOT_TOKEN``, else the token of a stored sign-in, else that of a
                HAR file, else none: the client is anonymous. Stored credentials are resolved on the first call.
            options: See `provider.options.ClientOptions` and `provider.options.Options`.

        Raises:
            ArgumentTypeError: An option is unknown, or has a wrong type; also a TypeError.
            UsageError: An option has a wrong value.
        """
        mistake = find_mistake(type(self).__name__, {"api_key": api_key, **options}, _ACCEPTED)
        if mistake is not None:
            del api_key, options  # keeps the secret out of traceback frames
            raise mistake
        self._options = Options.among(options)
        credentials, cookies = options.get("credentials"), options.get("cookies")
        self._is_given = credentials is not None or cookies is not None
        credentials = credentials or given_credentials(api_key, cookies, options.get("identity_type"))
        conversation = options.get("conversation")
        del api_key, cookies, options  # keeps the secret out of traceback frames
        self._service = self._options.service(credentials)
        self._credentials_resolved = False
        wire_mode(self._service.generation, self._options.model)
        self._state = ChatState()
        self._running: StopToken | None = None
        self._closed = False
        if conversation is not None:
            self.conversation = conversation

    @property
    def options(self) -> Options:
        """The options of this client, defaults included."""
        return self._options

    @property
    def base_url(self) -> str:
        """The URL of the service that this client talks to."""
        return self._service.base_url

    @property
    def conversation(self) -> Conversation | None:
        """The current conversation; None before the first turn. Set it to continue another one, None begins anew."""
        known = self._state.conversation_id
        return None if known is None else Conversation(known)

    @conversation.setter
    def conversation(self, value: Conversation | None) -> None:
        self._state.conversation_id = None if value is None else value.conversation_id
        self._state.first_turn = value is None

    def _message(self, prompt: str, model: str | None, media: Media) -> UserMessage:
        mode = wire_mode(self._service.generation, model or self._options.model)
        return UserMessage(text=prompt, mode=mode, media=load_media(media), announce_conversation=True)

    def stop(self) -> None:
        """Stop the running turn at its next message; any thread may."""
        if (running := self._running) is not None:
            running.requested = True

    def _start(self, stop: StopToken | None = None) -> None:
        if self._closed:
            raise UsageError("The client is closed", step="start")
        if self._running is not None:
            hint = "Finish it first, close it (`turn.close()`), or use a second client."
            raise UsageError("A turn is running", step="start", hint=hint)
        self._running = stop or StopToken()

    def _end(self) -> None:
        self._running = None

    def _resolve_credentials(self) -> None:
        """Resolve stored credentials on the first call. Reads files: never call it in an event loop's thread."""
        if not self._credentials_resolved:
            self._service = resolve_credentials(self._service, self._options, is_given=self._is_given)
            self._credentials_resolved = True

    def _conversation_id_or_current(self, conversation: Conversation | str | None) -> str:
        """The id of the given conversation, else of the current one."""
        if conversation is None:
            conversation = self.conversation
        if conversation is None:
            raise UsageError("There is no conversation yet", step="conversation", hint="Pass one, or chat first.")
        return conversation if isinstance(conversation, str) else conversation.conversation_id

    def __repr__(self) -> str:
        if not hasattr(self, "_state"):  # shown in the traceback of its own constructor
            return f"<{type(self).__name__} (not made)>"
        return f"<{type(self).__name__} {self._service.base_url} {self.conversation!r}>"
