"""The service's messages, as literal JSON, become events."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.wire import events
from provider.wire.errors import MalformedEventError
from provider.wire.events import UnknownEvent, decode_event, encode_event

HARS = sorted((Path(__file__).parents[2] / "data" / "har").glob("*.har"))

# docs/protocol.md §4.4, one literal message each.
EXAMPLES = [
    ('{"event":"connected","requestId":"68cc","id":"0"}', events.Connected(request_id="68cc", id="0")),
    (
        '{"event":"received","conversationId":"c","messageId":"u1","createdAt":"2025-05-10T12:00:00.000Z","id":"0"}',
        events.Received(conversation_id="c", message_id="u1", created_at="2025-05-10T12:00:00.000Z", id="0"),
    ),
    (
        '{"event":"startMessage","conversationId":"c","messageId":"a1","createdAt":"t","id":"1"}',
        events.StartMessage(conversation_id="c", message_id="a1", created_at="t", id="1"),
    ),
    (
        '{"event":"appendText","messageId":"a1","partId":"0","text":"Hel","id":"2"}',
        events.AppendText(message_id="a1", part_id="0", text="Hel", id="2"),
    ),
    (
        '{"event":"replaceText","messageId":"a1","partId":"0","text":"full","id":"5"}',
        events.ReplaceText(message_id="a1", part_id="0", text="full", id="5"),
    ),
    (
        '{"event":"partCompleted","messageId":"a1","partId":"0","id":"8"}',
        events.PartCompleted(message_id="a1", part_id="0", id="8"),
    ),
    ('{"event":"done","messageId":"a1","id":"9"}', events.Done(message_id="a1", id="9")),
    (
        '{"event":"titleUpdate","conversationId":"c","title":"Greeting","id":"10"}',
        events.TitleUpdate(conversation_id="c", title="Greeting", id="10"),
    ),
    (
        '{"event":"suggestedFollowups","messageId":"a1","suggestions":["A?","B?"],"id":"11"}',
        events.SuggestedFollowupsEvent(message_id="a1", suggestions=("A?", "B?"), id="11"),
    ),
    (
        '{"event":"citation","messageId":"a1","partId":"1","title":"T","url":"https://e","iconUrl":"https://i","id":"7"}',
        events.Citation(message_id="a1", part_id="1", title="T", url="https://e", icon_url="https://i", id="7"),
    ),
    (
        '{"event":"chainOfThought","messageId":"a1","partId":"p","text":"hm","id":"3"}',
        events.ChainOfThought(message_id="a1", part_id="p", text="hm", id="3"),
    ),
    ('{"event":"modeSelected","mode":"chat"}', events.ModeSelected(mode="chat")),
    (
        '{"event":"generatingImage","messageId":"a1","partId":"p","prompt":"a cat","progressionText":"..","id":"11"}',
        events.GeneratingImage(message_id="a1", part_id="p", prompt="a cat", progression_text="..", id="11"),
    ),
    (
        '{"event":"partialImageGenerated","messageId":"a1","partId":"p","content":"/9j/","id":"12"}',
        events.PartialImageGenerated(message_id="a1", part_id="p", content="/9j/", id="12"),
    ),
    (
        '{"event":"imageGenerated","messageId":"a1","partId":"p","url":"https://x/1.png","thumbnailUrl":"https://x/t",'
        '"nextAvailableAt":null,"id":"14"}',
        events.ImageGenerated(
            message_id="a1", part_id="p", url="https://x/1.png", thumbnail_url="https://x/t", id="14"
        ),
    ),
    (
        '{"event":"challenge","method":"hashcash","parameter":"9f3c:4","id":"0.0001"}',
        events.ChallengeEvent(method="hashcash", parameter="9f3c:4", id="0.0001"),
    ),
    ('{"event":"challenge","method":null,"parameter":null,"id":"1"}', events.ChallengeEvent(id="1")),
    ('{"event":"challenge","id":"2"}', events.ChallengeEvent(id="2")),
    (
        '{"event":"error","errorCode":"text-too-long","id":"1"}',
        events.ErrorEvent(error_code="text-too-long", id="1"),
    ),
    (
        '{"event":"chatMessageError","errorCode":"throttled","errorDetail":{"type":"throttled","nextAvailableAt":"t"}}',
        events.ChatMessageError(
            error_code="throttled", error_detail=events.ErrorDetail(type="throttled", next_available_at="t")
        ),
    ),
    ('{"event":"pong","id":"5"}', events.PongEvent(id="5")),
    ('{"event":"ping","id":"6"}', events.PingEvent(id="6")),
]


@pytest.mark.parametrize(("text", "event"), EXAMPLES, ids=lambda value: str(value)[:40])
def test_known_event_is_decoded(text, event):
    assert decode_event(text) == event
    assert decode_event(text.encode()) == event


@pytest.mark.parametrize("event", [event for _, event in EXAMPLES], ids=lambda event: type(event).__name__)
def test_encoded_event_decodes_to_itself(event):
    assert decode_event(encode_event(event)) == event


def test_encoded_event_has_the_service_key_order():
    event = events.AppendText(message_id="a1", part_id="0", text="Hel", id="2")
    assert encode_event(event) == b'{"event":"appendText","messageId":"a1","partId":"0","text":"Hel","id":"2"}'


def test_null_challenge_keeps_its_nulls():
    assert (
        encode_event(events.ChallengeEvent(id="1")) == b'{"event":"challenge","method":null,"parameter":null,"id":"1"}'
    )


def test_event_without_a_struct_is_passed_on_with_its_text():
    raw = '{"event":"podcastError","why":{"a":[1]},"id":"4"}'
    assert decode_event(raw) == UnknownEvent("podcastError", raw)


def test_field_without_a_name_here_breaks_nothing():
    assert decode_event('{"event":"done","messageId":"a","novelty":[{}],"id":"1"}') == events.Done(
        message_id="a", id="1"
    )


@pytest.mark.parametrize(
    ("raw", "path", "name"),
    [
        ('{"event":"appendText","text":7}', "$.text", "appendText"),
        ('{"event":"appendText","partId":"0"}', "$.text", "appendText"),
        ('{"event":"suggestedFollowups","suggestions":["a",3]}', "$.suggestions[1]", "suggestedFollowups"),
        ('{"event":"chatMessageError","errorDetail":{"type":1}}', "$.errorDetail.type", "chatMessageError"),
        ('{"text":"no event"}', "$.event", ""),
        ('{"event":5}', "$.event", ""),
        ("[1,2]", "$.event", ""),
        ("not json", "$", ""),
        ('{"event":"done"}{"event":"done"}', "$", ""),
        (b"\xff\xfe", "$", ""),
        ("", "$", ""),
    ],
)
def test_wrong_shape_names_its_path(raw, path, name):
    with pytest.raises(MalformedEventError) as caught:
        decode_event(raw)
    assert (caught.value.path, caught.value.event) == (path, name)


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_decoding_raises_nothing_else(raw):
    try:
        decode_event(raw)
    except MalformedEventError:
        pass


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@given(
    st.sampled_from(["appendText", "imageGenerated", "suggestedFollowups", "challenge", "error", "novel"]),
    st.dictionaries(st.sampled_from(["text", "url", "suggestions", "method", "errorCode", "id", "x"]), JSON),
)
def test_any_fields_decode_or_are_named_malformed(name, fields):
    raw = json.dumps({"event": name, **fields})
    try:
        event = decode_event(raw)
    except MalformedEventError as error:
        assert error.event in {name, ""}  # either way is fine, and says so
    else:
        assert isinstance(event, UnknownEvent) == (name == "novel")


def har_messages(path):
    for entry in json.loads(path.read_text())["log"]["entries"]:
        for message in entry.get("_webSocketMessages") or []:
            if message["type"] == "receive" and message["opcode"] == 1:
                yield message["data"]


@pytest.mark.parametrize("path", HARS, ids=lambda path: path.name)
def test_frames_of_real_exports_decode_without_an_unknown_event(path):
    decoded = [decode_event(text) for text in har_messages(path)]
    assert not [event for event in decoded if isinstance(event, UnknownEvent)]
    assert bool(decoded) == ("no-ws" not in path.name)
