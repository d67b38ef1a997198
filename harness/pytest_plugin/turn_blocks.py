"""How a transcript shows each kind of item: one table from types to lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, TypeAlias, cast

from harness.printable import printable
from harness.pytest_plugin.placeholders import Placeholders
from provider.errors import CopilotError
from provider.items import (
    BaseConversation,
    FinishReason,
    ImagePreview,
    ImageResponse,
    Reasoning,
    RequestLogin,
    SourceLink,
    Sources,
    SuggestedFollowups,
    TextReplaced,
    TitleGeneration,
    UnknownEvent,
)

Keep: TypeAlias = Callable[[str], bool]
"""Returns whether to keep the blocks of a kind such as ``"title"``."""

_END_MARK: Final = "¶"
"""Follows a line that ends in a blank, so that readers see the blank and no editor removes it."""
_NOTHING: Final = ("", Reasoning(""), SuggestedFollowups(()), Sources(()))
_HIDDEN_FIELDS: Final = frozenset({"event", "id"})
"""Fields of an event that are not shown: its name is in the head; its number depends on how the service split text."""


@dataclass(frozen=True, slots=True)
class Left:
    """Marks, in a transcript, the end of a turn whose iteration stopped before the answer was complete."""


def lines(items: Iterable[object], placeholders: Placeholders, keep: Keep | None) -> Iterator[str]:
    """Yield the transcript of one turn's items, line by line."""
    for kind, render, group in _groups(items, keep):
        yield from render(kind, group, placeholders)


def _groups(items: Iterable[object], keep: Keep | None) -> Iterator[tuple[str, Render, list[Any]]]:
    """Group adjacent items that are shown as one block: pieces of text, pieces of reasoning, previews of an image."""
    running: tuple[str, Render, list[Any]] | None = None
    for item in items:
        kind, render = _block_of(item)
        if item in _NOTHING or (keep is not None and not keep(kind)):
            continue
        if running is not None and running[0] == kind and kind in _JOINED:
            running[2].append(item)
            continue
        if running is not None:
            yield running
        running = (kind, render, [item])
    if running is not None:
        yield running


def _block_of(item: object) -> tuple[str, Render]:
    found = ((kind, render) for of, kind, render in _BLOCKS if isinstance(item, of))
    return next(found, (type(item).__name__, _other))


def _paragraph(head: str, text: str) -> list[str]:
    return [f"{head}:", *_indented(text)]


def _indented(text: str) -> Iterator[str]:
    rows = printable(text).split("\n")
    for number, row in enumerate(rows, 1):
        yield _marked(row, is_last=number == len(rows))


def _marked(line: str, *, is_last: bool) -> str:
    if not line:
        return f"  {_END_MARK}" if is_last else ""
    return f"  {line}{_END_MARK}" if line[-1].isspace() or line.endswith(_END_MARK) else f"  {line}"


def _inline(text: str) -> str:
    line = printable(text).replace("\\", "\\\\").replace("\n", "\\n")
    return f"{line}{_END_MARK}" if line[-1:].isspace() or line.endswith(_END_MARK) else line


def _head(kind: str, text: str) -> str:
    return f"{kind}: {_inline(text)}" if text else f"{kind}:"


def _field(name: str, value: str | None) -> list[str]:
    return [] if value is None else [f"  {name}: {_inline(value)}"]


def _text(kind: str, group: list[str], placeholders: Placeholders) -> list[str]:
    return _paragraph(kind, placeholders.prose("".join(group)))


def _long(kind: str, group: list[Any], placeholders: Placeholders) -> list[str]:
    return _paragraph(kind, placeholders.prose("".join(each.text for each in group)))


def _image(kind: str, group: list[ImageResponse], placeholders: Placeholders) -> list[str]:
    image = group[0]
    preview = None if image.preview is None else placeholders.url(image.preview, "image")
    return [
        _head(kind, placeholders.prose(image.alt)),
        *_field("url", placeholders.url(image.url, "image")),
        *_field("preview", preview),
    ]


def _count(kind: str, group: list[Any], _: Placeholders) -> list[str]:
    return [f"{kind}: {len(group)}"]


def _source(kind: str, group: list[SourceLink], placeholders: Placeholders) -> list[str]:
    link = group[0]
    return [
        _head(kind, placeholders.prose(link.title or "")),
        *_field("url", placeholders.url(link.url)),
        *_field("publisher", link.publisher),
        *_field("icon", None if link.icon is None else placeholders.url(link.icon)),
    ]


def _sources(kind: str, group: list[Sources], placeholders: Placeholders) -> list[str]:
    rows = (" ".join(_named_link(link, placeholders)) for link in group[0].links)
    return [f"{kind}:", *(f"  {number}. {row}" for number, row in enumerate(rows, 1))]


def _named_link(link: SourceLink, placeholders: Placeholders) -> Iterator[str]:
    if link.title:
        yield _inline(placeholders.prose(link.title))
    yield f"<{_inline(placeholders.url(link.url))}>"


def _suggestions(kind: str, group: list[SuggestedFollowups], placeholders: Placeholders) -> list[str]:
    return [f"{kind}:", *(f"  - {_inline(placeholders.prose(each))}" for each in group[0].suggestions)]


def _title(kind: str, group: list[TitleGeneration], placeholders: Placeholders) -> list[str]:
    return [_head(kind, placeholders.prose(group[0].title))]


def _finish(kind: str, group: list[FinishReason], _: Placeholders) -> list[str]:
    return [_head(kind, group[0].reason)]


def _left(kind: str, _: list[Left], __: Placeholders) -> list[str]:
    return [f"{kind}: left before the end"]


def _sign_in(kind: str, group: list[RequestLogin], placeholders: Placeholders) -> list[str]:
    return [_head(kind, group[0].label), *_field("url", placeholders.url(group[0].url))]


def _conversation(kind: str, group: list[BaseConversation], placeholders: Placeholders) -> list[str]:
    state = dict(vars(group[0]))
    known = state.pop("conversation_id", None)
    shown = placeholders.name("conversation", known) if isinstance(known, str) else ""
    more = cast("dict[str, Any]", placeholders.json(state))
    return [_head(kind, shown), *(f"  {name}: {_as_json(value)}" for name, value in more.items())]


def _event(kind: str, group: list[UnknownEvent], placeholders: Placeholders) -> list[str]:
    event = group[0]
    head = _head(kind, event.name)
    try:
        content = json.loads(event.raw)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return [head, *_indented(placeholders.prose(event.raw))]
    shown = {name: value for name, value in cast("dict[str, Any]", content).items() if name not in _HIDDEN_FIELDS}
    return [head, *(f"  {_inline(name)}: {_as_json(placeholders.json(value, name))}" for name, value in shown.items())]


def _as_json(value: Any) -> str:
    return printable(json.dumps(value, ensure_ascii=False))


def _error(kind: str, group: list[CopilotError], placeholders: Placeholders) -> list[str]:
    error = group[0]
    step = f" at {placeholders.prose(error.step)}" if error.step else ""
    return [f"{kind}: {type(error).__name__}{_inline(step)}", *_indented(placeholders.dates(error.what))]


def _other(kind: str, group: list[Any], placeholders: Placeholders) -> list[str]:
    item = group[0]
    if is_dataclass(item):
        values = {field.name: getattr(item, field.name) for field in fields(item)}
        return [f"{kind}:", *(f"  {name}: {_inline(placeholders.prose(repr(each)))}" for name, each in values.items())]
    return _paragraph(kind, placeholders.prose(str(item)))


Render: TypeAlias = Callable[[str, list[Any], Placeholders], Iterable[str]]
_BLOCKS: Final[tuple[tuple[type, str, Render], ...]] = (
    (str, "text", _text),
    (TextReplaced, "text replaced by", _long),
    (Reasoning, "reasoning", _long),
    (ImageResponse, "image", _image),
    (ImagePreview, "image previews", _count),
    (SourceLink, "source", _source),
    (Sources, "sources", _sources),
    (SuggestedFollowups, "suggestions", _suggestions),
    (TitleGeneration, "title", _title),
    (FinishReason, "finish", _finish),
    (RequestLogin, "sign in", _sign_in),
    (BaseConversation, "conversation", _conversation),
    (UnknownEvent, "event", _event),
    (CopilotError, "error", _error),
    (Left, "finish", _left),
)
"""Type of item, kind of block, and its renderer. Items of other types are shown by their fields."""
_JOINED: Final = frozenset({"text", "reasoning", "image previews"})
ITEMS: Final = tuple(of for of, _, _ in _BLOCKS)
"""All types of items that a turn may hold."""
