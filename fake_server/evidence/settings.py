"""Evidence of settings, limits and scenarios; those without a paragraph are the fake's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from fake_server.evidence.model import Evidence, Group, row

_set: Final[Callable[..., Evidence]] = partial(row, Group.SETTINGS)
_play: Final[Callable[..., Evidence]] = partial(row, Group.SCENARIOS)

_SETTINGS: Final = (
    _set("generation", "the generation of the protocol", "§5", "[inf]", note="--generation"),
    _set("switches", "other readings where sources disagree", "§7", "conflict", note="--switch"),
    _set("seed", "equal seeds give equal bytes", note="--seed"),
    _set("tokens", "the access tokens that the fake accepts", note="--token-env"),
    _set(
        "strict",
        "also applies rules for which there is only one source",
        "§6",
        "[1]",
        note="--strict; see the refusals",
    ),
    _set("challenge", "challenges each socket before its first message", "§4.7", "[3]", note="--challenge"),
    _set("greeting_delay", "a pause before connected, 0.1 s with --strict"),
    _set("chunk_delay", "a pause between the pieces of an answer", note="--pace"),
    _set("faults", "requests that fail", "§3.8", "[3]", note="--fault; see the faults"),
    _set("because", "each refusal names its rule in a header", note="--no-because"),
    _set("always", "answers every prompt as if it were this one", note="--always"),
    _set("scenarios", "scenarios of your own", note="--scenarios"),
    _set("claim", "a function of the caller's chooses the scenario"),
    _set("first_name", "the signed-in caller's name", "§3.2", "[4]"),
    _set("max_turns", "greatest number of messages of a caller", "§4.6", "[2]", note="--max-turns"),
    _set("challenge_timeout", "an unanswered challenge closes the socket after 60 s", "§4.7", "[3]"),
    _set("origins", "origins of pages that may read the answers"),
    _set("page_size", "number of entries in a page of a list", "§3.4", "[inf]", note="`next` is seen, its size is not"),
    _set("max_conversations", "number of conversations that the fake keeps"),
    _set("max_history_bytes", "bytes of text that the fake keeps"),
    _set("max_attachments", "number of uploads that the fake keeps"),
    _set("max_attachment_bytes", "bytes of uploads that the fake keeps"),
    _set("max_upload_bytes", "16 MiB; the service is known to accept 7 MB", "§3.3", "[1], [inf]"),
)
"""A row for every field of `fake_server.service.config.Config`; a test compares."""

_SCENARIOS: Final = (
    _play("(plain)", "text", "§4.5", "[1]"),
    _play("/big", "one large chunk", "§8.6", "[meas]"),
    _play("/challenge", "a challenge within the turn", "§4.7", "[3]"),
    _play("/close", "a close frame within the answer", "§7", "[inf]", note="which codes the service uses is not known"),
    _play("/cloudflare", "the next request gets Cloudflare's page", "§3.8", "[2]"),
    _play("/cut", "EOF within the answer", "§8.6", "[meas]"),
    _play("/early-suggestions", "suggestions before done", "§8.5", "[1]"),
    _play("/empty", "an answer without content", "§8.5", "[1]"),
    _play("/error", "an error event right away", "§4.6", "[2]"),
    _play("/expire", "the caller's token expires", "§3.8", "[3]"),
    _play("/fragments", "messages in several frames", "§8.6", "[meas]"),
    _play("/image", "text and a picture", "§4.5", "[2]"),
    _play("/image-cut", "the connection ends after the unfinished pictures", "§4.5", "[1]"),
    _play("/image-fail", "a picture that fails", "§4.4", "[2], [inf]"),
    _play("/image-large", "previews of 250 to 600 KB", "§4.4", "[3]"),
    _play("/image-only", "a picture without text", "§4.5", "[2]"),
    _play("/late-error", "an error event within the answer", "§4.5", "[inf]"),
    _play("/long", "many chunks", "§4.4", "[10+]"),
    _play("/malformed", "a known event of a wrong shape"),
    _play("/notjson", "a message that is not JSON"),
    _play("/parts", "several parts", "§4.5", "[inf]"),
    _play("/ping", "a JSON ping from the service", "§4.4", "[1]"),
    _play("/received-only", "received, then silence", "§6", "[2]"),
    _play("/refuse", "the caller's next request fails", "§3.8", "[3]"),
    _play("/region", "the caller's next request gets 451", "§3.8", "[1]"),
    _play("/replace", "replaceText", "§4.4", "[2]"),
    _play("/reset", "RST within the answer", "§6", "[1]"),
    _play("/search", "text and citations", "§4.5", "[2], [inf]"),
    _play("/silent", "no event at all", "§6", "[1], [meas]"),
    _play("/slow", "pauses between the chunks", "§4.5", "[inf]"),
    _play("/stall", "silence within the answer", "§6", "[1], [meas]"),
    _play("/suggest", "three suggestions of the scenario's own", "§4.4", "[3]"),
    _play("/think", "reasoning", "§4.5", "[2]"),
    _play("/throttle", "chatMessageError with a time", "§4.4", "[2]"),
    _play("/title", "a title in any turn", "§4.4", "[3]"),
    _play("/two-in-one", "two events in one message", "§8.6", "[meas]"),
    _play("/unknown", "an unknown event", "§4.4", "[1]"),
)
"""A row for every command of `fake_server.scenarios.library`; a test compares."""

SETTINGS: Final = (*_SETTINGS, *_SCENARIOS)
"""Evidence of all settings and scenarios."""
