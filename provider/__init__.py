"""A full client of Microsoft Copilot's web chat.

Import `Copilot` for the original class; `CopilotClient` and `AsyncCopilotClient` are for new code. Items and errors
stand beside them. Importing this package is cheap: Python loads the module of a name when the name is first used.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from provider.async_client import AsyncCopilotClient as AsyncCopilotClient
    from provider.async_conversation import AsyncConversationHandle as AsyncConversationHandle
    from provider.async_conversation import AsyncConversations as AsyncConversations
    from provider.async_turn import AsyncTurn as AsyncTurn
    from provider.attempts import Attempt as Attempt
    from provider.challenges import ChallengeAsked as ChallengeAsked
    from provider.client import CopilotClient as CopilotClient
    from provider.conversation import ConversationHandle as ConversationHandle
    from provider.conversation import Conversations as Conversations
    from provider.Copilot import Copilot as Copilot
    from provider.Copilot import get_access_token_and_cookies as get_access_token_and_cookies
    from provider.Copilot import get_clarity as get_clarity
    from provider.Copilot import readHAR as readHAR
    from provider.credentials import Credentials as Credentials
    from provider.errors import ArgumentTypeError as ArgumentTypeError
    from provider.errors import ChallengeRequiredError as ChallengeRequiredError
    from provider.errors import CloudflareError as CloudflareError
    from provider.errors import ConnectionClosedError as ConnectionClosedError
    from provider.errors import CopilotError as CopilotError
    from provider.errors import CopilotTimeoutError as CopilotTimeoutError
    from provider.errors import LoginError as LoginError
    from provider.errors import MalformedEventError as MalformedEventError
    from provider.errors import MissingAuthError as MissingAuthError
    from provider.errors import MissingRequirementsError as MissingRequirementsError
    from provider.errors import NoValidHarFileError as NoValidHarFileError
    from provider.errors import RateLimitError as RateLimitError
    from provider.errors import RegionError as RegionError
    from provider.errors import ResponseError as ResponseError
    from provider.errors import ResponseStatusError as ResponseStatusError
    from provider.errors import TimeoutError as TimeoutError  # noqa: A004  # ours is the builtin, too
    from provider.errors import UsageError as UsageError
    from provider.items import Conversation as Conversation
    from provider.items import FinishReason as FinishReason
    from provider.items import ImagePreview as ImagePreview
    from provider.items import ImageResponse as ImageResponse
    from provider.items import Reasoning as Reasoning
    from provider.items import RequestLogin as RequestLogin
    from provider.items import SourceLink as SourceLink
    from provider.items import Sources as Sources
    from provider.items import SuggestedFollowups as SuggestedFollowups
    from provider.items import TextReplaced as TextReplaced
    from provider.items import TitleGeneration as TitleGeneration
    from provider.items import UnknownEvent as UnknownEvent
    from provider.items import item_to_dict as item_to_dict
    from provider.options import ClientOptions as ClientOptions
    from provider.options import Options as Options
    from provider.timeout import Timeout as Timeout
    from provider.traffic import ReceivedResponse as ReceivedResponse
    from provider.traffic import SentRequest as SentRequest
    from provider.traffic import SocketMessage as SocketMessage
    from provider.turn import Turn as Turn
    from provider.wire.account import ConversationInfo as ConversationInfo
    from provider.wire.account import HistoryMessage as HistoryMessage
    from provider.wire.account import HistoryPart as HistoryPart
    from provider.wire.account import Limits as Limits

_HOMES: Final = {
    "provider.async_client": ("AsyncCopilotClient",),
    "provider.attempts": ("Attempt",),
    "provider.challenges": ("ChallengeAsked",),
    "provider.client": ("CopilotClient",),
    "provider.Copilot": ("Copilot", "get_access_token_and_cookies", "get_clarity", "readHAR"),
    "provider.credentials": ("Credentials",),
    "provider.errors": (
        "ArgumentTypeError",
        "ChallengeRequiredError",
        "CloudflareError",
        "ConnectionClosedError",
        "CopilotError",
        "CopilotTimeoutError",
        "LoginError",
        "MalformedEventError",
        "MissingAuthError",
        "MissingRequirementsError",
        "NoValidHarFileError",
        "RateLimitError",
        "RegionError",
        "ResponseError",
        "ResponseStatusError",
        "TimeoutError",
        "UsageError",
    ),
    "provider.items": (
        "Conversation",
        "FinishReason",
        "ImagePreview",
        "ImageResponse",
        "Reasoning",
        "RequestLogin",
        "SourceLink",
        "Sources",
        "SuggestedFollowups",
        "TextReplaced",
        "TitleGeneration",
        "UnknownEvent",
        "item_to_dict",
    ),
    "provider.async_conversation": ("AsyncConversationHandle", "AsyncConversations"),
    "provider.conversation": ("ConversationHandle", "Conversations"),
    "provider.async_turn": ("AsyncTurn",),
    "provider.options": ("ClientOptions", "Options"),
    "provider.timeout": ("Timeout",),
    "provider.traffic": ("ReceivedResponse", "SentRequest", "SocketMessage"),
    "provider.turn": ("Turn",),
    "provider.wire.account": ("ConversationInfo", "HistoryMessage", "HistoryPart", "Limits"),
}
_HOME_OF: Final = {name: home for home, names in _HOMES.items() for name in names}
__all__ = list(_HOME_OF)  # pyright: ignore[reportUnsupportedDunderAll]  # the table is the one list


def __getattr__(name: str) -> Any:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(home), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOME_OF]


class _Package(ModuleType):
    """This package, in which the name ``Copilot`` is always the class.

    The import system sets a submodule as an attribute of its package. A property whose setter does nothing keeps the
    class under that name, in whatever order the modules are imported.
    """

    @property
    def Copilot(self) -> Any:  # noqa: N802  # the class's name
        """The class `provider.Copilot.Copilot`."""
        return importlib.import_module("provider.Copilot").Copilot

    @Copilot.setter
    def Copilot(self, _: ModuleType) -> None:  # noqa: N802
        pass


sys.modules[__name__].__class__ = _Package
