"""Profiles from TOML: what they may say, and how each error names file, line and key."""

import json
import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.services.built_in import FOLDER, built_in
from harness.services.errors import ProfileError
from harness.services.neutral import NEUTRAL
from harness.services.profile_file import MAX_BYTES, read_profiles
from harness.services.profile_values import READERS
from harness.services.toml_lines import line_of

WHOLE = """
# A shop, and its chat.
[services.shop]
upstreams = ["https://api.shop.example", "wss://chat.shop.example:8443"]
env = {SHOP_URL = "{url}/v1", CHAT_HOST = "{host}"}
secrets = ["header.x-shop-key", "json.auth.pin", "query.sig"]
ignore = ["query.t"]
bind = ["message.id"]
match_on = ["method", "path"]
headers = ["X-Variant"]
event = "message.kind"
end_of_turn = ["bye"]
redact_personal = true
impersonate = "chrome"

[services.chat]
extends = "socketio"
env.CHAT_URL = "{ws_url}"
"""


def read(text, **more):
    content = text if isinstance(text, bytes) else text.encode()
    return read_profiles(content, "wiretape.toml", NEUTRAL, built_in().get, taken=built_in(), **more)


def problem(text, **more):
    with pytest.raises(ProfileError) as caught:
        read(text, **more)
    return str(caught.value)


def test_a_file_describes_several_services():
    shop, chat = read(WHOLE)
    assert shop.origins == ("https://api.shop.example", "https://chat.shop.example:8443")
    assert shop.upstream == "https://api.shop.example"
    assert shop.env == {"SHOP_URL": "{url}/v1", "CHAT_HOST": "{host}"}
    assert shop.redact == ("header.x-shop-key", "json.auth.pin", "query.sig")
    assert (shop.ignore, shop.bind, shop.match_on) == (("query.t",), ("message.id",), ("method", "path"))
    assert shop.deciding_headers == ("x-variant",)
    assert (shop.impersonate, shop.redact_personal) == ("chrome", True)
    assert shop.event_name(b'{"kind":"hello"}') == "hello"
    assert shop.end_of_turn == {"bye"}
    assert (chat.bind, chat.ignore, chat.env) == (("query.sid",), ("query.t",), {"CHAT_URL": "{ws_url}"})


def test_upstreams_may_have_names_the_main_one_first():
    (shop,) = read("[services.shop]\nupstreams = {api = 'https://api.example', gateway = 'wss://g.example:8443'}")
    assert shop.upstreams == {"api": "https://api.example", "gateway": "https://g.example:8443"}
    assert (shop.upstream, shop.origins) == ("https://api.example", ("https://api.example", "https://g.example:8443"))
    assert shop.further_upstreams == {"gateway": "https://g.example:8443"}


def test_heartbeats_and_framing_are_read_and_inherited():
    text = """[services.a]
heartbeats = ['{"op": 1}', "~h~*"]
framing = {"/hub/*" = "records", "/mqtt" = "mqtt"}
[services.b]
framing = "lines"
heartbeats = []
[services.c]
"""
    a, b, c = read(text)
    assert (a.heartbeats, a.framing) == (('{"op": 1}', "~h~*"), (("/hub/*", "records"), ("/mqtt", "mqtt")))
    assert (b.heartbeats, b.framing) == ((), (("*", "lines"),))
    assert (c.heartbeats, c.framing) == (None, ())


def test_a_profile_has_every_rule_of_redaction_of_its_base_and_no_token():
    for each in read(WHOLE):
        assert NEUTRAL.secret_headers.items() <= each.secret_headers.items()
        assert NEUTRAL.secret_fields.items() <= each.secret_fields.items()
        assert each.redact_generic
        assert each.token_variable == ""


def test_pyproject_has_them_in_a_table_of_its_own():
    text = "[project]\nname = 'x'\n" + WHOLE.replace("[services.", "[tool.wiretape.services.")
    assert [each.name for each in read(text, under="tool.wiretape")] == ["shop", "chat"]
    assert read("[project]\nname = 'x'\n", under="tool.wiretape") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[services.a]\nupstream = 'x'", "wiretape.toml:2: services.a.upstream: unknown key: expected one of extends, "),
        ("[services.a]\n\nupstreams = 'x'", "wiretape.toml:3: services.a.upstreams: expected a list of texts, not str"),
        ("[services.a]\nupstreams = ['https://u:p@h']", "wiretape.toml:2: services.a.upstreams: expected https://HOST"),
        ("[services.a]\nupstreams = ['https://h/path']", "services.a.upstreams: expected https://HOST"),
        ("[services.a]\nupstreams = {Api = 'https://h'}", "wiretape.toml:2: services.a.upstreams.Api: the name of an upstream must consist of"),
        ("[services.a.upstreams]\na = 'https://h'\nb = 'h'", "wiretape.toml:3: services.a.upstreams.b: expected https://"),
        ("[services.a]\nupstreams = {a = 'https://h', b = 'wss://h'}", "services.a.upstreams.b: another upstream has this"),
        ("[services.a]\nupstreams = {a = 1}", "services.a.upstreams.a: expected a text, not int"),
        ("[services.a]\nupstreams = ['file://h']", "services.a.upstreams: expected https://HOST"),
        ("[services.a.env]\n# c\nPATH = '{url}'", "wiretape.toml:3: services.a.env.PATH: only variables may be set whose"),
        ("[services.a]\nenv = {LD_PRELOAD = 'x'}", "wiretape.toml:2: services.a.env.LD_PRELOAD: only variables"),
        ("[services.a]\nenv = {A_URL = 'https://evil.example/{url}'}", "services.a.env.A_URL: the value begins with"),
        ("[services.a]\nenv = {A_URL = '{host}.evil.example'}", "services.a.env.A_URL: the value begins with"),
        ("[services.a]\nenv = {A_URL = '{url:Gate}'}", "services.a.env.A_URL: the value begins with"),
        ("[services.a]\nenv = {A_URL = '{url:gate}'}", "wiretape.toml:2: services.a.env.A_URL: upstreams has no name 'gate'"),
        ("[services.a]\nenv = {A_URL = 1}", "services.a.env.A_URL: the value begins with"),
        ("[services.a]\nsecrets = ['nowhere']", "wiretape.toml:2: services.a.secrets: item 1 is not a place of a secret: write header.NAME"),
        ("[services.a]\nignore = ['json']", "wiretape.toml:2: services.a.ignore: item 1 is not a place of a value"),
        ("[services.a]\nmatch_on = ['methd']", "services.a.match_on: expected only matchers of these names: method, "),
        ("[services.a]\nheaders = ['a b']", "services.a.headers: item 1 is not the name of a header"),
        ("[services.a]\nheartbeats = ['a*', '{}']", "wiretape.toml:2: services.a.heartbeats: item 2 is not a pattern of a"),
        ("[services.a]\nheartbeats = 'ping'", "services.a.heartbeats: expected a list of texts, not str"),
        ("[services.a]\nheartbeats = ['{\"op\": ']", "services.a.heartbeats: item 1 is not a pattern of a message: the pattern begins"),
        ("[services.a]\nframing = 'mqqt'", "services.a.framing: expected one of messages, socket.io, mqtt, nats, stomp, lines, "),
        ("[services.a.framing]\n'/a' = 'mqtt'\n'b' = 'mqtt'", "wiretape.toml:3: services.a.framing.b: expected the path"),
        ("[services.a.framing]\n'/a*b' = 'mqtt'", "wiretape.toml:2: services.a.framing.'/a*b': expected the path of a"),
        ("[services.a.framing]\n'/a' = 'x'", "services.a.framing.'/a': expected one of messages, "),
        ("[services.a]\nframing = ['mqtt']", "services.a.framing: expected the name of a framing, or a table of paths and such names, not list"),
        ("[services.a]\nevent = 'body.x'", "services.a.event: expected the place in a message where its event's name is"),
        ("[services.a]\nredact_personal = 1", "services.a.redact_personal: expected true or false, not int"),
        ("[services.a]\nextends = 'nobody'", "services.a.extends: there is no such built-in profile"),
        ("[services.a]\ntoken_variable = 'HOME'", "services.a.token_variable: unknown key"),
        ("[services.a]\nsecret_headers = {}", "services.a.secret_headers: unknown key"),
        ("[services.openai]\n", "wiretape.toml:1: services.openai: a built-in profile has this name"),
        ("[services.'A b']\n", "wiretape.toml:1: services.'A b': a name consists of lower-case letters"),
        ("services = 1", "wiretape.toml:1: services: expected tables"),
        ("[services]\na = 1", "wiretape.toml:2: services.a: expected a table of keys"),
        ("x = 1", "wiretape.toml:1: x: unknown key: write the profile as a table [services.NAME]"),
        ("[services.a]\nx = ?", "wiretape.toml:2: services.a.x: not TOML: Invalid value"),
        ("[services.a]\nbind = ['query.t'\n\n", "wiretape.toml:2: services.a.bind: not TOML: Unclosed array"),
        ("[services.a]\nbind = []\nbind = []", "wiretape.toml:3: services.a.bind: not TOML: Cannot overwrite a value"),
        ("[services.a]\n[services.a]\n", "wiretape.toml:2: services.a: not TOML: Cannot declare"),
        ("[services.a]\nbind = " + "9" * 5000, "wiretape.toml:2: services.a.bind: a number has too many digits"),
        ("[services.a]\nbind = " + "[" * 9000, "wiretape.toml:2: services.a.bind: the values are nested too deeply"),
        ("[services.a]\n\n" + ".".join("a" * 99) + " = 1", "wiretape.toml:3: a dotted key has more than 32 parts"),
        ("[services.'a]b']\n", "wiretape.toml:1: services.'a]b': a name consists of"),
        ("\ufeff[services.a]\nbind = [1]", "wiretape.toml:2: services.a.bind: expected a text, not int"),
        ("[services.a]\nhooks = 'os.system'", "services.a.hooks: unknown key"),
        (b"\n\xff", "wiretape.toml:2: a profile file is TOML in UTF-8"),
        ("[services.a]\nevent = '\\u001b[31m'", "services.a.event: expected the place"),
        ('[services.a]\nend_of_turn = ["\\u001b"]', "services.a.end_of_turn: expected a text of 1 to 500 printable"),
    ],
)  # fmt: skip
def test_an_error_names_file_line_and_key(text, told):
    assert told in problem(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 30_000 + "]" * 30_000,
        "[services.a]\nx = " + "{a = " * 10_000 + "1" + "}" * 10_000,
        "[" + ".".join("a" * 20_000) + "]",
        ".".join("a" * 20_000) + " = 1",
        "[services.a]\nenv = {" + ".".join("a" * 20_000) + " = 1}",
        "\n".join(f"[services.a]\n{'a.' * 31}k{number} = 1" for number in range(800)),
        "[services.a]\nx = " + "9" * 60_000,
        "#" * (MAX_BYTES + 1),
        "".join(f"[services.s{number}]\n" for number in range(51)),
        f"[services.a]\nignore = {['query.t'] * 201}",
        f"[services.a]\nend_of_turn = ['{'x' * 501}']",
        "[services.a.env]\n" + "".join(f"A{number}_URL = '{{url}}'\n" for number in range(201)),
    ],
    ids=[
        "deep lists",
        "deep tables",
        "deep header",
        "deep key",
        "deep key in a table",
        "many long keys",
        "long number",
        "huge",
        "many services",
        "many places",
        "long text",
        "many variables",
    ],
)
def test_a_hostile_file_is_refused_at_once(text):
    began = time.process_time()
    assert len(problem(text)) < 500
    assert time.process_time() - began < 1.0


@pytest.mark.parametrize("value", ["a. " * 60, "//" + "a." * 60, "a." * 60, "." * 90, "x=" + "a." * 60])
@pytest.mark.parametrize("quote", "'\"")
def test_a_text_with_many_dots_is_no_key(value, quote):
    text = f"[services.a]\nend_of_turn = [{quote}{value}{quote}]\nevent = 'message.type' # {value}\n"
    (profile,) = read(text)
    assert profile.end_of_turn == {value}


def test_lines_of_keys_in_text_of_several_lines():
    text = 'a = """\n[b]\nc = 1\n"""\n[b]\n"c" = 1\nd.e = 2\n'
    assert line_of(text, ("b", "c")) == 6
    assert line_of(text, ("b", "d", "e")) == 7
    assert line_of(text, ("b", "missing")) == 5
    assert line_of(text, ("missing",)) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
).filter(lambda value: value is not None)


@given(st.dictionaries(st.sampled_from([*READERS, "other"]), values, max_size=3), st.text(max_size=10))
def test_whatever_the_values_are_a_profile_or_an_error_that_names_the_file_comes(table, name):
    lines = [f"[services.{json.dumps(name)}]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    text = "\n".join(lines)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    try:
        found = read(text)
    except ProfileError as error:
        assert str(error).startswith("wiretape.toml:")
    else:
        assert [each.name for each in found] == [name]


def _toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_the_bytes_are_no_other_error_comes(content):
    try:
        read(content)
    except ProfileError as error:
        assert str(error).startswith("wiretape.toml")


# ---------------------------------------------------------------- the built-in ones
def test_the_built_in_profiles():
    assert set(built_in()) == {
        "copilot", "openai", "anthropic", "gemini", "mcp", "graphql", "socketio", "signalr", "mqtt", "jupyter"
    }  # fmt: skip
    for path in FOLDER.glob("*.toml"):
        assert len(path.read_text().splitlines()) <= 12


@pytest.mark.parametrize(
    ("name", "raw", "event"),
    [
        ("openai", b'{"type":"response.done"}', "response.done"),
        ("anthropic", b'{"type":"message_stop"}', "message_stop"),
        ("mcp", b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}', "tools/list"),
        ("graphql", b'{"id":"1","type":"complete"}', "complete"),
        ("socketio", b'42["chat","hello"]', "chat"),
        ("socketio", b'451-/admin,12["picture",{"_placeholder":true,"num":0}]', "picture"),
        ("socketio", b'0{"sid":"x"}', None),
        ("signalr", b'{"type":1,"target":"Send","arguments":[]}\x1e', "Send"),
        ("signalr", b'{"type":6}\x1e', None),
        ("jupyter", b'{"header":{"msg_type":"execute_request"}}', "execute_request"),
        ("openai", b"[" * 100_000, None),
        ("openai", b"\xff\xfe", None),
    ],
)
def test_names_of_events_of_the_built_in_profiles(name, raw, event):
    assert built_in()[name].event_name(raw) == event
