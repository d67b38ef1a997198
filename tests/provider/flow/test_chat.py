"""The flow, played step by step with literal JSON: what it sends to the service and what it hands to the caller."""

import json
from dataclasses import replace

import pytest

from provider.challenges import ChallengeAsked
from provider.credentials import Credentials
from provider.effects import RECEIVE, Call, CloseSocket, OpenSocket, Receive, Renew, Send, Solve, StopRequestedError
from provider.errors import (
    ChallengeRequiredError,
    CloudflareError,
    ConnectionClosedError,
    MalformedEventError,
    MissingAuthError,
    RateLimitError,
    RegionError,
    ResponseError,
    ResponseStatusError,
)
from provider.errors import TimeoutError as CopilotTimeoutError
from provider.flow.chat import chat
from provider.flow.state import ChatState, Message, Service
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
from provider.media import Link, Upload
from provider.transport.errors import DeadlineError, SocketEndedError, UpgradeRefusedError
from provider.transport.types import Response
from provider.websocket import Ended
from provider.wire.generations import GENERATIONS
from tests.support.clients.written_dialogue import Raises, play

BASE = "http://127.0.0.1:9"
WS = "ws://127.0.0.1:9/c/api/chat?api-version=2"
ORIGIN = (("origin", BASE), ("referer", f"{BASE}/"))
OPTIONS_2025 = (
    '{"event":"setOptions","supportedCards":["weather","local","image","sports","video","ads","finance"],'
    '"ads":{"supportedTypes":["multimedia","product","tourActivity","propertyPromotion","text"]}}'
)


def service(generation="2025-03", **credentials):
    return Service(
        generation=GENERATIONS[generation],
        base_url=BASE,
        websocket_url=WS,
        conversation_url=f"{BASE}/c/api/conversations",
        credentials=Credentials(**credentials),
        client_session_id="11111111-2222-4333-8444-555555555555",
    )


def ok(body):
    return Response(status=200, headers=(("content-type", "application/json"),), body=json.dumps(body).encode())


USER = (Call("GET", f"{BASE}/c/api/user", ORIGIN), ok({"firstName": None}))
OPEN = (
    Call("POST", f"{BASE}/c/api/conversations", (*ORIGIN, ("content-type", "application/json")), b"{}"),
    ok({"id": "dRUXwuM545tff65JPZ3rn"}),
)
SOCKET = (OpenSocket(WS, (("origin", BASE),)), ())
OPTIONS = (Send(OPTIONS_2025), None)


def asks(text="hi", mode="chat"):
    return (
        Send(
            '{"event":"send","conversationId":"dRUXwuM545tff65JPZ3rn","content":[{"type":"text","text":"'
            + text
            + '"}],"mode":"'
            + mode
            + '"}'
        ),
        None,
    )


def says(*texts):
    return [(RECEIVE, text.encode()) for text in texts]


def afterwards(*texts):
    return [(Receive(1.0), None if text is None else text.encode()) for text in texts]


STARTED = says(
    '{"event":"received","conversationId":"dRUX","messageId":"u1","id":"0"}',
    '{"event":"startMessage","conversationId":"dRUX","messageId":"a1","id":"1"}',
)
HELLO = says('{"event":"appendText","messageId":"a1","partId":"0","text":"Hel","id":"2"}')
DONE = says('{"event":"done","messageId":"a1","id":"9"}')
SILENT_END = afterwards(None)
TITLE = '{"event":"titleUpdate","conversationId":"dRUX","title":"Greeting","id":"10"}'
SUGGESTIONS = '{"event":"suggestedFollowups","messageId":"a1","suggestions":["A?","B?"],"id":"11"}'
BEFORE = [USER, OPEN, SOCKET, OPTIONS, asks()]


def run(dialogue, *, text="hi", mode="chat", media=(), state=None, where=None, announce=False):
    message = Message(text=text, mode=mode, media=media, announce_conversation=announce)
    return play(chat(where or service(), state or ChatState(), message), dialogue)


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
        (Call("GET", f"{BASE}/c/api/user?api-version=2", signed), ok({"firstName": "Ada"})),
        (
            Call("POST", f"{BASE}/c/api/start", (*signed, ("content-type", "application/json")), start),
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
        (Call("GET", f"{BASE}/c/api/user?api-version=2", signed), ok({"firstName": "Ada"})),
        (lambda call: call.url == f"{BASE}/c/api/start", ok({"currentConversationId": "c26"})),
        (OpenSocket(url, (("origin", BASE),)), ()),
        (Receive(3.0), b'{"event":"connected","requestId":"r","id":"0"}'),
        (lambda send: json.loads(send.text)["event"] == "setOptions", None),
        (Send('{"event":"reportLocalConsents","grantedConsents":[]}'), None),
        (
            Send(
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
        (Call("POST", f"{BASE}/c/api/user/sessions/temporary", signed, b"{}"), ok({"sessionKey": "k"})),
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
    dialogue = [*BEFORE, *says('{"event":"ping","id":"5"}'), (Send('{"event":"pong","id":"5"}'), None), *HELLO, *DONE]
    assert run([*dialogue, *SILENT_END])[0] == "Hel"


def test_media_go_before_the_text():
    picture = Upload(b"\x89PNG\r\n\x1a\n..", "image/png", "cat.png")
    dialogue = [
        USER,
        OPEN,
        (
            Call("POST", f"{BASE}/c/api/attachments", (*ORIGIN, ("content-type", "image/png")), picture.data),
            ok({"id": "a", "url": "/attachments/a.png"}),
        ),
        SOCKET,
        OPTIONS,
        (
            Send(
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
    dialogue = [*BEFORE, *HELLO, *DONE, *afterwards("not json", TITLE), (Receive(1.0), Raises(DeadlineError("late")))]
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
    goodbye = [(Send('{"event":"stop","conversationId":"dRUXwuM545tff65JPZ3rn"}'), None), (CloseSocket(), None)]
    assert run([*BEFORE, *HELLO, stop, *goodbye]) == ["Hel", FinishReason("stopped")]


FAILING_EVENTS = [
    ('{"event":"error","errorCode":"text-too-long","id":"1"}', ResponseError, "code", "text-too-long"),
    ('{"event":"error","errorCode":"too-many-messages"}', RateLimitError, "code", "too-many-messages"),
    (
        '{"event":"chatMessageError","errorCode":"throttled","errorDetail":{"nextAvailableAt":"2026-01-01T00:00:00Z"}}',
        RateLimitError,
        "retry_at",
        "2026-01-01T00:00:00Z",
    ),
    ('{"event":"challenge","method":null,"parameter":null,"id":"1"}', ChallengeRequiredError, "method", None),
    ('{"event":"challenge","method":"hashcash","parameter":"9f:4"}', ChallengeRequiredError, "method", "hashcash"),
    ('{"event":"appendText","text":5}', MalformedEventError, "path", "$.text"),
]


@pytest.mark.parametrize(("text", "kind", "attribute", "value"), FAILING_EVENTS)
def test_event_that_fails_the_turn_is_a_typed_error_with_the_text_so_far(text, kind, attribute, value):
    with pytest.raises(kind) as caught:
        run([*BEFORE, *HELLO, *says(text)])
    assert getattr(caught.value, attribute) == value
    assert caught.value.partial == "Hel"


def test_error_events_are_runtime_errors_too():
    with pytest.raises(RuntimeError):
        run([*BEFORE, *says('{"event":"error","errorCode":"invalid-event"}')])


def test_empty_turn_is_an_invalid_answer():
    with pytest.raises(ResponseError, match="without an answer"):
        run([*BEFORE, *STARTED, *DONE])


@pytest.mark.parametrize(
    ("ended", "how", "code"),
    [(Ended("close", 1011, "oops"), "close", 1011), (Ended("eof"), "eof", None), (Ended("reset"), "reset", None)],
)
def test_cut_turn_raises_with_what_was_received(ended, how, code):
    with pytest.raises(ConnectionClosedError) as caught:
        run([*BEFORE, *HELLO, (RECEIVE, Raises(SocketEndedError(ended)))])
    error = caught.value
    assert (error.how, error.close_code, error.partial) == (how, code, "Hel")
    assert isinstance(error.__cause__, SocketEndedError)


def test_passed_deadline_is_the_builtin_timeout_too():
    with pytest.raises(TimeoutError) as caught:
        run([*BEFORE, (RECEIVE, Raises(DeadlineError("silent")))])
    assert isinstance(caught.value, CopilotTimeoutError)
    assert caught.value.step == "receive"


NOBODY_ELSE = (lambda effect: isinstance(effect, Renew), None)

PAGE = (("content-type", "text/html; charset=utf-8"),)
STATUSES = [
    (Response(status=401), MissingAuthError),
    (Response(status=403, headers=PAGE, body=b"<!DOCTYPE html><title>Just a moment...</title>"), CloudflareError),
    (Response(status=403, headers=(("cf-mitigated", "challenge"),)), CloudflareError),
    (Response(status=403, body=b'{"error":"no"}'), ResponseStatusError),
    (Response(status=200, headers=PAGE, body=b"<html>/cdn-cgi/challenge-platform/</html>"), CloudflareError),
    (Response(status=200, headers=PAGE, body=b"<html>hello</html>"), ResponseError),
    (Response(status=200, body=b"gibberish"), ResponseError),
    (Response(status=429), RateLimitError),
    (Response(status=302, headers=(("location", "/"),)), RegionError),
    (Response(status=440), RegionError),
    (Response(status=451), RegionError),
    (Response(status=502), ResponseStatusError),
    (Response(status=500), ResponseStatusError),
]


@pytest.mark.parametrize(("response", "kind"), STATUSES, ids=lambda value: str(value)[:40])
def test_status_on_rest_is_a_typed_error_that_names_the_step(response, kind):
    nobody = [NOBODY_ELSE] if kind is MissingAuthError else []
    with pytest.raises(kind) as caught:
        run([(USER[0], response), *nobody])
    assert type(caught.value) is kind
    assert caught.value.step == "GET /c/api/user"


def test_retry_after_is_read():
    with pytest.raises(RateLimitError) as caught:
        run([(USER[0], Response(status=429, headers=(("retry-after", "7"),)))])
    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize(
    ("status", "kind"), [(401, MissingAuthError), (429, RateLimitError), (460, RegionError), (503, ResponseStatusError)]
)
def test_refused_upgrade_is_the_same_error_as_on_rest(status, kind):
    nobody = [NOBODY_ELSE] if status == 401 else []
    with pytest.raises(kind) as caught:
        run([USER, OPEN, (SOCKET[0], Raises(UpgradeRefusedError(status))), *nobody])
    assert caught.value.step == "GET /c/api/chat (upgrade)"


# -------------------------------------------------------------------- other credentials
OLD = Credentials(token="old", source="a.har")
NEW = Credentials(token="new", source="a.har")
REFUSED = Response(status=401)


def signed(token, *more):
    return (*ORIGIN, ("authorization", f"Bearer {token}"), *more)


def user(token, answer):
    return (Call("GET", f"{BASE}/c/api/user", signed(token)), answer)


def opened(token):
    headers = signed(token, ("content-type", "application/json"))
    return (Call("POST", f"{BASE}/c/api/conversations", headers, b"{}"), ok({"id": "dRUXwuM545tff65JPZ3rn"}))


def socket(token, answer=()):
    return (OpenSocket(f"{WS}&accessToken={token}", (("origin", BASE),)), answer)


def known(**fields):
    return service(token="old", source="a.har", **fields)


def test_refused_step_is_taken_once_more_with_other_credentials():
    dialogue = [user("old", REFUSED), (Renew(OLD), NEW), user("new", ok({})), opened("new"), socket("new"), OPTIONS]
    items = run([*dialogue, asks(), *HELLO, *DONE, *SILENT_END], where=known())
    assert items == ["Hel", FinishReason("stop")]


def test_refused_upgrade_is_tried_once_more_with_other_credentials():
    refused = socket("old", Raises(UpgradeRefusedError(401)))
    dialogue = [user("old", ok({})), opened("old"), refused, (Renew(OLD), NEW), socket("new"), OPTIONS, asks()]
    assert run([*dialogue, *HELLO, *DONE, *SILENT_END], where=known())[-1] == FinishReason("stop")


def test_other_credentials_that_are_refused_too_are_the_end_and_their_source_is_named():
    with pytest.raises(MissingAuthError, match=r"came from: a\.har") as caught:
        run([user("old", REFUSED), (Renew(OLD), NEW), user("new", REFUSED)], where=known())
    assert caught.value.source == "a.har"


def test_credentials_are_renewed_once_in_a_turn():
    refused = socket("new", Raises(UpgradeRefusedError(401)))
    dialogue = [user("old", REFUSED), (Renew(OLD), NEW), user("new", ok({})), opened("new"), refused]
    with pytest.raises(MissingAuthError):
        run(dialogue, where=known())


def test_renewed_credentials_are_those_of_the_next_turn():
    state = ChatState()
    before = [
        user("old", REFUSED),
        (Renew(OLD), NEW),
        user("new", ok({})),
        opened("new"),
        socket("new"),
        OPTIONS,
        asks(),
    ]
    run([*before, *HELLO, *DONE, *SILENT_END], where=known(), state=state)
    state.socket_open = False
    again = [socket("new"), OPTIONS, asks(), *HELLO, *DONE, *SILENT_END]
    assert run(again, where=known(), state=state) == ["Hel", FinishReason("stop")]


def test_credentials_with_an_end_are_renewed_before_anything_is_sent():
    ending = Credentials(token="old", source="a.har", expires_at=5.0)
    dialogue = [(Renew(ending, before=120.0), NEW), user("new", ok({})), opened("new"), socket("new"), OPTIONS, asks()]
    assert run([*dialogue, *HELLO, *DONE, *SILENT_END], where=known(expires_at=5.0))[0] == "Hel"


def test_message_that_was_sent_is_never_sent_again_for_other_credentials():
    gone = SocketEndedError(Ended("close", 1008, "token expired"))
    with pytest.raises(ConnectionClosedError):
        run([*BEFORE, (RECEIVE, Raises(gone))])


# -------------------------------------------------------------------- challenges that are answered
def answering():
    return replace(service(), answers_challenges=True)


HASHCASH = '{"event":"challenge","method":"hashcash","parameter":"9f3c:4","id":"0.0001"}'


def proof(token="11"):
    said = f'{{"event":"challengeResponse","token":"{token}","method":"hashcash","id":"0.0001"}}'
    return (Send(said), None)


def test_answered_challenge_is_followed_by_the_same_message():
    solved = (Solve(ChallengeAsked("hashcash", "9f3c:4")), "11")
    dialogue = [*BEFORE, *says(HASHCASH), solved, proof(), asks(), *HELLO, *DONE, *SILENT_END]
    assert run(dialogue, where=answering()) == ["Hel", FinishReason("stop")]


def test_challenge_that_nobody_answers_is_an_error():
    with pytest.raises(ChallengeRequiredError) as caught:
        run([*BEFORE, *says(HASHCASH), (Solve(ChallengeAsked("hashcash", "9f3c:4")), None)], where=answering())
    assert caught.value.method == "hashcash"


def test_challenges_without_end_are_an_error():
    round_trip = [*says(HASHCASH), (lambda effect: isinstance(effect, Solve), "11"), proof(), asks()]
    with pytest.raises(ChallengeRequiredError):
        run([*BEFORE, *round_trip * 3, *says(HASHCASH)], where=answering())


def test_challenge_is_an_error_at_once_where_it_is_not_switched_on():
    with pytest.raises(ChallengeRequiredError, match="answer_challenges=True"):
        run([*BEFORE, *says(HASHCASH)])
