"""Evidence of the socket: handshake, messages of both sides, order of a turn (docs/protocol.md §4.1 to §4.5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from fake_server.evidence.model import Evidence, Group, row, where
from fake_server.service.dialect import Suggesting

_handshake: Final[Callable[..., Evidence]] = partial(row, Group.HANDSHAKE)
_command: Final[Callable[..., Evidence]] = partial(row, Group.COMMANDS)
_event: Final[Callable[..., Evidence]] = partial(row, Group.EVENTS)
_turn: Final[Callable[..., Evidence]] = partial(row, Group.TURNS)

_GREETS: Final = where(lambda generation, _: generation.connected > 0)
_STREAMS_SUGGESTIONS: Final = where(lambda _, dialect: dialect.suggesting is Suggesting.STREAMED)
_SUGGESTS_AT_ONCE: Final = where(
    lambda generation, dialect: dialect.suggesting is Suggesting.WHOLE and "suggestedFollowups" in generation.after_done
)
_ENTITLES: Final = where(lambda generation, _: "titleUpdate" in generation.after_done)
_THINKS_ALOUD: Final = where(lambda generation, _: generation.chain_of_thought)
_THINKS_SILENTLY: Final = where(lambda generation, _: not generation.chain_of_thought)
_PREVIEWS: Final = where(lambda generation, _: generation.partial_images)

_HANDSHAKE: Final = (
    _handshake("accessToken", "the caller's token in the URL; Bearer and `_U` work too", "§4.1", "[6]"),
    _handshake(
        "X-UserIdentityType",
        "required with tokens of Google accounts, refused with others",
        "§4.1",
        "[3]",
        since="2025-10",
        note="only with --strict",
    ),
    _handshake(
        "clientSessionId",
        "a socket without it gets invalid-event for its first message",
        "§4.1",
        "[1]",
        only=where(lambda generation, _: generation.client_session_id),
        note="only with --strict",
    ),
    _handshake(
        "temporarySessionKey",
        "anonymous sockets without it are refused (460)",
        "§4.1",
        "[2]",
        only=where(lambda generation, _: generation.anonymous_session),
        note="only with --strict",
    ),
    _handshake("other parameters", "ignored", "§4.1", "[2]", note="cursor resumes nothing: §4.8"),
    _handshake("origin", "accepts sockets without Origin, cookies and token", "§4.1", "[meas]"),
    _handshake(
        "opening", "accepts setOptions and send at once; sends nothing before them", "§4.2", "[2]", until="2025-03"
    ),
    _handshake(
        "opening with connected",
        "the service sends first; it answers an earlier send, too",
        "§4.2",
        "[5], conflict",
        only=_GREETS,
        switch="connected",
        note="--strict delays connected by 0.1 s, and refuses messages before it (invalid-event)",
    ),
    _handshake("binary frames", "accepts messages in text and in binary frames", "§8.9", "[meas]"),
)

_COMMANDS: Final = (
    _command("setOptions", "accepted; its lists change nothing", "§4.3", "[5+]"),
    _command("send", "begins a turn; accepts any mode, context and parts", "§4.3", "[4]"),
    _command("reportLocalConsents", "taken without an answer", "§4.3", "[4]"),
    _command(
        "challengeResponse",
        "the answer to a challenge, with or without `id`",
        "§4.3",
        "[5]",
        note="see the group of challenges",
    ),
    _command("ping", "the service answers with pong", "§4.3", "[2]"),
    _command("pong", "taken without an answer", "§4.3", "[1]"),
    _command("stop", "ends the running answer with done", "§4.3", "[1], [inf]", note="name seen, effect inferred"),
    _command("messagePreview", "ignored", "§4.3", "[1]"),
    _command("sendContext", "ignored", "§4.3", "[1]"),
    _command("sendTypingStatus", "ignored", "§4.3", "[1]"),
    _command("setCallType", "ignored", "§4.3", "[1]"),
    _command("any other", "refused with invalid-event, which ends the running turn", "§4.6", "[2]"),
)

_EVENTS: Final = (
    _event("connected", "first, once or twice", "§4.4", "[3]", only=_GREETS, switch="connected"),
    _event("received", "the service has received the user's message", "§4.4", "[3]"),
    _event("startMessage", "the answer begins", "§4.4", "[4]"),
    _event("appendText", "a piece of text", "§4.4", "[10+]"),
    _event("replaceText", "the part's whole new text", "§4.4", "[2]", note="never captured raw; /replace"),
    _event("partCompleted", "once for each part", "§4.4", "[4]"),
    _event("done", "the answer is complete; the socket stays open", "§4.4", "[10+]"),
    _event(
        "titleUpdate", "after done, in a conversation's first turn", "§4.4", "[3]", only=_ENTITLES, switch="after-done"
    ),
    _event("suggestedFollowups", "after done", "§4.4", "[3]", only=_SUGGESTS_AT_ONCE, switch="suggestions"),
    _event(
        "startSuggestion", "a suggestion begins", "§4.4", "[2], [inf]", only=_STREAMS_SUGGESTIONS, switch="suggestions"
    ),
    _event(
        "appendSuggestion",
        "a piece of a suggestion",
        "§4.4",
        "[2], [inf]",
        only=_STREAMS_SUGGESTIONS,
        switch="suggestions",
    ),
    _event(
        "suggestionCompleted",
        "a suggestion is complete",
        "§4.4",
        "[2], [inf]",
        only=_STREAMS_SUGGESTIONS,
        switch="suggestions",
    ),
    _event(
        "appendTextSuggestion", "another name for appendSuggestion", "§4.4", "[1]", only=(), note="read, never sent"
    ),
    _event(
        "citation", "a source, with title, url and iconUrl; before done", "§4.4", "[3]", note="ids inferred; /search"
    ),
    _event("chainOfThought", "reasoning as text", "§4.4", "[3]", only=_THINKS_ALOUD, switch="reasoning", note="/think"),
    _event("modeSelected", "the mode that the service chose", "§4.4", "[1]", only=(), note="read, never sent"),
    _event("generatingImage", "the service begins a picture", "§4.4", "[3]", note="/image"),
    _event(
        "partialImageGenerated",
        "an unfinished picture, a whole JPEG",
        "§4.4",
        "[3]",
        only=_PREVIEWS,
        switch="previews",
        note="small; /image-large sends them in captured sizes",
    ),
    _event("imageGenerated", "the finished picture's URL, and its thumbnail's", "§4.4", "[3]"),
    _event("imageGenerationFailed", "the service cannot draw the picture", "§4.4", "[2], [inf]", note="/image-fail"),
    _event("challenge", "asks the client to solve a challenge", "§4.4", "[6]"),
    _event("error", "refuses a message with an errorCode", "§4.4", "[5]"),
    _event(
        "chatMessageError", "refuses a message until a time", "§4.4", "[2]", note="in every generation, seen in 2026"
    ),
    _event("ping", "sent by the service within the answer", "§4.4", "[1]", note="only /ping"),
    _event("pong", "the answer to a ping", "§4.4", "[2]"),
    _event("any other", "any event that a scenario sends", note="/unknown"),
)

_TURNS: Final = (
    _turn(
        "text",
        "received, startMessage, appendText.., partCompleted, done, titleUpdate, suggestedFollowups",
        "§4.5",
        "[1]",
        note="captured in May 2025, and to titleUpdate in November",
        switch="after-done",
    ),
    _turn(
        "image",
        "text, generatingImage, partialImageGenerated.., imageGenerated, text, partCompleted, done",
        "§4.5",
        "[2]",
        switch="previews",
    ),
    _turn("image alone", "as image, without appendText", "§4.5", "[2]", note="/image-only"),
    _turn("image cut", "the connection ends after the partial pictures", "§4.5", "[1]", note="/image-cut"),
    _turn(
        "reasoning",
        "a silence, then appendText",
        "§4.5",
        "[inf]",
        only=_THINKS_SILENTLY,
        switch="reasoning",
        note="/think",
    ),
    _turn(
        "reasoning as text",
        "chainOfThought, then appendText",
        "§4.5",
        "[2]",
        only=_THINKS_ALOUD,
        switch="reasoning",
        note="/think",
    ),
    _turn("search", "citations after the text, before partCompleted and done", "§4.5", "[2], [inf]", note="/search"),
    _turn("several parts", "each has its own partId and partCompleted", "§4.5", "[inf]", note="/parts"),
    _turn("after done", "title, then suggestions; the socket stays open", "§4.9", "[1]", switch="after-done"),
    _turn(
        "first turn",
        "the service sends a title only in a conversation's first turn",
        "§4.4",
        "[inf]",
        note="/title sends one in any turn",
    ),
    _turn("one at a time", "refuses a send while a turn runs", "§4.6", "[2]", note="see the refusals: out-of-turn"),
    _turn("after an error", "the error ends the turn, and the socket stays open", "§4.5", "[inf]"),
    _turn("modes", "reasoning plays /think, search and research play /search, others plain text", "§4.3", "[3]"),
    _turn(
        "drawing",
        "answers a prompt that asks for a picture with one, in any mode",
        "§4.5",
        "[1]",
        note="2026 draws in some modes",
    ),
)

SOCKET: Final = (*_HANDSHAKE, *_COMMANDS, *_EVENTS, *_TURNS)
"""Evidence of the handshake, of all messages, and of turns without errors."""
