"""Every item's ``str()`` suits ``print(item, end="")``."""

import pytest

from provider import items


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
