"""Which scenario a prompt asks for."""

import pytest

from fake_server.scenarios import make_registry
from fake_server.scenarios.registry import Chosen, UnknownPromptCommand, choose, newest

REGISTRY = make_registry()


def chosen(prompt, mode="chat"):
    found = choose(prompt, mode, REGISTRY)
    return (found.scenario.command, found.argument) if isinstance(found, Chosen) else found


@pytest.mark.parametrize(
    ("prompt", "command", "argument"),
    [
        ("/image a cat", "/image", "a cat"),
        ("  /image\n a cat ", "/image", "a cat"),
        ("/image", "/image", ""),
        ("/image-only a cat", "/image-only", "a cat"),
        ("/close 1011 good bye", "/close", "1011 good bye"),
        ("What could I ask next? /suggest", "/suggest", ""),
        ("Please /search the rivers of Peru", "/search", "the rivers of Peru"),
        ("User: /image a dog\nAssistant: ..\nUser: /search cats", "/search", "cats"),
        ("System: be brief\nUser: /cut 5", "/cut", "5"),
    ],
)
def test_command_is_found(prompt, command, argument):
    assert chosen(prompt) == (command, argument)


@pytest.mark.parametrize(
    ("prompt", "subject"),
    [
        ("Сгенерируй изображение котика", "котика"),
        ("сгенерируйте мне картинку заката", "заката"),
        ("Нарисуй кота в сапогах!", "кота в сапогах"),
        ("Пожалуйста, нарисуй рисунок дома", "дома"),
        ("Generate an image of a cat", "a cat"),
        ("please create a picture with two dogs.", "two dogs"),
        ("Draw me a sheep", "a sheep"),
        ("draw a picture of the sea", "the sea"),
    ],
)
def test_wish_for_a_picture_is_found(prompt, subject):
    assert chosen(prompt) == ("/image", subject)


@pytest.mark.parametrize(
    "prompt",
    [
        "Hello",
        "Напиши Hello World на Python",
        "How do I draw a cat in CSS?",
        "Drawing is fun",
        "What is in /usr/bin/python?",
        "/usr/bin/python is what?",
        "and/or /5 /",
        "Is there a /teapot here?",
        "",
    ],
)
def test_anything_else_is_a_plain_answer(prompt):
    assert chosen(prompt) is None


def test_unknown_command_at_the_beginning_is_told():
    assert chosen("/teapot please") == UnknownPromptCommand("/teapot")


@pytest.mark.parametrize(("mode", "command"), [("reasoning", "/think"), ("search", "/search"), ("research", "/search")])
def test_mode_decides_where_the_prompt_does_not(mode, command):
    assert chosen("What is 2 + 2?", mode) == (command, "What is 2 + 2?")
    assert chosen("/cut 5", mode) == ("/cut", "5")


def test_newest_message_of_a_flattened_dialogue_may_have_several_lines():
    assert newest("User: one\nAssistant: two\nUser: three\nfour") == "three\nfour"


def test_dialogue_without_a_user_is_taken_as_it_is():
    assert newest("Assistant: one") == "Assistant: one"


def test_text_that_only_mentions_roles_is_taken_as_it_is():
    assert newest("Hi\nUser: x") == "Hi\nUser: x"
