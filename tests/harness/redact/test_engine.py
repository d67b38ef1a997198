import base64
import json
import re
import time
from urllib.parse import quote

import pytest

from harness.redact.search import redact_pieces

SECRET = "q7Zk3vX9pLw2RtY8"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c2VyIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
JWE = "eyJhbGciOiJkaXIifQ.QUJDREVG.SVZJVklW.Q0lQSEVS.VEFHVEFH"


@pytest.mark.parametrize(
    ("raw", "redacted"),
    [
        ('{"accessToken":"SECRET"}', '{"accessToken":"wiretape-token-1"}'),
        ('{ "Access-Token" : "SECRET" , "a" : 1.50 }', '{ "Access-Token" : "wiretape-token-1" , "a" : 1.50 }'),
        ('{"a":[{"ACCESS_TOKEN":"SECRET"}]}', '{"a":[{"ACCESS_TOKEN":"wiretape-token-1"}]}'),
        (r'{"access\u0054oken":"SECRET"}', r'{"access\u0054oken":"wiretape-token-1"}'),
        (r'{"a":"{\"secret\":\"SECRET\"}"}', r'{"a":"{\"secret\":\"wiretape-token-1\"}"}'),
        (
            r'{"a":"{\"b\":\"{\\\"secret\\\":\\\"SECRET\\\"}\"}"}',
            r'{"a":"{\"b\":\"{\\\"secret\\\":\\\"wiretape-token-1\\\"}\"}"}',
        ),
        ('{"secret":{"k":"SECRET","n":5,"o":null}}', '{"secret":{"k":"wiretape-token-1","n":947382731,"o":null}}'),
        ('{"password":12345,"a":12345}', '{"password":947382731,"a":12345}'),
        ('{"password":"","secret":null}', '{"password":"","secret":null}'),
        ('{"accessToken":"SECRET', '{"accessToken":"wiretape-token-1'),
        ('data: {"accessToken":"SECRET"}\n\n', 'data: {"accessToken":"wiretape-token-1"}\n\n'),
        ('{"accessToken":"Bearer SECRET"}', '{"accessToken":"Bearer wiretape-token-1"}'),
        ("https://h/x?a=1&access_token=SECRET#top", "https://h/x?a=1&access_token=wiretape-token-1#top"),
        ("/x?accessToken=SECRET", "/x?accessToken=wiretape-token-1"),
        ("/x?q=%7B%22secret%22%3A%22SECRET%22%7D", "/x?q=%7B%22secret%22%3A%22wiretape-token-1%22%7D"),
        (r'{"u":"https:\/\/h\/?sig=SECRET"}', r'{"u":"https:\/\/h\/?sig=wiretape-token-1"}'),
        ("password=SECRET&x=1", "password=wiretape-token-1&x=1"),
        ("https://joe:SECRET@h/", "https://joe:wiretape-token-1@h/"),
        ("curl -H 'Authorization: Bearer SECRET'", "curl -H 'Authorization: Bearer wiretape-token-1'"),
        ("mail joe.doe@corp.io now", "mail wiretape-email-1@example.com now"),
        (r'{"t":"a\njoe@corp.io"}', r'{"t":"a\nwiretape-email-1@example.com"}'),
        ("icon@2x.png", "icon@2x.png"),
    ],
)
def test_redactor_replaces_a_secret_in_its_place_and_nothing_else(redactor, raw, redacted):
    assert redactor.text(raw.replace("SECRET", SECRET)) == redacted


@pytest.mark.parametrize(
    ("fields", "redacted"),
    [
        ([("authorization", f"Bearer {SECRET}")], [("authorization", "Bearer wiretape-token-1")]),
        ([("authorization", SECRET)], [("authorization", "wiretape-token-1")]),
        (
            [("x-session", SECRET), ("x-other", SECRET)],
            [("x-session", "wiretape-token-1"), ("x-other", "wiretape-token-1")],
        ),
        (
            [("x-other", SECRET), ("x-session", SECRET)],
            [("x-other", "wiretape-token-1"), ("x-session", "wiretape-token-1")],
        ),
        ([("cookie", f"a=1; b={SECRET}; c=")], [("cookie", "a=wiretape-cookie-1; b=wiretape-cookie-2; c=")]),
        ([("set-cookie", f'b="{SECRET}"; Path=/; Secure')], [("set-cookie", 'b="wiretape-cookie-1"; Path=/; Secure')]),
        ([("referer", f"https://h/?sig={SECRET}")], [("referer", "https://h/?sig=wiretape-token-1")]),
    ],
)
def test_redactor_replaces_secrets_of_headers(redactor, fields, redacted):
    assert list(redactor.headers(fields)) == redacted


def encodings():
    odd = 'k!9"Zp/\\w+Q=x%7&Lü'
    for secret in (SECRET, odd):
        plain = secret.encode()
        yield secret, plain
        yield secret, quote(secret, safe="").encode()
        yield secret, quote(quote(secret, safe=""), safe="").encode()
        yield secret, re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")).encode()
        yield secret, json.dumps(secret).encode()
        yield secret, json.dumps(json.dumps(secret)).encode()
        yield secret, json.dumps(quote(secret, safe="")).encode()
        yield secret, "".join(f"\\u{ord(one):04X}" for one in secret).encode()
        for before in ("", "x", "xy"):
            for after in ("", "zz", "zzz"):
                yield secret, base64.b64encode(before.encode() + plain + after.encode())
                yield secret, base64.urlsafe_b64encode(before.encode() + plain + after.encode()).rstrip(b"=")


@pytest.mark.parametrize(("secret", "encoded"), list(encodings()))
def test_redactor_finds_a_learnt_secret_however_it_is_encoded(redactor, secret, encoded):
    redactor.data(json.dumps({"secret": secret}).encode())
    data = b"before " + encoded + b" after"
    assert redactor.scan(data)
    redacted = redactor.data(data).data
    assert redacted.startswith(b"before ")
    assert redacted.endswith(b" after")
    assert not redactor.scan(redacted)
    assert b"wiretape-token-1" in redacted or b"wiretape-token-1" in decoded(redacted)


def decoded(redacted):
    middle = redacted.removeprefix(b"before ").removesuffix(b" after")
    return base64.urlsafe_b64decode(middle.replace(b"+", b"-").replace(b"/", b"_") + b"==")


def test_redactor_keeps_what_stands_beside_a_secret_in_base64(redactor):
    redactor.text(f'{{"secret":"{SECRET}"}}')
    data = base64.b64encode(f'{{"user":"joe","pass":"{SECRET}","more":"x"}}'.encode())
    plain = base64.b64decode(redactor.data(data).data)
    assert {**json.loads(plain), "pass": ""} == {"user": "joe", "pass": "", "more": "x"}


@pytest.mark.parametrize("value", ["1", "dark", "en-US", "America/New_York", "https://service.test/", "1743300000"])
def test_redactor_replaces_an_ordinary_value_in_its_own_field_only(redactor, value):
    redactor.headers([("cookie", f"setting={value}")])
    filler = f'{{"a":"{value}","b":["{value}"]}}'
    assert redactor.text(filler) == filler
    assert redactor.generation == 0


def test_redactor_gives_the_same_standin_in_all_kinds_of_places(redactor):
    redactor.text(f"/?access_token={SECRET}")
    assert redactor.headers([("cookie", f"t={SECRET}")]) == (("cookie", "t=wiretape-token-1"),)


def test_redactor_learns_nothing_from_standins(redactor):
    once = redactor.text(f'{{"secret":"{SECRET}","password":5,"accessToken":"{JWT}","userUuid":"a joe@corp.io"}}')
    generation = redactor.generation
    assert redactor.text(once) == once
    assert redactor.generation == generation


def test_redactor_never_gives_away_a_standin_that_it_met(redactor):
    redactor.text('{"secret":"wiretape-token-1"}')
    assert redactor.text(f'{{"secret":"{SECRET}"}}') == '{"secret":"wiretape-token-2"}'


def test_redactor_does_not_hunt_what_would_damage_standins(redactor):
    redactor.text('{"secret":"tape-token-1"}')
    assert redactor.text("wiretape-token-1") == "wiretape-token-1"


def test_jwt_keeps_its_shape(redactor):
    header, payload, _ = redactor.text(JWT).split(".")
    claims = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, payload)]
    assert claims == [{"typ": "JWT"}, {"exp": 4102444800}]


def test_jwe_keeps_its_five_parts(redactor):
    assert redactor.text(f"x {JWE} y").count(".") == 4


def test_basic_credentials_are_secret_with_their_password(redactor):
    coded = base64.b64encode(b"joe:" + SECRET.encode()).decode()
    (header,) = redactor.headers([("authorization", f"Basic {coded}")])
    assert base64.b64decode(header[1].removeprefix("Basic ")) == b"wiretape:wiretape-token-1"
    assert SECRET not in redactor.text(f"login with {SECRET}")


def test_uuid_keeps_its_shape(redactor):
    raw = '{"userUuid":"0b0f6d4e-7f3c-4f60-9d0b-0a2d7f5a9f11"}'
    assert redactor.text(raw) == '{"userUuid":"94738273-0000-4000-8000-000000000001"}'


def test_secret_across_pieces_of_a_body_is_found(redactor):
    pieces = [b'data: {"secret":"q7Zk3', b"vX9pLw", b'2RtY8"}\n', b"\n"]
    assert redact_pieces(redactor, pieces) == [b'data: {"secret":"wiretape-token-1', b"", b'"}\n', b"\n"]


def test_again_replaces_only_what_was_learnt_later(redactor):
    early = redactor.text(f"note {SECRET} of today")
    generation = redactor.generation
    redactor.text(f'{{"secret":"{SECRET}"}}')
    assert redactor.again(generation).text(early) == "note wiretape-token-1 of today"
    assert redactor.again(redactor.generation).text(early) == early


def test_secret_that_holds_a_known_one_is_found_in_what_was_redacted_before(redactor):
    redactor.text(f'{{"secret":"{SECRET}"}}')
    early = redactor.text(f"whole=u8Gh2Kq9|{SECRET}|vB5nM1zX end")
    generation = redactor.generation
    redactor.text(f'{{"secret":"u8Gh2Kq9|{SECRET}|vB5nM1zX"}}')
    assert redactor.again(generation).text(early) == "whole=wiretape-token-2 end"


def test_parts_of_a_compound_cookie_are_searched_for(redactor):
    redactor.headers([("cookie", "_EDGE_S=F=1&SID=0F9E8D7C6B5A49382716")])
    assert "0F9E8D7C6B5A49382716" not in redactor.text("session 0F9E8D7C6B5A49382716")


def test_labels_name_what_was_replaced(redactor):
    redactor.headers([("authorization", f"Bearer {SECRET}"), ("cookie", "a=b")])
    redactor.text("joe@corp.io")
    assert redactor.labels == ("authorization", "cookie", "email")


def test_multipart_field_is_found(redactor):
    body = f'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n{SECRET}\r\n--b--\r\n'
    assert redactor.text(body) == body.replace(SECRET, "wiretape-token-1")


def test_binary_bytes_keep_what_looks_like_an_address(redactor):
    data = b"\xff\xd8\x00 a.b@cd.ef \x00\xff"
    assert redactor.data(data).data == data


def test_repr_shows_no_secret(redactor):
    redactor.text(f'{{"secret":"{SECRET}"}}')
    assert SECRET not in repr(redactor)


def test_more_secrets_than_can_be_searched_for_let_nothing_be_written(redactor, monkeypatch):
    monkeypatch.setattr("harness.redact.vault.MAX_SEARCHED", 2)
    for number in range(2):
        redactor.text(f'{{"secret":"{SECRET}{number}"}}')
    assert redactor.scan(b"nothing") == []
    redactor.text(f'{{"secret":"{SECRET}2"}}')
    assert [finding.form for finding in redactor.scan(b"nothing")] == ["not searched for"]


@pytest.mark.parametrize(
    "hostile",
    [
        b"://" + b"a" * 300_000 + b"@",
        b'{"secret":' * 30_000,
        b'{"secret":"abc"}' * 20_000,
        b"\\" * 300_000,
        b"%25" * 100_000,
        b'form-data; name="password"\r\n\r\nx' * 10_000,
        b".eyJaaaaaaa.aaaa" * 20_000,
        b"a@a." * 75_000,
        b'"secret":"' * 30_000,
        b"&sig=b" * 50_000,
    ],
    ids=lambda hostile: repr(hostile[:20]),
)
def test_hostile_data_does_not_hang_the_redactor(redactor, hostile):
    began = time.process_time()
    redactor.data(hostile)
    assert time.process_time() - began < 60  # a guard against hanging, no measurement
