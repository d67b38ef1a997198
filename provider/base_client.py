"""The base of both clients: their options and credentials, and the conversations that they close."""

from __future__ import annotations

import threading
import weakref
from typing import Any, Final, Generic, Self, TypeVar, Unpack

from provider.arguments import find_mistake, hints_of, lists_keywords
from provider.base_conversation import BaseConversationHandle, SharedAccess, conversation_of
from provider.errors import UsageError
from provider.items import Conversation
from provider.options import ClientOptions, Options, given_credentials, wire_mode

Handle = TypeVar("Handle", bound=BaseConversationHandle)
_ACCEPTED: Final = {"api_key": str | None, **hints_of(ClientOptions)}
_DEFAULTS: Final = {name: getattr(Options(), name) for name in Options.__slots__}
_CREDENTIALS: Final = frozenset({"api_key", "cookies", "identity_type", "credentials"})
_URLS: Final = frozenset({"base_url", "websocket_url", "conversation_url"})


class BaseClient(Generic[Handle]):
    """The options of a client, its own conversation, and the others that are open."""

    _handle: type[Handle]

    @lists_keywords(ClientOptions, _DEFAULTS)
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
        chosen = Options.among(options)
        credentials, cookies = options.get("credentials"), options.get("cookies")
        is_given = credentials is not None or cookies is not None
        credentials = credentials or given_credentials(api_key, cookies, options.get("identity_type"))
        conversation = options.get("conversation")
        del api_key, cookies, options  # keeps the secret out of traceback frames
        service = chosen.service(credentials)
        wire_mode(service.generation, chosen.model)
        self._shared = SharedAccess(chosen, service, is_given=is_given)
        self._lock = threading.Lock()
        self._own = self._handle(self._shared, conversation)
        self._others: weakref.WeakSet[Handle] = weakref.WeakSet()

    @property
    def options(self) -> Options:
        """The options of this client, defaults included."""
        return self._shared.options

    @property
    def base_url(self) -> str:
        """The URL of the service that this client uses."""
        return self._shared.service.base_url

    @property
    def conversation(self) -> Conversation | None:
        """The current conversation; None before the first turn. Set it to continue another one, None begins anew."""
        return self._own.conversation

    @conversation.setter
    def conversation(self, value: Conversation | None) -> None:
        self._own.conversation = value

    def stop(self) -> None:
        """Stop the running turn of ``chat`` at its next message; any thread may."""
        self._own.stop()

    @lists_keywords(ClientOptions, dict.fromkeys(_ACCEPTED, ...))
    def with_options(self, *, api_key: str | None = None, **options: Unpack[ClientOptions]) -> Self:
        """Return a new client for the same service, with the same credentials and options, but for those given here.

        The two share no connection, no cookie and no conversation, and each is closed by itself. The new client begins
        with the newest credentials of this one. When these are refreshed, both clients get the new ones.

        Args:
            api_key: See the client.
            options: See the client. ``conversation=client.conversation`` continues this client's.

        Raises:
            ArgumentTypeError: As for the client.
            UsageError: As for the client.
        """
        shared = self._shared
        given: dict[str, Any] = {**options} if api_key is None else {"api_key": api_key, **options}
        kept: dict[str, Any] = {name: getattr(shared.options, name) for name in Options.__slots__}
        is_elsewhere = not _URLS.isdisjoint(given)
        if not is_elsewhere:
            kept["base_url"] = shared.service.base_url  # also if the environment names another one by now
        current = shared.caller.refreshed or shared.service.credentials
        # Stored credentials are for one service: a client of another one looks for its own.
        is_bound = is_elsewhere and current.origin is not None
        if _CREDENTIALS.isdisjoint(given) and not is_bound and (shared.is_given or not current.anonymous):
            kept["credentials"] = current
        del api_key, options
        arguments = [kept | given]
        del kept, given  # keeps the secret out of traceback frames
        return type(self)(**arguments.pop())

    def _id_of(self, conversation: Conversation | str | None) -> str:
        """The id of the given conversation, else of this client's own."""
        return self._own.known_id() if conversation is None else conversation_of(conversation).conversation_id

    def _make(self, conversation: Conversation | None) -> Handle:
        """Make a handle that this client closes when it is closed."""
        with self._lock:
            if self._shared.closed:
                raise UsageError("The client is closed", step="start", hint="Make another client.")
            made = self._handle(self._shared, conversation)
            self._others.add(made)
        return made

    def _closing(self) -> list[Handle]:
        """Refuse new turns from now on, and return all handles, whose connections the caller has to close."""
        with self._lock:
            self._shared.closed = True
            handles = [self._own, *self._others]
            self._others.clear()
        return handles

    def __repr__(self) -> str:
        if not hasattr(self, "_own"):  # shown in the traceback of its own constructor
            return f"<{type(self).__name__} (not made)>"
        return f"<{type(self).__name__} {self.base_url} {self.conversation!r}>"
