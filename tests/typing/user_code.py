"""Code as users write it, with every public name of `provider`: pyright reads it in strict mode, and a test runs it."""

from collections.abc import AsyncIterator, Iterator
from typing import Unpack, assert_type

import provider
from provider import (
    ArgumentTypeError,
    AsyncConversationHandle,
    AsyncConversations,
    AsyncCopilotClient,
    AsyncTurn,
    Attempt,
    ChallengeAsked,
    ChallengeRequiredError,
    ClientOptions,
    CloudflareError,
    ConnectionClosedError,
    Conversation,
    ConversationHandle,
    ConversationInfo,
    Conversations,
    Copilot,
    CopilotClient,
    CopilotError,
    CopilotTimeoutError,
    Credentials,
    FinishReason,
    HistoryMessage,
    HistoryPart,
    ImagePreview,
    ImageResponse,
    Limits,
    LoginError,
    MalformedEventError,
    MissingAuthError,
    MissingRequirementsError,
    NoValidHarFileError,
    Options,
    RateLimitError,
    Reasoning,
    ReceivedResponse,
    RegionError,
    RequestLogin,
    ResponseError,
    ResponseStatusError,
    SentRequest,
    SocketMessage,
    SourceLink,
    Sources,
    SuggestedFollowups,
    TextReplaced,
    Timeout,
    TitleGeneration,
    Turn,
    UnknownEvent,
    UsageError,
    get_access_token_and_cookies,
    get_clarity,
    item_to_dict,
    readHAR,
)
from provider.items import Item


# ---------------------------------------------------------------- making a client
def refresh(rejected: Credentials) -> Credentials | None:
    assert_type(rejected.token, str | None)
    return Credentials(token="new") if rejected.token == "old" else None


def answer(challenge: ChallengeAsked) -> str | None:
    assert_type(challenge.method, str | None)
    return None


async def answer_later(challenge: ChallengeAsked) -> str | None:
    return answer(challenge)


def connect(**options: Unpack[ClientOptions]) -> CopilotClient:
    """Hands a client's options on, checked."""
    return CopilotClient("a-token", **options)


def every_option(url: str) -> CopilotClient:
    seen: list[str] = []

    def on_request(request: SentRequest) -> None:
        seen.append(request.method)

    def on_response(response: ReceivedResponse) -> None:
        seen.append(str(response.status))

    def on_message(message: SocketMessage) -> None:
        seen.append(repr(message))

    return CopilotClient(
        "a-token",
        cookies={"_U": "a-cookie"},
        identity_type="google",
        credentials=None,
        conversation=Conversation("an-id"),
        model="Copilot",
        timeout=Timeout(total=30, connect=5, first=10, idle=10),
        base_url=url,
        websocket_url=None,
        conversation_url=None,
        generation="2026",
        proxy=None,
        verify=True,
        impersonate="chrome",
        linger=0.2,
        connect_timeout=5,
        max_retries=1,
        stored_credentials=False,
        anonymous=True,
        refresh=refresh,
        answer_challenges=False,
        on_challenge=answer,
        keep_raw_events=True,
        on_request=on_request,
        on_response=on_response,
        on_message=on_message,
    )


# ---------------------------------------------------------------- items
def shown(item: Item) -> str:  # noqa: C901  # a case for each kind
    """Each kind of item, told apart by its class; pyright knows that there is no other."""
    match item:
        case str():
            return assert_type(item, str)
        case TextReplaced():
            return item.answer
        case ImageResponse():
            return assert_type(item.preview, str | None) or item.url
        case ImagePreview():
            return str(len(assert_type(item.data, bytes)))
        case Reasoning() | TitleGeneration() | FinishReason() | RequestLogin():
            return str(item)
        case SourceLink():
            return item.url
        case Sources():
            return ", ".join(shown(link) for link in assert_type(item.links, tuple[SourceLink, ...]))
        case SuggestedFollowups():
            return ", ".join(assert_type(item.suggestions, tuple[str, ...]))
        case Conversation():
            return item.conversation_id
        case UnknownEvent():
            return item.name


def shown_by_tag(item: Item) -> str:
    """The same by the tag: it narrows the type, too."""
    if isinstance(item, str):
        return item
    if item.type == "image":
        return assert_type(item, ImageResponse).url
    if item.type == "finish_reason":
        return assert_type(item, FinishReason).reason
    return item.type


# ---------------------------------------------------------------- threads
def sync_code(url: str) -> str:
    """Everything that a blocking client does."""
    with connect(base_url=url, timeout=20, linger=0.2) as client:
        turn = assert_type(client.chat("Hello", model="Copilot", media=[], timeout=10), Turn)
        for item in turn:
            shown(assert_type(item, Item))
            shown_by_tag(item)
            item_to_dict(item)
        assert_type(turn.items, list[Item])
        assert_type(turn.text, str)
        assert_type(turn.images, list[ImageResponse])
        assert_type(turn.sources, list[SourceLink])
        assert_type(turn.suggestions, list[str])
        assert_type(turn.title, str | None)
        assert_type(turn.conversation, Conversation | None)
        assert_type(turn.finish_reason, str | None)
        assert_type(turn.error, CopilotError | None)
        assert_type(turn.attempts, tuple[Attempt, ...])
        turn.to_dict()
        with client.chat("Hello") as left:
            text = assert_type(left.text_stream, Iterator[str])
            assert_type(next(text), str)
            left.stop()
        assert_type(client.chat("Hello").read(), Turn)

        conversations = assert_type(client.conversations, Conversations)
        with assert_type(conversations.create(), ConversationHandle) as handle:
            answered = assert_type(handle.chat("Hello").text, str)
            assert_type(handle.id, str | None)
            for message in assert_type(handle.history(), list[HistoryMessage]):
                for part in message.content:
                    assert_type(part, HistoryPart)
            if handle.conversation is not None:
                conversations.get(handle.conversation).delete()
        assert_type(conversations.list(), list[ConversationInfo])
        assert_type(client.limits(), Limits)
        assert_type(client.user().first_name, str | None)
        copy = assert_type(client.with_options(timeout=5), CopilotClient)
        copy.close()
        options = assert_type(client.options, Options)
        assert_type(options.timeout, float | Timeout | None)
        return answered


# ---------------------------------------------------------------- asyncio
async def async_code(url: str) -> str:
    """Everything that an asyncio client does."""
    async with AsyncCopilotClient("a-token", base_url=url, on_challenge=answer_later, linger=0.2) as client:
        turn = assert_type(client.chat("Hello"), AsyncTurn)
        async for item in turn:
            shown(assert_type(item, Item))
        assert_type(turn.text, str)
        turn.to_dict()
        async with client.chat("Hello") as left:
            text = assert_type(left.text_stream, AsyncIterator[str])
            assert_type(await anext(text), str)
        assert_type(await client.chat("Hello").read(), AsyncTurn)

        conversations = assert_type(client.conversations, AsyncConversations)
        async with assert_type(conversations.create(), AsyncConversationHandle) as handle:
            answered = assert_type((await handle.chat("Hello").read()).text, str)
            assert_type(await handle.history(), list[HistoryMessage])
            await handle.delete()
        assert_type(await conversations.list(), list[ConversationInfo])
        assert_type(await client.limits(), Limits)
        copy = assert_type(client.with_options(timeout=5), AsyncCopilotClient)
        await copy.close()
        return answered


# ---------------------------------------------------------------- errors
def explained(error: CopilotError) -> str:  # noqa: C901, PLR0912  # a case for each error
    """What an app may do about each error."""
    match error:
        case RateLimitError():
            return str(assert_type(error.retry_after, float | None))
        case CloudflareError() | RegionError():
            return str(error.status)
        case ResponseStatusError():
            return str(assert_type(error.status, int))
        case MalformedEventError():
            return error.event + error.path
        case ResponseError():
            return error.code
        case ConnectionClosedError():
            return str(assert_type(error.close_code, int | None))
        case provider.TimeoutError() | CopilotTimeoutError():
            return error.hint
        case MissingAuthError():
            return error.source
        case ChallengeRequiredError():
            return str(error.method)
        case LoginError():
            return error.reason
        case ArgumentTypeError():
            return error.argument
        case UsageError() | MissingRequirementsError() | NoValidHarFileError():
            return error.what
        case _:
            return assert_type(error.partial, str)


# ---------------------------------------------------------------- the original class
def original_code(url: str) -> list[Item]:
    """The class with the original names."""
    hello = [{"role": "user", "content": "Hello"}]
    Copilot.model_aliases["mine"] = "Copilot"
    try:
        items = list(Copilot.create_completion("mine", hello, stream=True, timeout=20, base_url=url, linger=0.2))
    finally:
        del Copilot.model_aliases["mine"]
    assert_type(items, list[Item])
    assert_type(get_clarity(), bytes)
    return items


async def original_sign_in(url: str) -> tuple[str, dict[str, str]]:
    """The functions with the original names; both return a token and cookies."""
    try:
        return assert_type(readHAR(url), tuple[str, dict[str, str]])
    except NoValidHarFileError:
        return assert_type(await get_access_token_and_cookies(url), tuple[str, dict[str, str]])
