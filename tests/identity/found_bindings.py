"""Plans that the property once failed on because a client's value stood for the wrong recorded one, or for none."""

from __future__ import annotations

from tests.identity.found_plans import plan_of
from tests.identity.plan import Call, Channel, Endpoint, Field, Issued, Made, Turn, Visit, Word

_HEX = Made("hex16")
_BASE64 = (Field("note", Made("base64")),)

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
}
