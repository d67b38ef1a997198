"""What is played to learn which bytes the fake sends: every scenario, and every REST endpoint, in each generation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from provider.wire.challenges import solve_copilot, solve_hashcash
from tests.support.digests.tapped_wire import Chat, Tap, UnexpectedError

Play = Callable[[Tap, str], None]
"""Played by one caller, to a fake of one generation."""

PROMPTS = (
    "Hello",
    "Нарисуй котика 🐈",
    "Write Hello World in Rust",
    "/big 80",
    "/challenge null",
    "/challenge none-key",
    "/challenge cloudflare",
    "/challenge hashcash",
    "/challenge copilot",
    "/close 4001 good bye",
    "/cloudflare",
    "/cut 3",
    "/early-suggestions",
    "/empty",
    "/error too-many-messages",
    "/expire",
    "/fragments 4",
    "/image a cat",
    "/image-cut a cat",
    "/image-fail a cat",
    "/image-large a cat",
    "/image-only a cat",
    "/late-error",
    "/long 50",
    "/malformed",
    "/notjson",
    "/parts 3",
    "/ping",
    "/received-only",
    "/refuse 401",
    "/refuse 413 user",
    "/refuse 414 user",
    "/refuse 416 user",
    "/refuse 422 user",
    "/refuse 429 user",
    "/refuse 460 user",
    "/refuse html history",
    "/refuse rate-page history",
    "/refuse redirect history",
    "/refuse notjson history",
    "/refuse drop history",
    "/refuse reset history",
    "/region",
    "/replace",
    "/reset 2",
    "/search rivers",
    "/silent",
    "/slow",
    "/stall 2",
    "/suggest",
    "/teapot",
    "/think rivers",
    "/throttle 90",
    "/title Rivers",
    "/two-in-one",
    "/unknown",
)
_LAST_SEEN = {"/silent": None, "/received-only": b'{"event":"received"', "/stall 2": b'"text":"chunk1 "'}
"""Of turns that never end: what the last message begins with, or holds."""
_ENDS = frozenset({"done", "error", "chatMessageError"})
_SET_OPTIONS = '{"event":"setOptions","supportedFeatures":["partial-generated-images"],"supportedCards":["image"]}'
_ANSWERS: dict[str | None, Callable[[str], str]] = {"hashcash": solve_hashcash, "copilot": solve_copilot}
_PICTURE = re.compile(rb'"(/th/id/[^"]+|http://localhost/(?:th/id|attachments)/[^"]+)"')


# ---------------------------------------------------------------- sockets
def play_prompt(prompt: str, tap: Tap, _: str) -> None:
    """A signed-in caller: the prompt's turn, another one on a socket of its own, and what is remembered of it."""
    tap.headers = {"authorization": f"Bearer token-for-{prompt.encode().hex()}"}
    conversation = tap.call("POST", "/c/api/conversations").json()["id"]
    converse(tap, conversation, prompt)
    tap.call("GET", "/c/api/user")
    converse(tap, conversation, "And now?")
    history = f"/c/api/conversations/{conversation}/history"
    tap.call("GET", history)
    tap.call("GET", history)
    tap.call("GET", "/c/api/conversations")
    for picture in _pictures(tap):
        tap.call("GET", picture)


def _pictures(tap: Tap) -> list[str]:
    """The targets of all pictures that were told of."""
    found = [url for part in tap.parts if part.label.startswith("socket") for url in _PICTURE.findall(part.heard)]
    return list(dict.fromkeys(url.decode().removeprefix("http://localhost") for url in found))


def converse(tap: Tap, conversation: str, prompt: str, query: str = "", parts: tuple[Any, ...] = ()) -> None:
    """One turn on a socket of its own; nothing if the socket is refused."""
    target = f"/c/api/chat?api-version=2&clientSessionId=6f1d4a52-0a3e-4c1b-9d57-3b8f2f0f1f00{query}"
    content = [*parts, {"type": "text", "text": prompt}]
    message = json.dumps({"event": "send", "conversationId": conversation, "content": content, "mode": "chat"})
    with tap.upgrade(target) as chat:
        if chat.open:
            chat.say(_SET_OPTIONS)
            chat.say(message)
            _listen(chat, message, prompt)


def _listen(chat: Chat, message: str, prompt: str) -> None:
    """Hear the turn out, then ask for a pong: nothing can be behind it."""
    for heard in _messages_of(chat, prompt):
        if heard.startswith(b'{"event":"challenge"'):
            chat.say(_answer_to(json.loads(heard)))
            chat.say(message)
    if chat.open:
        chat.say('{"event":"ping"}')
    while chat.open and "pong" not in chat.names:
        chat.hear()


def _messages_of(chat: Chat, prompt: str) -> Iterator[bytes]:
    last_seen = _LAST_SEEN.get(prompt, b"")
    if last_seen is None:
        return
    while (heard := chat.hear()) is not None:
        yield heard
        if chat.names[-1] in _ENDS or (last_seen and last_seen in heard):
            return


def _answer_to(challenge: dict[str, Any]) -> str:
    method = challenge.get("method")
    solve = _ANSWERS.get(method)
    token = solve(challenge["parameter"]) if solve else "a-token-of-a-human"
    return json.dumps({"event": "challengeResponse", "token": token, "method": method if solve else "cloudflare"})


# ---------------------------------------------------------------- REST
_PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 20
_DOCUMENT = (
    b'--edge\r\ncontent-disposition: form-data; name="file"; filename="notes.txt"\r\ncontent-type: text/plain\r\n\r\n'
    b"Notes.\r\n--edge--\r\n"
)
_FORM = "multipart/form-data; boundary=edge"
_UPLOADS = (
    (_PNG, "image/png"),
    (b"\xff\xd8\xff\xe0 photo", "image/jpeg"),
    (b"RIFF0000WEBP", "image/webp"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"Notes.", "text/plain; charset=utf-8"),
    (_DOCUMENT, _FORM),
    (_DOCUMENT.replace(b'"file"', b'"other"'), _FORM),
    (_DOCUMENT[:40], _FORM),
    (_PNG, "application/octet-stream"),
    (b"x" * 70_000, "image/png"),
)
_ONE = "/c/api/conversations/{conversation}"
_OTHERS = (
    ("GET", "/"),
    ("GET", "/.wiretape"),
    ("HEAD", "/.wiretape"),
    ("GET", "/.wiretape/sign-in"),
    ("POST", "/.wiretape/sign-in?account=ada&shape=encrypted"),
    ("POST", "/.wiretape/sign-in?shape=auth0&after=2"),
    ("POST", "/.wiretape/sign-in?shape=round"),
    ("DELETE", "/.wiretape/sign-in"),
    ("GET", "/.wiretape/pages/none"),
    ("GET", "/c/api/user"),
    ("GET", "/c/api/user?api-version=2"),
    ("GET", "/c/api/user/settings"),
    ("GET", "/c/api/config?api-version=2"),
    ("POST", "/c/api/start"),
    ("POST", "/c/api/user/sessions/temporary"),
    ("POST", "/cl/eus-sc/collect"),
    ("GET", "/c/api/conversations?types=chat"),
    ("GET", "/c/api/conversations?types=page"),
    ("GET", "/c/api/conversations?next=nothing"),
    ("GET", _ONE + "/history"),
    ("GET", _ONE + "/history?api-version=2"),
    ("POST", _ONE + "/shares"),
    ("GET", "/c/api/conversations/shares/{share}"),
    ("GET", "/c/api/shares/{share}"),
    ("GET", "/c/api/conversations/shares/none"),
    ("GET", _ONE + "/autosuggest?query=a"),
    ("GET", "/c/api/conversations/search/status"),
    ("GET", "/c/api/activation/homepage"),
    ("GET", "/c/api/messages/none"),
    ("POST", "/c/api/react"),
    ("POST", "/c/api/feedback"),
    ("POST", "/c/api/shares/{share}/continue"),
    ("GET", "/c/api/join/none"),
    ("GET", "/attachments/none.png"),
    ("GET", "/th/id/BCO.00000000-0000-4000-8000-000000000000.png"),
    ("GET", "/c/api/nowhere"),
    ("PUT", "/c/api/user"),
    ("OPTIONS", "/c/api/conversations"),
    ("DELETE", _ONE),
    ("DELETE", _ONE),
    ("GET", _ONE + "/history"),
    ("GET", "/c/api/conversations"),
)
"""Asked one after the other by a caller who has had a conversation."""


def play_rest(tap: Tap, _: str) -> None:
    """A signed-in caller asks everything that can be asked."""
    tap.headers = {"authorization": "Bearer token-for-rest"}
    conversation = tap.call("POST", "/c/api/conversations", b"{}", content_type="application/json").json()["id"]
    converse(tap, conversation, "Remember this.")
    names = {"conversation": conversation, "share": "none"}
    for method, target in _OTHERS:
        answer = tap.call(method, target.format(**names))
        if target.endswith("}/shares"):
            names["share"] = answer.json()["id"]
    tap.call("POST", "/.wiretape/expire", b'{"token":"token-for-rest"}')
    tap.call("GET", "/c/api/user")


def play_uploads(tap: Tap, _: str) -> None:
    """Every kind of upload, taken or refused; what was taken is looked at, and sent in a message."""
    tap.headers = {"authorization": "Bearer token-for-uploads"}
    conversation = tap.call("POST", "/c/api/conversations").json()["id"]
    for body, content_type in _UPLOADS:
        uploaded = tap.call("POST", "/c/api/attachments", body, content_type=content_type).json()
        part = {"type": "image", "url": uploaded["url"]} if uploaded.get("url") else None
        part = part or ({"type": "document", "attachmentId": uploaded["id"]} if "id" in uploaded else None)
        if part is not None:
            converse(tap, conversation, "What is this?", parts=(part,))
        if uploaded.get("url"):
            tap.call("GET", uploaded["url"].removeprefix("http://localhost"))


def play_foreign_page(tap: Tap, _: str) -> None:
    """A page of the service's own origin asks, as a browser lets it."""
    tap.headers = {"authorization": "Bearer token-for-page", "origin": "https://copilot.microsoft.com"}
    tap.call("GET", "/c/api/user")
    asked = {"access_control_request_method": "POST", "access_control_request_headers": "authorization, x-other"}
    tap.call("OPTIONS", "/c/api/conversations", **asked)
    tap.headers["origin"] = "https://stranger.test"
    tap.call("GET", "/c/api/user")


def play_refused(tap: Tap, _: str) -> None:
    """A token that is not taken."""
    tap.headers = {"authorization": "Bearer expired-token"}
    tap.call("GET", "/c/api/user")
    tap.call("POST", "/c/api/conversations")
    converse(tap, "none", "Hello")


def play_anonymous(tap: Tap, generation: str) -> None:
    """A newcomer. There may be but one at a time: who has shown nothing yet cannot be told from another."""
    opened = tap.call("GET", "/") if generation == "2025-03" else tap.call("POST", "/c/api/start")
    tap.headers["cookie"] = opened.cookies()
    query = ""
    if generation == "2026":
        key = tap.call("POST", "/c/api/user/sessions/temporary", b"{}").json()["sessionKey"]
        query = f"&temporarySessionKey={key}"
    tap.call("GET", "/c/api/user")
    conversation = tap.call("POST", "/c/api/conversations").json()["id"]
    converse(tap, conversation, "Hello", query)
    tap.call("GET", f"/c/api/conversations/{conversation}/history")


def _garbage(tap: Tap, _: str) -> None:
    """Messages that are refused; each is waited for, so that no answer depends on when the next one came."""
    tap.headers = {"authorization": "Bearer token-for-garbage"}
    with tap.upgrade("/c/api/chat?api-version=2") as chat:
        for message in ("no JSON", "{}", '{"event":"nothing"}', '{"event":"challengeResponse","token":""}', _EMPTY):
            before = len(chat.names)
            chat.say(message)
            while chat.open and "error" not in chat.names[before:]:
                chat.hear()
            if not chat.open:
                raise UnexpectedError(f"the socket ended after {message}")


_EMPTY = '{"event":"send","conversationId":"c","content":[{"type":"text","text":""}],"mode":"chat"}'

PLAYS: dict[str, Play] = {
    **{prompt: partial(play_prompt, prompt) for prompt in PROMPTS},
    "(REST)": play_rest,
    "(uploads)": play_uploads,
    "(foreign page)": play_foreign_page,
    "(refused token)": play_refused,
    "(anonymous)": play_anonymous,
    "(garbage)": _garbage,
}
"""All plays by name. They share nothing, so they can be played in any order and at the same time."""
