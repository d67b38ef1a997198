"""What is remembered stays within bounds, and does not depend on what others do."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_server.service.conversations import StoredMessage
from tests.support.clients.core_client import Talk, ask, json_of, send, service_of


def open_one(service, token="a"):
    return json_of(ask(service, "POST", "/c/api/conversations", token=token))["id"]


def history(service, conversation, token="a"):
    return ask(service, "GET", f"/c/api/conversations/{conversation}/history", token=token)


def upload(service, body=b"x", token="a"):
    return json_of(ask(service, "POST", "/c/api/attachments", body, token=token, content_type="image/png"))["url"]


def said(text):
    return StoredMessage("m", "ai", "", ({"type": "text", "text": text},))


def test_conversation_that_was_not_used_for_longest_is_forgotten_first():
    service = service_of(max_conversations=2)
    first, second = open_one(service), open_one(service)
    history(service, first)
    third = open_one(service)
    assert [history(service, each).status for each in (first, second, third)] == [200, 404, 200]


def test_conversations_go_when_their_text_is_too_much():
    service = service_of(max_history_bytes=10_000)
    kept: list[str] = []
    for _ in range(20):
        kept.append(open_one(service))
        service.store.add(service.store.conversation(kept[-1]), said("x" * 1000))
    assert [history(service, each).status for each in kept] == [404] * 12 + [200] * 8


def test_one_conversation_forgets_its_oldest_messages():
    service = service_of(max_history_bytes=10_000)
    conversation = service.store.conversation(open_one(service))
    for number in range(50):
        service.store.add(conversation, said(f"{number} " * 500))
    assert conversation.size <= 10_000
    assert conversation.messages[-1].content[0]["text"].startswith("49 ")


def test_conversation_keeps_its_newest_messages_and_the_beginning_of_long_ones():
    service = service_of()
    conversation = service.store.conversation(open_one(service))
    for number in range(450):
        service.store.add(conversation, said(f"{number}"))
    service.store.add(conversation, said("x" * 100_000))
    assert len(conversation.messages) == 400
    assert conversation.messages[0].content[0]["text"] == "51"
    assert len(conversation.messages[-1].content[0]["text"]) == 65_536


def test_uploads_that_were_not_used_for_longest_go_first():
    service = service_of(max_attachments=2)
    first, second = upload(service), upload(service)
    ask(service, "GET", first)
    third = upload(service)
    assert [ask(service, "GET", url).status for url in (first, second, third)] == [200, 404, 200]


def test_uploads_go_when_they_are_too_much():
    service = service_of(max_attachment_bytes=100)
    urls = [upload(service, b"x" * 30) for _ in range(5)]
    assert [ask(service, "GET", url).status for url in urls] == [404, 404, 200, 200, 200]


def test_upload_larger_than_all_that_is_kept_is_kept_alone():
    service = service_of(max_attachment_bytes=10)
    urls = [upload(service, b"x" * size) for size in (5, 50)]
    assert [ask(service, "GET", url).status for url in urls] == [404, 200]


def test_nothing_grows_with_the_number_of_callers():
    service = service_of(max_conversations=10, max_attachments=10)
    for number in range(5000):
        caller = f"caller-{number}"
        service.store.new_conversation(caller)
        service.store.new_session_key(caller)
        service.store.new_clarity_token(caller)
        service.store.share(service.store.new_conversation(caller))
        service.store.add_fault(caller, "user", 401)
        service.store.attach(caller, "image/png", b"x")
        service.store.keep_picture(caller, b"x")
    sizes = {name: len(kept) for name, kept in vars(service.store).items() if hasattr(kept, "__len__")}
    assert sizes == {
        "_conversations": 10,
        "_attachments": 10,
        "_pictures": 100,
        "_counts": 4000,
        "_session_keys": 1000,
        "_clarity_tokens": 1000,
        "_shares": 1000,
        "_faults": 1000,
    }


def test_forgotten_number_makes_no_id_twice():
    service = service_of()
    first = service.store.new_conversation("a").id
    for number in range(5000):
        service.store.ids("x", str(number))
    assert service.store.new_conversation("a").id != first


# -------------------------------------------------------------------- same seed, same bytes
PROMPTS = ("Hello", "/image a cat", "/search x", "/think x", "/challenge hashcash", "/throttle", "/parts 3")


def session(service, token):
    """One caller's whole session, as steps that can be mixed with others'."""
    told = []
    conversation = open_one(service, token)
    yield told
    socket = Talk(service, token)
    told += [conversation, *socket.greeting]
    for prompt in PROMPTS:
        told += socket.say(send(prompt, conversation))
        yield told
    told.append(history(service, conversation, token).body)
    told.append(upload(service, token=token))
    yield told


def alone(token, **settings):
    *_, told = session(service_of(**settings), token)
    return told


@pytest.mark.parametrize("generation", ["2025-03", "2025-10", "2026"])
def test_same_seed_gives_same_bytes(generation):
    assert alone("a", generation=generation, seed=3) == alone("a", generation=generation, seed=3)


def test_another_seed_gives_other_bytes():
    assert alone("a", seed=3) != alone("a", seed=4)


@settings(max_examples=20, deadline=None)
@given(st.integers(), st.sampled_from(["2025-03", "2025-10", "2026"]))
def test_bytes_do_not_depend_on_other_sessions(order, generation):
    service = service_of(generation=generation)
    running = {token: session(service, token) for token in ("a", "b", "c")}
    told = {}
    choose = random.Random(order)
    while running:
        token = choose.choice(sorted(running))
        try:
            told[token] = next(running[token])
        except StopIteration:
            del running[token]
    assert told == {token: alone(token, generation=generation) for token in ("a", "b", "c")}
