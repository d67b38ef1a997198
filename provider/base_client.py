"""The base of both clients: their options and state, and the message that a prompt becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from provider.credentials import Credentials
from provider.drivers.factory import resolve_credentials
from provider.effects import StopToken
from provider.errors import UsageError
from provider.flow.state import ChatState, UserMessage
from provider.items import Conversation
from provider.media import MediaItem, load_media
from provider.options import DEFAULT_TIMEOUT, Options, given_credentials, wire_mode

Media = Iterable[MediaItem | tuple[MediaItem, str | None]]
DEFAULT_MODEL = "Copilot"
Result = TypeVar("Result")


class BaseClient:
    """The options and state of a client."""

    def __init__(
        self,
        api_key: str | None = None,
        *,
        cookies: Mapping[str, str] | None = None,
        identity_type: str | None = None,
        credentials: Credentials | None = None,
        conversation: Conversation | None = None,
        model: str = DEFAULT_MODEL,
        timeout: float = DEFAULT_TIMEOUT,
        **options: Any,
    ) -> None:
        """Make a client. It connects on the first call.

        Args:
            api_key: The access token. By default ``COPILOT_TOKEN``, else the token of a stored sign-in, else that of a
                HAR file, else none: the client is anonymous. Stored credentials are resolved on the first call.
            cookies: Cookies of the session, by name.
            identity_type: ``X-UserIdentityType``, e.g. ``google``.
            credentials: Token, cookies and identity type in one value, in place of the three.
            conversation: The conversation to continue.
            model: ``Copilot`` or ``Think Deeper``.
            timeout: Seconds for each turn, from the first request to the last item.
            options: See `provider.options.Options`.

        Raises:
            UsageError: An option is unknown or wrong.
        """
        unknown = ", ".join(sorted(set(options) - set(Options.__slots__)))
        if unknown:
            del api_key, cookies, identity_type, credentials, options  # keeps the secret out of traceback frames
            raise UsageError(f"Unknown option: {unknown}", step="start")
        self._options = Options(**options)
        self._is_given = credentials is not None or cookies is not None
        credentials = credentials or given_credentials(api_key, cookies, identity_type)
        self._service = self._options.service(credentials)
        self._credentials_resolved = False
        self._model = model
        wire_mode(self._service.generation, model)
        self._timeout = timeout
        self._state = ChatState()
        self._running: StopToken | None = None
        self._closed = False
        if conversation is not None:
            self.conversation = conversation

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
        mode = wire_mode(self._service.generation, model or self._model)
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
        return f"<{type(self).__name__} {self._service.base_url} {self.conversation!r}>"
