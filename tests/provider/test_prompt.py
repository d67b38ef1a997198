"""From messages to the text that is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.errors import UsageError
from provider.prompt import MAX_PROMPT, make_prompt, media_of


def user(content):
    return {"role": "user", "content": content}


def test_single_message_is_sent_as_it_is():
    assert make_prompt([user("Напиши Hello World на Python")], continued=False) == "Напиши Hello World на Python"


def test_new_conversation_gets_all_messages():
    messages = [
        {"role": "system", "content": "Be brief"},
        user("Hi"),
        {"role": "assistant", "content": "Yo"},
        user("?"),
    ]
    assert make_prompt(messages, continued=False) == "System: Be brief\nUser: Hi\nAssistant: Yo\nUser: ?"


def test_continued_conversation_gets_the_last_user_message():
    messages = [user("first"), user("last"), {"role": "assistant", "content": "ok"}]
    assert make_prompt(messages, continued=True) == "last"


@given(st.lists(st.text(max_size=6000), min_size=2, max_size=6))
def test_history_is_cut_at_its_old_end_and_the_newest_kept_whole(texts):
    prompt = make_prompt([user(text) for text in texts], continued=False)
    newest = f"User: {texts[-1]}"
    assert prompt.endswith(newest)
    assert len(prompt) <= max(MAX_PROMPT, len(newest))


def test_newest_message_is_kept_whole_even_beyond_the_limit():
    assert make_prompt([user("old"), user("x" * 12_000)], continued=False) == "User: " + "x" * 12_000


def test_text_parts_are_joined_and_images_are_media():
    parts = [
        {"type": "text", "text": "What is"},
        {"type": "image_url", "image_url": {"url": "https://x/1.png"}},
        {"type": "text", "text": "this?"},
        {"type": "image_url", "image_url": "data:image/png;base64,AAAA"},
    ]
    assert make_prompt([user(parts)], continued=False) == "What is\nthis?"
    assert list(media_of([user(parts)])) == ["https://x/1.png", "data:image/png;base64,AAAA"]


@pytest.mark.parametrize("messages", [[], ["text"], [{"role": "user", "content": 5}]])
def test_what_is_no_message_is_refused(messages):
    with pytest.raises(UsageError, match="prompt"):
        make_prompt(messages, continued=False)


def test_continuing_without_a_user_message_is_refused():
    with pytest.raises(UsageError, match="no user message"):
        make_prompt([{"role": "assistant", "content": "hm"}], continued=True)
