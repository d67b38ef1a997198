"""Secrets in texts that people write, and what only reads like them."""

import json

import pytest

from harness.profile import ServiceProfile
from harness.redact.engine import Redactor

ANY = ServiceProfile(name="any", upstream="https://service.test")
KEY, PASSWORD = "Zk3vQ9xLw7RtYb2NpHs5", "hunter-2Zq8xY"
BASIC = "dXNlcjpzM2NyM3QtcGFzcw=="


def redacted(text):
    return Redactor(ANY).data(text.encode()).data.decode()


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"curl -H 'X-Api-Key: {KEY}' https://a.test/", KEY),
        (f"curl -H 'Authorization: Basic {BASIC}' https://a.test/", BASIC),
        (f"Send the header Authorization: Token {KEY} with it.", KEY),
        (f"curl -u bob:{PASSWORD} https://a.test/", PASSWORD),
        (f"curl --proxy-user 'bob:{PASSWORD}' https://a.test/", PASSWORD),
        ("curl -u bob:s3cr https://a.test/", "s3cr"),
        (f"machine a.test login bob password {PASSWORD}", PASSWORD),
        (f"machine a.test\n  login bob\n  password {PASSWORD}\n", PASSWORD),
        (f"a1 LOGIN bob {PASSWORD}\r\n", PASSWORD),
        (f"tool --api-key {KEY} run", KEY),
        (f"mysql --password={PASSWORD} -u root", PASSWORD),
        (f"[db]\npassword = {PASSWORD}\nport = 1\n", PASSWORD),
        (f"host=db user=bob password={PASSWORD} dbname=x", PASSWORD),
        (f"Server=db;Uid=bob;Pwd={PASSWORD};Database=x", PASSWORD),
        (f"users:\n- user:\n    password: {PASSWORD}\n", PASSWORD),
        (f"{{'api_key': '{KEY}', 'page': 1}}", KEY),
        (f"[('x-api-key', '{KEY}')]", KEY),
        (f"Your password is {PASSWORD}.", PASSWORD),
        (f"the new API key is `{KEY}`", KEY),
        (f"user;password\r\nann;x\r\nbob;{PASSWORD}\r\n", PASSWORD),
        (f'"user","api key"\n"bob","{KEY}"\n', KEY),
        (f"name\tapi_key\nbob\t{KEY}\n", KEY),
        (f"<input type='password' name='password' value='{PASSWORD}'>", PASSWORD),
        (f'<property name="password">{PASSWORD}</property>', PASSWORD),
    ],
)
@pytest.mark.parametrize("carried", [str, lambda text: json.dumps({"text": text})], ids=["text", "JSON"])
def test_a_secret_is_found_however_a_text_names_it(text, secret, carried):
    assert secret not in redacted(carried(text))


@pytest.mark.parametrize(
    "text",
    [
        "Set the header X-Api-Key: YOUR_API_KEY, or --api-key <key>, or --password $PASSWORD.",
        "docker run -u 1000:1000 image",
        "curl -u user:password https://a.test/",
        "curl -u $USER:$TOKEN https://a.test/",
        "password = form.password1.value\n",
        "password = hashlib.sha256(secret1)\n",
        "The password is required, and the token is invalid2you.",
        "token: the tokenizer2 of the model",
        "name,key\nann,north\n",
        "id,token\n1,hello-world\n",
        "a, key, and more\nb, c, d\n",
        "the key is obvious: look at monkey: 123456789",
        "{'sort_key': 'q7Zk3vX9pLw2RtY8mB4n'}",
        "git log --no-merges --author-token-count 3",
        "Note: see https://a.test/password/strength-of-passwords",
        '{"cookies":{"theme":"dark-and-light"},"httpOnly":true}',
    ],
)
def test_what_only_reads_like_a_secret_stays(text):
    assert redacted(text) == text


@pytest.mark.parametrize(
    "cookies",
    [
        {"cookies": [{"name": "sid", "value": KEY, "domain": "a.test"}]},
        {"cookies": [{"name": "theme", "value": "dark"}, {"name": "sid", "value": KEY}]},
        {"cookies": {"theme": "dark", "sid": KEY}},
        {"set_cookies": [f"sid={KEY}; Path=/"]},
        [{"path": "/", "httpOnly": True, "name": "sid", "value": KEY}],
        {"document.cookie": f"theme=dark; sid={KEY}"},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_cookie_in_json_is_found(cookies, indent):
    text = redacted(json.dumps(cookies, indent=indent))
    assert KEY not in text
    assert "wiretape-cookie-1" in text


def test_settings_in_cookies_stay():
    text = json.dumps({"cookies": [{"name": "theme", "value": "dark-mode", "httpOnly": False}]})
    assert redacted(text) == text


@pytest.mark.parametrize("path", ["/reset-password/", "/magic-link/", "/invite/", "/verify-email/", "/unsubscribe/"])
def test_the_end_of_a_personal_link_is_secret(path):
    target = f"{path}{KEY}{KEY}"
    assert Redactor(ANY).text(target) == f"{path}wiretape-token-1"


@pytest.mark.parametrize(
    "target",
    ["/invite/0b5c4f1e-8a76-4c55-9d1b-1f5cbbd8a111", "/verify/email-address-of-a-user-in-our-list", "/share/" + KEY],
)
def test_other_links_stay(target):
    assert Redactor(ANY).text(target) == target


def test_recovery_codes_are_secret():
    assert "a1b2c" not in redacted(json.dumps({"recovery_codes": ["a1b2c-3d4e5", "f6g7h-8i9j0"]}))


def test_a_long_row_of_a_table_ends_no_table():
    assert PASSWORD not in redacted(f"password,note\nshort,{'x' * 30_000}\n{PASSWORD},last\n")
