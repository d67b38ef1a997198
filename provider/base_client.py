"""What the blocking and the asyncio client share: how they are set up, and what a question becomes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from provider.credentials import Credentials
from provider.drivers.factory import find_caller
from provider.errors import UsageError
from provider.flow.state import ChatState, Message
from provider.items import Conversation
from provider.media import MediaItem, load_media
from provider.options import DEFAULT_TIMEOUT, Options, find_credentials, wire_mode

Media = Iterable[MediaItem | tuple[MediaItem, str | None]]
DEFAULT_MODEL = "Copilot"
Made = TypeVar("Made")


class Client:
    """What both clients share: state, and what a question becomes."""

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
        """Set up a client; nothing is sent before the first question.

        Args:
            api_key: The access token; else ``COPILOT_TOKEN``; else what is kept of a sign-in, or stands in a HAR file;
                else the client is anonymous. What is kept is looked for when the first question is asked.
            cookies: Cookies of the session, by name.
            identity_type: ``X-UserIdentityType``, e.g. ``google``.
            credentials: All of these in one value, in their place.
            conversation: One to go on with.
            model: ``Copilot`` or ``Think Deeper``.
            timeout: Seconds for each turn, everything included.
            options: See `provider.options.Options`.

        Raises:
            UsageError: An option is unknown or wrong.
        """
        try:
            self._options = Options(**options)
        except TypeError as error:
            unknown = ", ".join(sorted(set(options) - set(Options.__slots__)))
            del api_key, cookies, identity_type, credentials, options  # tools show the arguments of an error's calls
            raise UsageError(f"Unknown option: {unknown}", step="start") from error
        self._is_given = credentials is not None or cookies is not None
        credentials = credentials or find_credentials(api_key, cookies, identity_type)
        self._service = self._options.service(credentials)
        self._is_settled = False
        self._settings = self._options.settings()
        self._model = model
        wire_mode(self._service.generation, model)
        self._timeout = timeout
        self._state = ChatState()
        self._running = False
        self._closed = False
        if conversation is not None:
            self.conversation = conversation

    @property
    def conversation(self) -> Conversation | None:
        """The running conversation, None before the first turn. Set it to go on with another, None begins a new one."""
        known = self._state.conversation_id
        return None if known is None else Conversation(known)

    @conversation.setter
    def conversation(self, value: Conversation | None) -> None:
        self._state.conversation_id = None if value is None else value.conversation_id
        self._state.first_turn = value is None

    def _message(self, prompt: str, model: str | None, media: Media) -> Message:
        mode = wire_mode(self._service.generation, model or self._model)
        return Message(text=prompt, mode=mode, media=load_media(media), announce_conversation=True)

    def _start(self) -> None:
        if self._closed:
            raise UsageError("The client is closed", step="start")
        if self._running:
            raise UsageError("A turn is running", step="start", hint="Finish it first, or use another client.")
        self._running = True

    def _settle(self) -> None:
        """Know who calls, before the first question; may read files."""
        if not self._is_settled:
            self._service = find_caller(self._service, self._options, is_given=self._is_given)
            self._is_settled = True

    def _named(self, conversation: Conversation | str | None) -> str:
        """The id of that conversation, or of the running one."""
        if conversation is None:
            conversation = self.conversation
        if conversation is None:
            raise UsageError("There is no conversation yet", step="conversation", hint="Name one, or ask something.")
        return conversation if isinstance(conversation, str) else conversation.conversation_id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._service.base_url} {self.conversation!r}>"
