"""Every item's ``str()`` suits ``print(item, end="")``."""

import json
import typing

import pytest

from provider import items

EACH_ITEM = {
    "text": "Hello",
    "text_replaced": items.TextReplaced("Hello", "Hel", "Hello"),
    "image": items.ImageResponse("https://x/a.png", "a cat"),
    "image_preview": items.ImagePreview("AAAA"),
    "suggestions": items.SuggestedFollowups(("a", "b")),
    "reasoning": items.Reasoning("hm"),
    "source": items.SourceLink("https://x"),
    "sources": items.Sources((items.SourceLink("https://x", "X"),)),
    "title": items.TitleGeneration("t"),
    "finish_reason": items.FinishReason("stop"),
    "conversation": items.Conversation("c"),
    "request_login": items.RequestLogin("Copilot", "https://x"),
    "unknown_event": items.UnknownEvent("novel", "{}"),
}


@pytest.mark.parametrize(
    ("item", "printed"),
    [
        (items.TextReplaced("Hello", "Hel", "Hello"), "lo"),
        (items.TextReplaced("Bye", "Hel", "Bye"), "\nBye"),
        (items.ImageResponse("https://x/a b.png", "a [red]\ncat"), "\n![a \\[red\\] cat](https://x/a%20b.png)\n"),
        (items.ImagePreview("AAAA"), ""),
        (items.SuggestedFollowups(("a",)), ""),
        (items.Reasoning("hm"), ""),
        (items.SourceLink("https://x"), ""),
        (items.Sources((items.SourceLink("https://x", "X"), items.SourceLink("https://y"))),
         "\n\n1. [X](https://x)\n2. [https://y](https://y)\n"),
        (items.TitleGeneration("t"), ""),
        (items.FinishReason("stop"), ""),
        (items.Conversation("c"), ""),
        (items.RequestLogin("Copilot", "https://x"), "\nPlease sign in to Copilot: https://x\n"),
        (items.UnknownEvent("novel", "{}"), ""),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_item_prints_what_a_reader_should_see(item, printed):
    assert str(item) == printed


def test_preview_gives_its_bytes():
    assert items.ImagePreview("/9j/").data == b"\xff\xd8\xff"
    assert items.ImagePreview("a").data == b""


def test_conversation_can_be_kept_as_json():
    conversation = items.Conversation("dRUX")
    assert conversation.get_dict() == {"conversation_id": "dRUX"}
    assert items.Conversation(**conversation.get_dict()) == conversation
    assert isinstance(conversation, items.JsonConversation)


@pytest.mark.parametrize("kind", EACH_ITEM)
def test_item_is_json_with_its_kind(kind):
    item = EACH_ITEM[kind]
    written = items.item_to_dict(item)
    assert json.loads(json.dumps(written))["type"] == written["type"] == kind
    if not isinstance(item, str):
        assert item.type == kind
        assert all(written[name] == getattr(item, name) for name in written if name not in ("links", "suggestions"))


def test_each_kind_of_item_has_a_tag_of_its_own():
    assert {type(item) for item in EACH_ITEM.values()} == set(typing.get_args(items.Item))


def test_nested_items_are_json_too():
    link = {"url": "https://x", "title": "X", "publisher": None, "icon": None}
    assert json.loads(json.dumps(items.item_to_dict(EACH_ITEM["sources"]))) == {"type": "sources", "links": [link]}


def test_tag_is_no_part_of_a_kept_conversation():
    assert items.Conversation("c").get_dict() == {"conversation_id": "c"}
    assert repr(items.Conversation("c")) == "Conversation(conversation_id='c')"
