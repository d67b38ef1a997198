"""One table of handlers: from each event of a running turn to items and effects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from provider.effects import Effect
from provider.errors import ChallengeRequiredError, RateLimitError, ResponseError
from provider.flow.connect import pong
from provider.items import (
    ImagePreview,
    ImageResponse,
    Item,
    Reasoning,
    SourceLink,
    SuggestedFollowups,
    TextReplaced,
    TitleGeneration,
)
from provider.wire import events
from provider.wire.errors import escaped
from provider.wire.surrogates import Joiner, whole_characters

Yields: TypeAlias = Iterable[Item | Effect]


class AnswerState:
    """The answer of a running turn so far.

    Attributes:
        links: The sources, each once.
        image_prompt: The prompt of the image that is being drawn.
        challenges: Number of challenges.
        visible: Whether the answer has text or an image so far.
        afterwards: The types of the events that have come after ``done``.
        halves: Holds back the first half of a character until the other half comes.
    """

    __slots__ = (
        "_absolute",
        "_parts",
        "_suggestions",
        "afterwards",
        "challenges",
        "halves",
        "image_prompt",
        "links",
        "visible",
    )

    def __init__(self, absolute: Callable[[str], str]) -> None:
        self._parts: dict[str | None, list[str]] = {}
        self._suggestions: dict[str | None, str] = {}
        self._absolute = absolute
        self.halves = Joiner()
        self.links: list[SourceLink] = []
        self.image_prompt = ""
        self.challenges = 0
        self.visible = False
        self.afterwards: set[type] = set()

    @property
    def text(self) -> str:
        """The text of all parts in order, replacements applied."""
        return "".join(map(self._joined, self._parts))

    def _joined(self, part_id: str | None) -> str:
        """The text of a part. Stores the joined pieces as one, so that the next call need not join them again."""
        pieces = self._parts.get(part_id)
        if pieces is None:
            return ""
        if len(pieces) > 1:
            pieces[:] = ["".join(pieces)]
        return pieces[0]

    def append(self, part_id: str | None, text: str) -> None:
        """Append text to a part."""
        try:
            self._parts[part_id].append(text)
        except KeyError:
            self._parts[part_id] = [text]
        self.visible = True

    def replace(self, part_id: str | None, text: str) -> str:
        """Replace the text of a part, and return the old one."""
        before = self._joined(part_id)
        self._parts[part_id] = [text]
        self.visible = True
        return before

    def suggest(self, suggestion_id: str | None, text: str) -> None:
        """Append text to a suggestion that comes in pieces (2026)."""
        self._suggestions[suggestion_id] = self._suggestions.get(suggestion_id, "") + text

    @property
    def streamed_suggestions(self) -> tuple[str, ...]:
        """The suggestions that have come in pieces."""
        return tuple(whole_characters(text) for text in self._suggestions.values() if text)

    def absolute(self, url: str) -> str:
        """Make a URL of the service absolute."""
        return self._absolute(url)


def _append_text(answer: AnswerState, event: events.AppendText) -> Yields:
    """Append the text of an event, joined with the half of a character that was held back."""
    text = answer.halves.join((events.AppendText, event.part_id), event.text)
    if not text:
        return ()
    answer.append(event.part_id, text)
    return (text,)


def end_halves(answer: AnswerState) -> Yields:
    """Yield U+FFFD for each half of a character that is still held back at the end of the answer."""
    for key in answer.halves.held():
        kind, part_id = key
        text = answer.halves.end(key)
        if kind is events.AppendText:
            answer.append(part_id, text)
            yield text
        else:
            yield Reasoning(text)


def _replace_text(answer: AnswerState, event: events.ReplaceText) -> Yields:
    answer.halves.end((events.AppendText, event.part_id))
    text = whole_characters(event.text)
    before = answer.replace(event.part_id, text)
    return (TextReplaced(text, before, answer.text),)


def _citation(answer: AnswerState, event: events.Citation) -> Yields:
    link = SourceLink(answer.absolute(event.url), event.title, event.publisher, event.icon_url)
    if link in answer.links:
        return ()
    answer.links.append(link)
    return (link,)


def _chain_of_thought(answer: AnswerState, event: events.ChainOfThought) -> Yields:
    text = answer.halves.join((events.ChainOfThought, event.part_id), event.text)
    return (Reasoning(text),) if text else ()


def _generating_image(answer: AnswerState, event: events.GeneratingImage) -> Yields:
    answer.image_prompt = event.prompt or answer.image_prompt
    return ()


def _partial_image(_: AnswerState, event: events.PartialImageGenerated) -> Yields:
    return (ImagePreview(event.content),)


def _image(answer: AnswerState, event: events.ImageGenerated) -> Yields:
    answer.visible = True
    preview = None if event.thumbnail_url is None else answer.absolute(event.thumbnail_url)
    return (ImageResponse(answer.absolute(event.url), answer.image_prompt or event.prompt or "", preview),)


def _title(answer: AnswerState, event: events.TitleUpdate) -> Yields:
    answer.afterwards.add(events.TitleUpdate)
    return (TitleGeneration(event.title),)


def _suggestions(answer: AnswerState, event: events.SuggestedFollowupsEvent) -> Yields:
    answer.afterwards.add(events.SuggestedFollowupsEvent)
    return (SuggestedFollowups(event.suggestions),)


def _append_suggestion(answer: AnswerState, event: events.AppendSuggestion) -> Yields:
    answer.suggest(event.suggestion_id, event.text)
    return ()


def _ping(_: AnswerState, event: events.PingEvent) -> Yields:
    return (pong(event),)


def _unknown(_: AnswerState, event: events.UnknownEvent) -> Yields:
    return (event,)


_COMPUTED: Final = frozenset({"hashcash", "copilot"})
_SWITCH_HINT: Final = (
    "The service's page computes the answer. Pass answer_challenges=True to compute it here, too (docs/provider.md)."
)
_CHALLENGE_HINT: Final = (
    "Open the service in a browser, send a message there and pass the check yourself. Then sign in again, or export a "
    "new HAR."
)
_ERROR_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "text-too-long": "Shorten the prompt: the service accepts about 10,000 characters.",
        "empty-text": "Send text or an image.",
        "invalid-event": "The service did not understand the client. Please report it with a recording.",
        "chat-service-unavailable": "Anonymous callers see this often. Sign in, or try from another region.",
    }
)
_RATE_CODES: Final = frozenset({"throttled", "too-many-messages"})


def _challenge(answer: AnswerState, event: events.ChallengeEvent) -> Yields:
    named = escaped(event.method or "no method")
    what = f"The service requires a challenge ({named}) before it answers"
    hint = _SWITCH_HINT if event.method in _COMPUTED and not answer.challenges else _CHALLENGE_HINT
    raise ChallengeRequiredError(what, step="receive", hint=hint, method=event.method)


def _error(_: AnswerState, event: events.ErrorEvent) -> Yields:
    _raise_code(event.error_code or "unknown", None)
    return ()


def _chat_error(_: AnswerState, event: events.ChatMessageError) -> Yields:
    detail = event.error_detail
    code = event.error_code or (detail.type if detail else None) or "unknown"
    _raise_code(code, detail.next_available_at if detail else None)
    return ()


def _raise_code(code: str, retry_at: str | None) -> None:
    if code in _RATE_CODES:
        when = f" Try again after {escaped(retry_at)}." if retry_at else ""
        hint = f"Slow down: one turn at a time, few per minute.{when}"
        raise RateLimitError(
            f"The service limits your rate of messages (its code: {escaped(code)})",
            step="receive",
            hint=hint,
            retry_at=retry_at,
            code=code,
        )
    hint = _ERROR_HINTS.get(code, "")
    raise ResponseError(
        f"The service reports an error in place of the answer (its code: {escaped(code)})",
        step="receive",
        hint=hint,
        code=code,
    )


HANDLERS: Final[Mapping[type, Callable[[AnswerState, Any], Yields]]] = MappingProxyType(
    {
        events.AppendText: _append_text,
        events.ReplaceText: _replace_text,
        events.Citation: _citation,
        events.ChainOfThought: _chain_of_thought,
        events.GeneratingImage: _generating_image,
        events.PartialImageGenerated: _partial_image,
        events.ImageGenerated: _image,
        events.TitleUpdate: _title,
        events.SuggestedFollowupsEvent: _suggestions,
        events.AppendSuggestion: _append_suggestion,
        events.AppendTextSuggestion: _append_suggestion,
        events.PingEvent: _ping,
        events.ChallengeEvent: _challenge,
        events.ErrorEvent: _error,
        events.ChatMessageError: _chat_error,
        events.UnknownEvent: _unknown,
    }
)
"""The events that yield something, or raise. All other events only change the state."""
EXPECTED_AFTERWARDS: Final = frozenset(
    {
        events.TitleUpdate,
        events.SuggestedFollowupsEvent,
        events.StartSuggestion,
        events.AppendSuggestion,
        events.AppendTextSuggestion,
        events.SuggestionCompleted,
    }
)
"""The events that the client waits for after the answer is complete."""
AFTERWARDS: Final = (EXPECTED_AFTERWARDS | {events.PingEvent, events.UnknownEvent}) & HANDLERS.keys()
"""The events that are handled after the answer is complete."""
