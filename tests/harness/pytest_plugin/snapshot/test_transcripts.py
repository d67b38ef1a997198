"""How turns read."""

import asyncio
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server import serve
from harness.printable import printable
from harness.pytest_plugin.turn_text import UnfinishedTurnError, is_turn, transcript
from harness.scripted import Scripted
from provider import AsyncCopilotClient, RateLimitError, RequestLogin
from provider.items import (
    Conversation,
    FinishReason,
    ImagePreview,
    ImageResponse,
    JsonConversation,
    Reasoning,
    SourceLink,
    SuggestedFollowups,
    TextReplaced,
    TitleGeneration,
    UnknownEvent,
)
from provider.record import Record

ID = "MqTZp5vC8sWdKf3nRb7Lx"


def event(name, **fields):
    return UnknownEvent(name=name, raw=json.dumps({"event": name, **fields}))


# -------------------------------------------------------------------- turns
@pytest.mark.parametrize("generation", ["2025-03", "2025-10", "2026"])
def test_turn_with_everything_in_it(talking, generation, snapshot):
    with talking(generation) as (script, client):
        script.reason("Let me think.").say("Here\n\nit is: ", pieces=3).image("a cat", partial=True)
        script.say("And a source.").cite("A page", "https://example.com/a?x=1").event("card", id="x", temperature=21)
        script.suggest("More?", "Less?").done()
        assert transcript(client.chat("Draw a cat")) == snapshot


def test_turn_reads_the_same_in_every_run(talking):
    told = []
    for _ in range(2):
        with talking() as (script, client):
            script.say("Hello").image("a cat").done()
            told.append(transcript(client.chat("Hi")))
    assert told[0] == told[1]


def test_turn_that_was_looked_at_reads_the_same(talking):
    with talking() as (script, client):
        script.say("Hello").done()
        turn = client.chat("Hi")
        assert turn.text == "Hello"
        assert transcript(turn) == transcript(turn) == transcript(turn.record)


def test_turn_that_failed_ends_in_its_error(talking, snapshot):
    with talking() as (script, client):
        script.say("The Nile, the").cut().done()
        assert transcript(client.chat("Name two rivers")) == snapshot


def test_refused_turn_is_its_error_alone(talking, snapshot):
    with talking() as (script, client):
        script.refuse(429)
        assert transcript(client.chat("Hi")) == snapshot


def test_turn_that_was_left_says_so(talking):
    with talking() as (script, client):
        script.say("one").say("two").done()
        turn = client.chat("Hi")
        for item in turn:
            if item == "one":
                break
        assert transcript(turn).endswith("text:\n  one\nfinish: left before the end\n")


def test_turn_that_is_being_iterated_is_refused(talking):
    with talking() as (script, client):
        script.say("one").say("two").done()
        turn = client.chat("Hi")
        items = iter(turn)
        next(items)
        with pytest.raises(UnfinishedTurnError, match="still being iterated"):
            transcript(turn)
        items.close()


def test_async_turn_is_to_be_awaited_first():
    script = Scripted().say("Hello").done()

    async def ask():
        with serve(script.stage()) as server:
            async with AsyncCopilotClient("a-token", base_url=server.url) as client:
                turn = client.chat("Hi")
                with pytest.raises(UnfinishedTurnError, match=r"await turn.read\(\)"):
                    transcript(turn)
                return transcript(await turn.read())

    assert "text:\n  Hello\n" in asyncio.run(ask())


def test_turns_of_one_conversation_name_it_alike(talking, snapshot):
    with talking() as (script, client):
        script.say("one").image("a cat").done().say("two").image("a dog").done()
        assert transcript([client.chat("a"), client.chat("b")]) == snapshot


def test_error_does_not_show_where_the_server_was(talking):
    with talking() as (script, client):
        script.refuse("drop", at="any")
        told = transcript(client.chat("Hi"))
        assert "error: " in told
        assert client.url.rpartition(":")[2] not in told


# -------------------------------------------------------------------- items
@given(st.text(), st.lists(st.integers(0, 50)))
def test_pieces_of_a_text_are_no_part_of_it(text, cuts):
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in pairwise(places)]
    assert transcript([*pieces, FinishReason("stop")]) == transcript([text, FinishReason("stop")])


@given(
    st.lists(st.text(max_size=5) | st.builds(Reasoning, st.text(max_size=5)) | st.builds(TitleGeneration, st.text()))
)
def test_transcript_has_lines_that_can_be_stored(items):
    told = transcript([*items, FinishReason("stop")])
    assert printable(told) == told
    assert not any(row.endswith((" ", "\t")) for row in told.split("\n"))


def test_order_of_text_and_images_counts():
    image = ImageResponse("https://example.com/a.png", "a cat")
    assert transcript(["a", image, "b"]) != transcript(["a", "b", image])


def test_text_that_looks_like_a_block_stays_in_its_own():
    assert transcript(["Hi\nfinish: stop", TitleGeneration("x")]) == "text:\n  Hi\n  finish: stop\ntitle: x\n"


@pytest.mark.parametrize(
    ("text", "shown"), [("a ", "  a ¶"), ("a\n", "  a\n  ¶"), ("a¶", "  a¶¶"), ("a\n\nb", "  a\n\n  b")]
)
def test_blanks_at_the_end_can_be_seen(text, shown):
    assert transcript([text, FinishReason("stop")]) == f"text:\n{shown}\nfinish: stop\n"


def test_control_characters_are_spelled_out():
    assert transcript(["\x1b[31mred\r", FinishReason("stop")]).startswith("text:\n  \\x1b[31mred\\x0d\n")


@pytest.mark.parametrize(
    ("item", "shown"),
    [
        (TextReplaced("new", "old", "new"), "text replaced by:\n  new\n"),
        (ImagePreview("AAAA"), "image previews: 1\n"),
        (ImageResponse("https://example.com/a.png", "a\ncat"), "image: a\\ncat\n  url: https://example.com/a.png\n"),
        (SourceLink("https://example.com/"), "source:\n  url: https://example.com/\n"),
        (SourceLink("https://a.b/", "T", "P"), "source: T\n  url: https://a.b/\n  publisher: P\n"),
        (SuggestedFollowups(("a", "b")), "suggestions:\n  - a\n  - b\n"),
        (SuggestedFollowups(()), "(nothing)\n"),
        (RequestLogin("Copilot", "https://example.com/login"), "sign in: Copilot\n  url: https://example.com/login\n"),
        (Conversation(ID), "conversation: <conversation-1>\n"),
        (JsonConversation(conversation_id=ID, tone="dry"), 'conversation: <conversation-1>\n  tone: "dry"\n'),
        (event("card", id="7", n=1), "event: card\n  n: 1\n"),
        (event("card", messageId=ID, to=[ID]), 'event: card\n  messageId: "<message-1>"\n  to: ["<message-1>"]\n'),
        (event("card", at="2026-01-15T10:00:01.000Z"), 'event: card\n  at: "<date-1>"\n'),
        (UnknownEvent(name="odd", raw="[1]"), "event: odd\n  [1]\n"),
        (UnknownEvent(name="odd", raw="{" * 10), "event: odd\n  {{{{{{{{{{\n"),
    ],
)
def test_item_has_a_block_of_its_own(item, shown):
    assert transcript([item]) == shown


def test_previews_in_a_row_are_counted():
    assert transcript([ImagePreview("a"), ImagePreview("b"), "x", ImagePreview("c")]) == (
        "image previews: 2\ntext:\n  x\nimage previews: 1\n"
    )


def test_conversation_that_is_named_before_it_comes_is_masked_as_well():
    told = transcript([f"I am {ID}.", Conversation(ID)])
    assert told == "text:\n  I am <conversation-1>.\nconversation: <conversation-1>\n"


def test_record_without_an_end_was_left():
    assert transcript(Record()) == "finish: left before the end\n"


def test_kinds_can_be_left_out():
    items = ["a", TitleGeneration("x"), "b", FinishReason("stop")]
    assert transcript(items, keep=lambda kind: kind != "title") == "text:\n  ab\nfinish: stop\n"


@pytest.mark.parametrize(
    ("value", "is_one"),
    [
        (Record(), True),
        (["a", FinishReason("stop")], True),
        ((Reasoning("x"),), True),
        (["a", "b"], False),
        ([], False),
        ("text", False),
        (["a", 1], False),
        ({"a": 1}, False),
    ],
)
def test_turns_are_told_from_other_values(value, is_one):
    assert is_turn(value) is is_one


# -------------------------------------------------------------------- what a turn tells of itself
def test_turn_tells_its_state_without_being_waited_for(talking):
    with talking() as (script, client):
        script.say("one").say("two").done()
        turn = client.chat("Hi")
        seen = [(turn.state, turn.record.text)]
        for item in turn:
            if isinstance(item, str):
                seen.append((turn.state, turn.record.text))
        seen.append((turn.state, turn.record.text))
    assert seen == [("new", ""), ("running", "one"), ("running", "onetwo"), ("over", "onetwo")]
    assert turn.error is None


def test_turn_keeps_what_ended_it(talking):
    with talking() as (script, client):
        script.fail("throttled").done()
        turn = client.chat("Hi")
        with pytest.raises(RateLimitError) as caught:
            list(turn)
    assert turn.error is caught.value
