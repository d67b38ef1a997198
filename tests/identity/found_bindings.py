"""Plans that the property once failed on because a client's value stood for the wrong recorded one, or for none."""

from __future__ import annotations

from tests.identity.found_plans import numbered, plan_of
from tests.identity.plan import Burst, Call, Channel, Endpoint, Feed, Field, Issued, Made, Secret, Turn, Visit, Word

_HEX = Made("hex16")
_BASE64 = (Field("note", Made("base64")),)
_OWN = (Field("item", Issued(0)), Field("client_secret", Secret("opaque", 1)))
_TWO = ((), (Field("word", Word("f")),))
_BURST = Burst(("chat", "news"))

FOUND_BINDINGS = {
    # A query writes the padding of base64 as %3D%3D: it is the same value that the retry has, and its answer repeats.
    "base64 in the query of a retry": plan_of(
        (Call(query=_BASE64),), endpoints=(Endpoint("form", "yes", echoes=True, flaky=True),)
    ),
    # Three undecided sockets, each with a value of its client's: what one decision swaps, the next one finds elsewhere.
    "made by clients whose numbers change places twice": plan_of(
        *[(Call(path=(_HEX,)), Visit(path=(Issued(),), turns=(Turn("ask", (Field("note", _HEX),)),)))] * 3,
        (Call(path=(_HEX,)),),
        endpoints=(Endpoint("text", "yes", ("number",), echoes=True),),
        channels=(Channel("json", echoes=True),),
    ),
    # A line of text that was recorded word for word means another client, once the ids in it changed places.
    "within lines of text, after ids of greetings changed places": plan_of(
        *[
            (Visit(turns=(Turn("ask", fields),)), Visit(1, turns=(Turn("tell", (Field("item", Issued(2)),)),)))
            for fields in ((), (Field("word", Word("f")),))
        ],
        channels=(Channel("binary", greets=True, echoes=True), Channel("line", greets=True, echoes=True)),
    ),
    # The same, where the line holds a secret as well.
    "within lines of text with a secret": plan_of(
        *[(Visit(turns=(Turn("ask", fields),)), Visit(1, turns=(Turn("tell", _OWN),))) for fields in _TWO],
        channels=(Channel("json", greets=True), Channel("line", echoes=True)),
    ),
    "within bodies of text with a secret": plan_of(
        *[(Visit(turns=(Turn("ask", fields),)), Call(method="POST", body="text", fields=_OWN)) for fields in _TWO],
        endpoints=(Endpoint("json", "yes", echoes=True),),
    ),
    # One says goodbye like the other one, whose role it had; only then the other posts once more.
    "pushed on two sockets alike, to one of them more": plan_of(
        (Feed("socket", (numbered(0),)),), (Feed("socket", (numbered(0), numbered(1))),)
    ),
    # Of seven sockets some are decided before the last ones open: each is greeted by an id that no other has.
    "greeted while others are decided": plan_of(
        *[
            (
                Visit(turns=(Turn("ask", (Field("word", Word(word)),)),)),
                Visit(1, turns=(Turn("tell", (Field("item", Issued(0)), Field("ref", Issued(1)))), _BURST)),
            )
            for word in "feaefhc"
        ],
        channels=(Channel("json", greets=True), Channel("line", greets=True, parts=2, echoes=True)),
    ),
    # The first of two values leads to a socket whose path has the second one: both change places.
    "issued in two messages, the second one in a path": plan_of(
        *[
            (
                Visit(turns=(Turn("ask", ()), Turn("ask", ()), Turn("tell", ()))),
                Visit(path=(Issued(2),), turns=(Turn("ask", ()), Turn("ask", (Field("topic", Issued(0)),)))),
                Call(query=(Field("topic", Issued(0)), Field("word", Word(word)))),
            )
            for word in "aga"
        ],
        endpoints=(Endpoint("json", "yes"),),
        channels=(Channel("json", parts=2, issues=("number",)),),
    ),
    # Five clients use an id of a feed and one of a socket in one path: to swap one of the two is enough, and exchanges
    # that would take more swaps, such as another client's retry, have other answers.
    "issued in two ways, used in one path": plan_of(
        *[
            (
                Visit(turns=(Turn("ask", ()), Turn("ask", ()))),
                Feed("sse", (numbered(0),)),
                Call(method="PUT", path=(Issued(2), Issued(1)), query=(Field("topic", Made("hex32")),)),
                Call(path=(Issued(2),), query=(Field("word", Word(word)),)),
            )
            for word in "feabc"
        ],
        endpoints=(Endpoint("form", "yes", ("short",), echoes=True, flaky=True),),
        channels=(Channel("json", issues=("short",), echoes=True),),
    ),
    # A time in a path tells no client apart, whether or not it has a slash before it.
    **{
        f"issued for a {kind} in the path, then used for different things": plan_of(
            *[
                (
                    Call(path=(Made(kind, number), Word("apple"))),
                    Call(method="POST", query=(Field("topic", Issued(0)), Field("word", Word(word)))),
                )
                for number, word in enumerate("adaaa")
            ],
            endpoints=(Endpoint("json", "yes", ("short",), echoes=True),),
        )
        for kind in ("time", "time_ms", "time_s")
    },
}
