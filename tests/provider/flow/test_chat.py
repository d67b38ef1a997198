"""The flow, played step by step with literal JSON: what it sends to the service and which items it yields."""

import json
from dataclasses import replace

import pytest

from provider.attachments import Link, Upload
from provider.effects import (
    RECEIVE,
    CloseSocket,
    OpenSocket,
    Receive,
    SendText,
    StopRequestedError,
)
from provider.flow.state import ChatState
from provider.items import (
    Conversation,
    FinishReason,
    ImageResponse,
    SourceLink,
    Sources,
    SuggestedFollowups,
    TextReplaced,
    TitleGeneration,
)
from provider.transport.errors import DeadlineError, SocketEndedError
from provider.websocket import Ended
from tests.support.clients.copilot_dialogue import (
    BASE,
    BEFORE,
    DONE,
    HELLO,
    OPEN,
    OPTIONS,
    ORIGIN,
    SILENT_END,
    SOCKET,
    STARTED,
    SUGGESTIONS,
    TITLE,
    USER,
    WS,
    afterwards,
    asks,
    lingers,
    ok,
    request,
    run,
    says,
    service,
)
from tests.support.clients.written_dialogue import Raises


def test_captured_turn_of_2025_is_spoken_step_by_step():
    items = run([*BEFORE, *STARTED, *HELLO, *DONE, *afterwards(TITLE, SUGGESTIONS)], announce=True)
    assert items == [
        Conversation("dRUXwuM545tff65JPZ3rn"),
        "Hel",
        FinishReason("stop"),
        TitleGeneration("Greeting"),
        SuggestedFollowups(("A?", "B?")),
    ]


def test_turn_of_october_2025_opens_with_start_and_names_no_session():
    where = service("2025-10", token="token")
    signed = (*ORIGIN, ("authorization", "Bearer token"))
    start = (
        b'{"timeZone":"UTC","startNewConversation":true,"teenSupportEnabled":true,'
        b'"correctPersonalizationSetting":true,"performUserMerge":true,"deferredDataUseCapable":true}'
    )
    dialogue = [
        (request("GET", f"{BASE}/c/api/user?api-version=2", signed), ok({"firstName": "Ada"})),
        (
            request("POST", f"{BASE}/c/api/start", (*signed, ("content-type", "application/json")), start),
            ok({"currentConversationId": "dRUXwuM545tff65JPZ3rn"}),
        ),
        (OpenSocket(f"{WS}&accessToken=token", (("origin", BASE),)), ()),
        (Receive(3.0), b'{"event":"connected","requestId":"r","id":"0"}'),
        (lambda send: json.loads(send.text)["supportedFeatures"] == ["partial-generated-images"], None),
        asks(),
        *HELLO,
        *DONE,
        *SILENT_END,
    ]
    assert run(dialogue, where=where) == ["Hel", FinishReason("stop")]


def test_turn_of_2026_waits_for_connected_and_carries_a_context():
    where = service("2026", token="tok/en", identity_type="google")
    signed = (*ORIGIN, ("authorization", "Bearer tok/en"), ("x-useridentitytype", "google"))
    url = f"{WS}&accessToken=tok%2Fen&X-UserIdentityType=google&clientSessionId=11111111-2222-4333-8444-555555555555"
    dialogue = [
        (request("GET", f"{BASE}/c/api/user?api-version=2", signed), ok({"firstName": "Ada"})),
        (lambda call: call.url == f"{BASE}/c/api/start", ok({"currentConversationId": "c26"})),
        (OpenSocket(url, (("origin", BASE),)), ()),
        (Receive(3.0), b'{"event":"connected","requestId":"r","id":"0"}'),
        (lambda send: json.loads(send.text)["event"] == "setOptions", None),
        (SendText('{"event":"reportLocalConsents","grantedConsents":[]}'), None),
        (
            SendText(
                '{"event":"send","conversationId":"c26","content":[{"type":"text","text":"hi"}],"mode":"smart",'
                '"context":{}}'
            ),
            None,
        ),
        *says('{"event":"connected","requestId":"r","id":"1"}'),
        *HELLO,
        *DONE,
        *SILENT_END,
    ]
    assert run(dialogue, mode="smart", where=where) == ["Hel", FinishReason("stop")]


def test_anonymous_caller_of_2026_gets_a_temporary_session():
    signed = (*ORIGIN, ("content-type", "application/json"))
    state = ChatState(conversation_id="c26")
    dialogue = [
        (request("POST", f"{BASE}/c/api/user/sessions/temporary", signed, b"{}"), ok({"sessionKey": "k"})),
        (lambda effect: effect.url.endswith("555555555555&temporarySessionKey=k"), ()),
        (Receive(3.0), None),
        (lambda send: "setOptions" in send.text, None),
        (lambda send: "reportLocalConsents" in send.text, None),
        (lambda send: '"event":"send"' in send.text, None),
        *HELLO,
        *DONE,
        *SILENT_END,
    ]
    assert run(dialogue, mode="smart", where=service("2026"), state=state)[-1] == FinishReason("stop")


def test_image_only_turn_succeeds():
    image = says(
        '{"event":"generatingImage","messageId":"a1","partId":"p","prompt":"a cat"}',
        '{"event":"imageGenerated","messageId":"a1","partId":"p","url":"/th/id/BCO.1.png","thumbnailUrl":"/th/t"}',
    )
    items = run([*BEFORE, *STARTED, *image, *DONE, *SILENT_END])
    assert items == [ImageResponse(f"{BASE}/th/id/BCO.1.png", "a cat", f"{BASE}/th/t"), FinishReason("stop")]


def test_replaced_text_says_what_it_was_and_what_the_answer_is():
    words = says(
        '{"event":"appendText","partId":"0","text":"Hel"}',
        '{"event":"appendText","partId":"1","text":" world"}',
        '{"event":"replaceText","partId":"0","text":"Hello"}',
    )
    items = run([*BEFORE, *words, *DONE, *SILENT_END])
    assert items[2] == TextReplaced("Hello", "Hel", "Hello world")


def test_sources_are_handed_over_where_cited_and_once_at_the_end():
    cite = '{"event":"citation","messageId":"a1","title":"T","url":"https://e.example/1"}'
    items = run([*BEFORE, *HELLO, *says(cite, cite), *DONE, *SILENT_END])
    link = SourceLink("https://e.example/1", "T")
    assert items == ["Hel", link, Sources((link,)), FinishReason("stop")]


def test_json_ping_is_answered_with_its_id():
    dialogue = [
        *BEFORE,
        *says('{"event":"ping","id":"5"}'),
        (SendText('{"event":"pong","id":"5"}'), None),
        *HELLO,
        *DONE,
    ]
    assert run([*dialogue, *SILENT_END])[0] == "Hel"


def test_media_go_before_the_text():
    picture = Upload(b"\x89PNG\r\n\x1a\n..", "image/png", "cat.png")
    dialogue = [
        USER,
        OPEN,
        (
            request("POST", f"{BASE}/c/api/attachments", (*ORIGIN, ("content-type", "image/png")), picture.data),
            ok({"id": "a", "url": "/attachments/a.png"}),
        ),
        SOCKET,
        OPTIONS,
        (
            SendText(
                '{"event":"send","conversationId":"dRUXwuM545tff65JPZ3rn","content":[{"type":"image","url":'
                '"/attachments/a.png"},{"type":"image","url":"https://x/y.png"},{"type":"text","text":"hi"}],"mode":"chat"}'
            ),
            None,
        ),
        *HELLO,
        *DONE,
        *SILENT_END,
    ]
    assert run(dialogue, media=(picture, Link("https://x/y.png")))[0] == "Hel"


def test_follow_up_uses_the_open_socket():
    state = ChatState()
    run([*BEFORE, *HELLO, *DONE, *afterwards(TITLE, SUGGESTIONS)], state=state)
    reuse = (Receive(0.0), None)
    assert run([reuse, asks("more"), *HELLO, *DONE, *SILENT_END], text="more", state=state)[0] == "Hel"


def test_follow_up_opens_a_new_socket_where_the_kept_one_was_closed_meanwhile():
    state = ChatState()
    run([*BEFORE, *HELLO, *DONE, *afterwards(TITLE, SUGGESTIONS)], state=state)
    closed = (Receive(0.0), Raises(SocketEndedError(Ended("close", 1000))))
    dialogue = [closed, SOCKET, OPTIONS, asks("more"), *HELLO, *DONE, *SILENT_END]
    assert run(dialogue, text="more", state=state)[0] == "Hel"


def test_title_is_not_waited_for_in_a_continued_conversation():
    state = ChatState(conversation_id="dRUXwuM545tff65JPZ3rn", first_turn=False)
    dialogue = [USER, SOCKET, OPTIONS, asks(), *HELLO, *DONE, *afterwards(SUGGESTIONS)]
    assert run(dialogue, state=state)[-1] == SuggestedFollowups(("A?", "B?"))


def test_what_is_broken_after_the_answer_does_not_fail_it():
    dialogue = [*BEFORE, *HELLO, *DONE, *afterwards("not json", TITLE), (lingers, Raises(DeadlineError("late")))]
    assert run(dialogue)[-1] == TitleGeneration("Greeting")


@pytest.mark.parametrize("name", ["appendSuggestion", "appendTextSuggestion"])
def test_suggestions_that_come_in_pieces_are_handed_over_together(name):
    pieces = [("s1", "Tell "), ("s1", "me"), ("s2", "Why?")]
    told = [
        '{"event":"startSuggestion","messageId":"a1","suggestionId":"s1","id":"10"}',
        *(f'{{"event":"{name}","messageId":"a1","suggestionId":"{of}","text":"{text}"}}' for of, text in pieces),
        '{"event":"suggestionCompleted","messageId":"a1","suggestionId":"s1","id":"14"}',
    ]
    items = run([*BEFORE, *HELLO, *DONE, *afterwards(*told, None)])
    assert items[-2:] == [FinishReason("stop"), SuggestedFollowups(("Tell me", "Why?"))]


def test_stop_tells_the_service_and_ends_the_turn():
    stop = (RECEIVE, Raises(StopRequestedError()))
    goodbye = [(SendText('{"event":"stop","conversationId":"dRUXwuM545tff65JPZ3rn"}'), None), (CloseSocket(), None)]
    assert run([*BEFORE, *HELLO, stop, *goodbye]) == ["Hel", FinishReason("stopped")]


def test_origin_has_no_default_port_as_in_a_browser():
    where = replace(service(), base_url="https://host:443", websocket_url="wss://host/c/api/chat")
    origin = (("origin", "https://host"), ("referer", "https://host/"))
    asked = (request("GET", "https://host:443/c/api/user", origin), ok({"firstName": None}))
    opened = (lambda effect: effect.headers[0] == ("origin", "https://host"), OPEN[1])
    run(
        [asked, opened, (OpenSocket("wss://host/c/api/chat", origin[:1]), ()), *BEFORE[3:], *HELLO, *DONE, *SILENT_END],
        where=where,
    )
