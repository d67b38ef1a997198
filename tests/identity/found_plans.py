"""Plans that the property once failed on, as small as they get: each with a line that says what should happen."""

from __future__ import annotations

from tests.identity.plan import (
    Burst,
    Call,
    Channel,
    Endpoint,
    Feed,
    Field,
    Issued,
    Made,
    Plan,
    Secret,
    Task,
    Turn,
    Visit,
    Word,
)

_ORDER = Endpoint("json", "yes", ("short",), echoes=True)
_PLAIN = Endpoint("json", "yes")
_FLAKY = Endpoint("json", "yes", ("short",), flaky=True)
_JOB = Endpoint("json", "yes", ("short",), pending=2)
_GREETING = Channel("json", greets=True, echoes=True)
_ISSUING = Channel("json", issues=("short",))
_ID = Field("topic", Issued())
_SPICED = Field("item", Word("salt & pepper"))
_REF = Field("ref", Made("uuid", 3))


def _word(text: str) -> tuple[Field, ...]:
    return (Field("note", Word(text)),)


def numbered(post: int) -> tuple[Field, ...]:
    return (Field("number", Word(f"post-{post}")),)


def _ask(*fields: Field) -> Turn:
    return Turn("ask", fields)


def plan_of(*tasks: Task, endpoints=(_ORDER,), channels=(_GREETING,)) -> Plan:
    return Plan(tasks, endpoints, channels)


_CHAT = (Call(method="POST"), Visit(path=(Issued(),), turns=(_ask(_ID, *_word("hello")),)))
_NEW_CHAT = (
    Call(method="POST", body="json", fields=(_REF,)),
    Visit(turns=(_ask(_REF, _ID, *_word("hello")), _ask(Field("ref", Made("ulid", 4)), *_word("more")))),
)
_BEATING = Visit(turns=(_ask(*_word("a")), _ask(*_word("b"))), beats=True)

FOUND = {
    # All answers repeat a word of their request, and a message says it later: it names no client.
    "told to all alike, then said on different sockets": plan_of(
        *[
            (
                Call(method="POST"),
                Call(endpoint=1, query=(_SPICED, Field("item", Issued(0)))),
                Visit(turns=(_ask(_ID, _SPICED), _ask(*_word(word)))),
            )
            for word in ("a", "b", "a")
        ],
        endpoints=(_ORDER, Endpoint("xml", "yes", echoes=True)),
        channels=(Channel("xml", issues=("short",)),),
    ),
    # Two alike are interchangeable: what was issued on one socket may come on either of the next two.
    "issued on a socket, said on the next": plan_of(
        *[(Visit(turns=(_ask(),)), Call(), Visit(turns=(_ask(), _ask(_ID))))] * 4, channels=(_ISSUING,)
    ),
    # Which of two the client goes on with shows only in the end: what was issued stands for the other then.
    "issued alike, then used for different things": plan_of(
        *[(Call(method="POST"), Call(path=(Issued(),)), Call(path=(Issued(), Word(word)))) for word in ("a", "b", "c")]
    ),
    "issued alike, then said on different sockets": plan_of(
        *[(Call(method="POST"), Visit(turns=(_ask(_ID), _ask(*_word(word))))) for word in ("a", "b", "c")]
    ),
    "numbers issued alike, then used for different things": plan_of(
        *[(Call(), Call(path=(Issued(),), query=_word(word), endpoint=1)) for word in "abc"],
        endpoints=(Endpoint("json", "yes", ("number",)), _PLAIN),
    ),
    # Of equal calls chance decides which is the first: the id of any of them may be gone on with.
    "issued by the last of equal calls, used after the first": plan_of(
        *[(Call(), Call(path=(Issued(),), query=_word("a")), Call())] * 4
    ),
    # Greetings have ids, and tell nothing: the first message that differs decides.
    "greeted, then different": plan_of(*[(Visit(turns=(_ask(*_word(word)), _ask(_ID))),) for word in ("a", "b", "c")]),
    "greeted, then different after a while": plan_of(
        *[(Visit(turns=(_ask(), _ask(*_word(word)), _ask(_ID))),) for word in ("a", "b", "c")]
    ),
    "eight chats alike": plan_of(*[_CHAT] * 8),
    "eight chats, of each kind two": plan_of(
        *[(_CHAT[0], Visit(path=(Issued(),), turns=(_ask(_ID, *_word(word)),))) for word in "aabbccdd"]
    ),
    "three chats with ids of the client's": plan_of(*[_NEW_CHAT] * 3),
    # Messages of a client between which the service says nothing come in any order.
    "three messages in any order": plan_of((Visit(turns=(Burst(("news", "chat", "ticks")), _ask())),)),
    "three numbered messages in any order": plan_of(
        (Visit(turns=(Burst(("news", "chat", "ticks")), _ask())),), channels=(Channel("rpc"),)
    ),
    "messages in any order on sockets alike": plan_of(*[(Visit(turns=(Burst(("news", "chat")), _ask())),)] * 3),
    "two bursts on sockets alike": plan_of(
        *[(Visit(turns=(Burst(("news", "chat", "ticks")), Burst(("news", "chat")))),)] * 3,
        channels=(Channel("json"),),
    ),
    # A retry is the same request again: the answer to it, not the one to somebody else's first.
    "retries alike": plan_of(
        *[(Call(method="POST", query=(_REF,)), Call(path=(Issued(),), endpoint=1))] * 3, endpoints=(_FLAKY, _ORDER)
    ),
    "polls alike": plan_of(*[(Call(method="POST", query=(_REF,)),)] * 3, endpoints=(_JOB,)),
    # Equal requests are answered in the recorded order, each with its own values.
    "made twice alike": plan_of(
        (
            *tuple(Call(method="POST", body="json", fields=(Field("ref", Made("uuid", n)),)) for n in (1, 2)),
            Call(path=(Issued(1),)),
        )
    ),
    # One value everywhere, in all its spellings.
    "a time in three spellings": plan_of(
        tuple(
            Call(method="POST", body="json", fields=(Field("ref", Made(kind)),))
            for kind in ("time", "time_ms", "time_s")
        )
    ),
    # Heartbeats come as often as the timer says: never missing, never too many, and nobody waits for one.
    "heartbeats without answers": plan_of((_BEATING,), channels=(Channel("json"),)),
    "heartbeats with answers": plan_of((_BEATING,), channels=(Channel("json", pongs=True),)),
    "heartbeats in lines of text": plan_of((_BEATING,), channels=(Channel("line", pongs=True),)),
    "heartbeats in binary": plan_of((_BEATING,), channels=(Channel("binary", pongs=True),)),
    "heartbeats on sockets alike": plan_of(*[(_BEATING,)] * 3, channels=(Channel("json", pongs=True),)),
    # What is pushed in answer to a post waits for the post, by whatever way it comes; and feeds alike do not mix.
    "pushed by events": plan_of((Feed("sse", (_word("a"), _word("b"))),)),
    "pushed on a socket": plan_of((Feed("socket", (_word("a"), _word("b"))),)),
    "pushed to long polls": plan_of((Feed("poll", (_word("a"), _word("b"))),)),
    "pushed by events, to three at once": plan_of(*[(Feed("sse", (_word("a"), _word("b"))),)] * 3),
    "pushed on sockets, to three at once": plan_of(*[(Feed("socket", (_word(word), _word("b"))),) for word in "acd"]),
    "pushed with ids of the client's": plan_of((Feed("sse", ((_REF,), (Field("ref", Made("uuid", 4)),))),)),
    # A value that the client makes is said back from wherever it was said.
    "an id in a header, echoed in a body": plan_of((Call(headers=(Field("x-trace", Made("uuid")),)), Call())),
    # Packed bodies are compared by what is in them: each packing has its own time in its head.
    "a packed body": plan_of((Call(method="POST", body="json", fields=_word("a"), packed=True),)),
    # Answers to heartbeats tell sockets alike apart as little as heartbeats do, and no wait is renewed by them.
    "heartbeats with answers, then different": plan_of(
        *[(Visit(turns=(_ask(), _ask(*_word(word))), beats=True),) for word in "aab"],
        channels=(Channel("json", greets=True, pongs=True),),
    ),
    "heartbeats with answers, then different and left": plan_of(
        *[(Visit(turns=(_ask(), _ask(), _ask(_ID, *_word(word))), quits=True, beats=True),) for word in "aab"],
        channels=(Channel("json", greets=True, pongs=True),),
    ),
    # A placeholder stands for one value of this session, wherever it is said and heard.
    "two addresses": plan_of(
        (Call(method="POST", body="json", fields=(Field("topic", Secret("email")), Field("item", Secret("email", 1)))),)
    ),
    "an address in the path, then on a socket": plan_of(
        (Call(path=(Secret("email"),)), Visit(turns=(_ask(Field("topic", Secret("email"), prose=True)),)))
    ),
    "a token in a header, echoed in a body": plan_of(
        (
            Call(headers=(Field("authorization", Secret("jwt", 2)),), query=(Field("topic", Secret("jwt", 2)),)),
            Call(headers=(Field("authorization", Secret("jwt", 2)),)),
        )
    ),
    "tasks with an address each": plan_of(
        *[
            (Call(method="POST", body="form", fields=(Field("topic", Secret("email", n)),)), Call(path=(Issued(),)))
            for n in (0, 1, 2)
        ]
    ),
    # What was done on sockets changes places with the rest, also when their connections have ended.
    "issued on sockets that have ended, then used for different things": plan_of(
        *[
            (Visit(turns=(_ask(),)), Visit(turns=(_ask(_ID),)), Call(path=(Issued(),), query=(_ID, *_word(word))))
            for word in "cdc"
        ],
        channels=(_ISSUING,),
    ),
    # Who polls stays who it is: what is asked a second time is answered as the first time was.
    "polls with ids that were issued alike": plan_of(
        *[
            (
                Feed("poll", (numbered(0),)),
                Call(
                    method="PUT",
                    query=(_ID, Field("item", Made("hex32", 1)), Field("ref", Made("uuid", 11))),
                    body="json",
                    fields=(Field("note", Made("time")),),
                ),
            )
        ]
        * 6,
        endpoints=(Endpoint("xml", "yes", echoes=True, pending=2),),
    ),
    # The service says a client's own id back on another exchange, beside a secret.
    "pushed with the id of the feed itself": plan_of(
        *[
            (Feed("poll", ((*numbered(0), _ID, Field("apiKey", Secret("opaque")), Field("word", Word(word))),)),)
            for word in "abc"
        ]
    ),
    # Several clients said one time when it was recorded; each is pushed its own.
    "times that were said at once": plan_of(
        *[
            (
                Feed(
                    "sse",
                    (numbered(0), (*numbered(1), Field("topic", Made("time_ms", 1))), (*numbered(2), *_word(word))),
                ),
            )
            for word in "bdh"
        ]
    ),
    "times in forms, said at once": plan_of(
        *[
            (
                Call(method="POST"),
                Call(method="PUT", path=(Issued(),), body="form", fields=(Field("topic", Made("time", 1)), _ID)),
            )
        ]
        * 5
    ),
    # Numbers that were issued, said in another message than the one that tells: they go with the rest.
    "numbers issued by retries, then told apart on a feed": plan_of(
        *[
            (
                Call(method="PATCH", query=(Field("ref", Made("uuid", 10)),)),
                Feed("socket", (numbered(0), (*numbered(1), _ID), (*numbered(2), *_word(word)))),
            )
            for word in "agc"
        ],
        endpoints=(Endpoint("json", "yes", ("number",), flaky=True),),
    ),
    # A number that was issued, in a text that has an address, too.
    "numbers issued, said beside an address": plan_of(
        *[
            (
                Call(),
                Call(
                    method="POST",
                    query=_word(word),
                    body="xml",
                    fields=(_ID, Field("colour", Secret("email", 1))),
                    endpoint=1,
                ),
            )
            for word in "hgeec"
        ],
        endpoints=(Endpoint("form", "yes", ("number", "number")), _PLAIN),
    ),
    # The second try of a request goes with the first one, and what is polled in pairs stays a pair.
    "issued by retries, then used for different things": plan_of(
        *[
            (Call(method="POST", query=(_REF,)), Call(method="DELETE", path=(Issued(),), query=_word(word), endpoint=1))
            for word in "baaa"
        ],
        endpoints=(Endpoint("sse", "yes", ("short",), flaky=True), _PLAIN),
    ),
    # A greeting that is no JSON has an id, too.
    "greeted in XML, then different": plan_of(
        *[(Visit(turns=(_ask(Field("note", Made("hex32"))), _ask(_ID, *_word(word)))),) for word in "aab"],
        channels=(Channel("xml", greets=True),),
    ),
    "greeted in lines of text, then different": plan_of(
        *[(Visit(turns=(_ask(), _ask(_ID, *_word(word)))),) for word in "abb"], channels=(Channel("line", greets=True),)
    ),
    "said twice in a message, then different": plan_of(
        *[
            (Visit(quits=True), Visit(turns=(Turn("tell", (_ID, Field("ref", Issued()))), _ask(*_word(word)))))
            for word in "ab"
        ],
        channels=(Channel("line", greets=True, echoes=True, issues=("short",)),),
    ),
    # One heartbeat alone: the answer to the next message is no answer to it.
    "a numbered heartbeat without an answer": plan_of(
        (Visit(turns=(_ask(),), beats=True),), channels=(Channel("rpc"),)
    ),
    "a heartbeat of SignalR beside calls that are answered alike": plan_of(
        (Visit(turns=(Turn("ask", ()), Turn("tell", ()), Turn("ask", ())), quits=True, beats=True),),
        channels=(Channel("signalr", greets=True),),
    ),
    # A value ends where its message ends, though heartbeats come next.
    "a secret at the end of a message, then heartbeats": plan_of(
        *[
            (
                Visit(
                    turns=(Turn("tell", (Field("password", Secret("opaque", 1)),)), Burst(("news", "chat"))), beats=True
                ),
            )
        ]
        * 2,
        channels=(Channel("line"),),
    ),
    "a uuid, a time and an address at once": plan_of(
        (
            Call(
                method="POST",
                body="graphql",
                fields=(_REF, Field("item", Made("time")), Field("topic", Secret("email"), prose=True)),
            ),
            Call(path=(Made("uuid", 3),)),
        )
    ),
}
