"""What a script lets the service say."""

import asyncio
import re
import threading
from pathlib import Path
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from fake_server import serve
from harness.scripted import Scripted, ScriptError
from provider import CopilotClient, ResponseError, UsageError
from provider.items import ImagePreview, UnknownEvent

PNG = b"\x89PNG\r\n\x1a\n not really"


def get(url):
    with build_opener(ProxyHandler({})).open(url, timeout=5) as answer:
        return answer.headers["content-type"], answer.read()


def names(told):
    return [each["event"] for each in told]


@pytest.mark.parametrize("generation", ["2025-03", "2025-10", "2026"])
def test_turns_are_played_in_order(scene, generation):
    here = scene(generation)
    here.script.say("one").done().say("two").done()
    client = here.client()
    assert [client.chat("a").text, client.chat("b").text] == ["one", "two"]
    assert here.script.report().ok


def test_async_client_is_answered_as_well(scene):
    here = scene()
    here.script.say("Hello").suggest("More?").done()

    async def ask():
        async with here.async_client() as client:
            turn = client.chat("Hi")
            await turn.read()
            return turn.text, turn.suggestions

    assert asyncio.run(ask()) == ("Hello", ["More?"])


def test_events_of_a_turn_are_those_of_the_script(scene):
    here = scene()
    here.script.say("Hello").done()
    bare = here.dial()
    bare.ask("Hi")
    told = bare.hear_until("suggestedFollowups")
    assert names(told) == [
        "received",
        "startMessage",
        "appendText",
        "partCompleted",
        "done",
        "titleUpdate",
        "suggestedFollowups",
    ]
    assert told[-1]["suggestions"] == []


def test_turns_are_shared_by_all_clients(scene):
    here = scene()
    here.script.say("one").done().say("two").done()
    assert [here.client().chat("a").text, here.client().chat("b").text] == ["one", "two"]


def test_turn_that_is_written_while_the_client_waits_is_played(scene):
    here = scene()
    here.script.say("one").done()
    client = here.client()
    assert client.chat("a").text == "one"
    here.script.say("two").done()
    assert client.chat("b").text == "two"


def test_turn_without_done_ends_when_it_is_asked_for(scene):
    here = scene()
    client = here.client()
    here.script.say("one").say(" and a half")
    assert client.chat("a").text == "one and a half"
    here.script.say("two")
    assert client.chat("b").text == "two"


def test_text_comes_in_as_many_pieces_as_asked_for(scene):
    here = scene()
    here.script.say("abcdef", pieces=3).done()
    assert [item for item in here.client().chat("a") if isinstance(item, str)] == ["ab", "cd", "ef"]


def test_text_comes_in_one_piece_unless_asked_for(scene):
    here = scene()
    here.script.say("a long text of many words").done()
    assert [item for item in here.client().chat("a") if isinstance(item, str)] == ["a long text of many words"]


def test_image_is_served(scene):
    here = scene()
    here.script.image("a cat").done()
    [image] = here.client().chat("Draw").images
    kind, content = get(image.url)
    assert (image.alt, kind, content[:4]) == ("a cat", "image/png", b"\x89PNG")


def test_image_of_the_test_is_served_as_it_is(scene):
    here = scene()
    here.script.image("a cat", data=PNG).image("a dog", data=b"\xff\xd8\xff and so on").done()
    cat, dog = here.client().chat("Draw").images
    assert [get(cat.url), get(dog.url)] == [("image/png", PNG), ("image/jpeg", b"\xff\xd8\xff and so on")]
    assert get(cat.preview) == ("image/png", PNG)


@pytest.mark.parametrize(("partial", "previews"), [(False, 0), (True, 2)])
def test_image_has_previews_if_asked_for(scene, partial, previews):
    here = scene()
    here.script.image("a cat", partial=partial).done()
    items = list(here.client().chat("Draw"))
    assert sum(isinstance(item, ImagePreview) for item in items) == previews


def test_reasoning_sources_title_and_suggestions_come_as_scripted(scene):
    here = scene()
    here.script.reason("Hmm.").say("Yes").cite("A page", "https://example.com/a").title("Rivers").suggest(
        "a", "b"
    ).done()
    turn = here.client().chat("a")
    assert (turn.reasoning, turn.text, turn.title, turn.suggestions) == ("Hmm.", "Yes", "Rivers", ["a", "b"])
    assert [(link.title, link.url) for link in turn.sources] == [("A page", "https://example.com/a")]


def test_event_has_the_fields_of_the_script(scene):
    here = scene()
    here.script.event("weatherCard", temperature=21, name="x").say("Warm").done()
    bare = here.dial()
    bare.ask("a")
    card = bare.hear_until("weatherCard")[-1]
    assert (card["temperature"], card["name"]) == (21, "x")


def test_event_that_nobody_knows_is_handed_on_by_the_client(scene):
    here = scene()
    here.script.event("weatherCard", temperature=21).say("Warm").done()
    [event] = [item for item in here.client().chat("a") if isinstance(item, UnknownEvent)]
    assert event.name == "weatherCard"


def test_raw_text_is_sent_as_it_stands(scene):
    here = scene()
    here.script.raw("no JSON").done()
    bare = here.dial()
    bare.ask("a")
    assert bare.socket.recv(5) == "no JSON"


def test_pause_is_waited_for(scene):
    here = scene()
    here.script.say("a").pause(0.05).say("b").done()
    assert here.client().chat("a").text == "ab"


def test_history_tells_what_was_scripted(scene):
    here = scene()
    here.script.say("Hello").done()
    client = here.client()
    turn = client.chat("Hi")
    assert turn.text == "Hello"
    url = f"{here.server.url}/c/api/conversations/{turn.conversation.conversation_id}/history"
    assert b"Hello" in get(Request(url, headers={"authorization": f"Bearer {here.token}"}))[1]


def test_fake_answers_by_itself_without_a_script(scene):
    here = scene()
    assert "turn 1" in here.client().chat("Hello").text
    assert here.script.report().ok


def test_commands_of_the_fake_work_without_a_script(scene):
    assert scene().client().chat("/search rivers").sources


def test_commands_of_the_fake_are_plain_text_to_a_script(scene):
    here = scene()
    here.script.say("scripted").done()
    assert here.client().chat("/error").text == "scripted"


def test_turn_too_many_is_an_error_for_the_client(scene):
    here = scene()
    here.script.say("one").done()
    client = here.client()
    assert client.chat("a").text == "one"
    with pytest.raises(ResponseError) as caught:
        list(client.chat("b"))
    assert caught.value.code == "wiretape-script-is-over"


def test_turn_too_many_tells_plain_clients_why(scene):
    here = scene()
    here.script.say("one").done()
    bare = here.dial()
    bare.ask("a")
    bare.hear_until("suggestedFollowups")
    bare.ask("b")
    told = bare.hear()
    assert (told["event"], told["message"]) == ("error", "the script has 1 turn, and this is a further one")


def test_turns_written_by_many_threads_are_all_played(scene):
    here = scene()
    threads = [threading.Thread(target=lambda: [here.script.done() for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert here.script.report().total == 200


def test_generation_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match="1999"):
        Scripted("1999")


@pytest.mark.parametrize(
    ("method", "arguments", "text"),
    [
        ("say", {"text": "a", "pieces": 0}, "at least 1"),
        ("pause", {"seconds": -1}, "number of seconds"),
        ("pause", {"seconds": float("nan")}, "number of seconds"),
        ("challenge", {"method": "riddle"}, "known: null"),
        ("cut", {"how": "slowly"}, "known: eof, reset"),
        ("cut", {"how": 99}, "1000 to 4999"),
        ("cut", {"after": -1}, "not be negative"),
        ("stall", {"after": -1}, "not be negative"),
        ("refuse", {"status": 200}, "400 to 599"),
        ("refuse", {"status": 429, "at": "nowhere"}, "call 1"),
        ("refuse", {"status": 429, "at": "call 0"}, "call 1"),
    ],
)
def test_what_there_is_not_is_refused_at_once(scene, method, arguments, text):
    with pytest.raises(ScriptError, match=text):
        getattr(scene().script, method)(**arguments)


def test_script_of_the_documentation_runs():
    page = Path(__file__).parents[3] / "docs" / "snapshots.md"
    [block] = re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    exec(block, {"Scripted": Scripted, "serve": serve, "CopilotClient": CopilotClient})


def test_methods_of_the_documentation_are_those_of_the_script():
    page = Path(__file__).parents[3] / "docs" / "snapshots.md"
    told = set(
        re.findall(r"`(\w+)\(", "\n".join(re.findall(r"^\| (`.*?) \|", page.read_text(encoding="utf-8"), re.MULTILINE)))
    )
    assert {name for name in vars(Scripted) if not name.startswith("_")} - {"stage", "report", "is_empty"} == told
