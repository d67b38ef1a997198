"""Names that any service uses: which have a rule, and which values count."""

import json

import pytest

from harness.profile import ServiceProfile
from harness.redact.detect.generic_names import generic_rule
from harness.redact.engine import Redactor
from harness.services.copilot import COPILOT

ANY = ServiceProfile(name="any", upstream="https://service.test")
RANDOM = "q7Zk3vX9pLw2RtY8mB4n"

SECRET_NAMES = [
    "SecretString",
    "secret_data",
    "client-key-data",
    "PasswordString",
    "X-Api-Key",
    "x_api_key",
    "XAPIKEY",
    "apikey",
    "api.key",
    "X-Goog-Api-Key",
    "Ocp-Apim-Subscription-Key",
    "subscriptionKey",
    "accessToken",
    "ACCESS_TOKEN",
    "access-token",
    "accesstoken",
    "refresh_token",
    "id_token",
    "PRIVATE-TOKEN",
    "X-Vault-Token",
    "botToken",
    "X-Amz-Security-Token",
    "x-amz-signature",
    "X-Amz-Credential",
    "clientSecret",
    "client_secret",
    "x-hasura-admin-secret",
    "webhookSecret",
    "X-Hub-Signature-256",
    "x-shopify-hmac-sha256",
    "Stripe-Signature",
    "userCredential",
    "password",
    "newPassword",
    "user[password]",
    "passwd",
    "pwd",
    "passphrase",
    "user_session",
    "_csrf",
    "X-CSRFToken",
    "csrfmiddlewaretoken",
    "XSRF-TOKEN",
    "totp_otp",
    "client_assertion",
    "code_verifier",
    "device_code",
    "privateKey",
    "secretAccessKey",
    "aws_secret_access_key",
    "AccountKey",
    "SharedAccessKey",
    "appid",
    "sig",
    "SAMLResponse",
    "Authorization",
    "X-Authorization",
    "X-Registry-Auth",
    "proxyAuth",
    "jsessionid",
    "key",
    "token",
    "signature",
    "code",
]

ORDINARY_NAMES = [
    "monkey",
    "turkey",
    "whiskey",
    "hockey",
    "obsession",
    "cache_key",
    "sortKey",
    "partition_key",
    "publicKey",
    "public_key",
    "page_token",
    "nextPageToken",
    "pageToken",
    "cursor",
    "continuation_token",
    "NextContinuationToken",
    "ContinuationToken",
    "nextSyncToken",
    "syncToken",
    "deltaToken",
    "idempotency_key",
    "Idempotency-Key",
    "clientRequestToken",
    "ChangeToken",
    "primaryKey",
    "foreign_key",
    "lookupKey",
    "verify_key",
    "Sec-WebSocket-Key",
    "siteKey",
    "keyId",
    "token_type",
    "max_tokens",
    "tokens",
    "keys",
    "keyboard",
    "tokenizer",
    "secretary",
    "sessions",
    "session_id",
    "sessionId",
    "signature_version",
    "code_challenge",
    "country_code",
    "status_code",
    "passport",
    "media_key",
    "storageKey",
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_name_is_known_in_any_spelling(name):
    assert generic_rule(name) is not None


@pytest.mark.parametrize("name", ORDINARY_NAMES)
def test_names_of_other_things_have_no_rule(name):
    assert generic_rule(name) is None


@pytest.mark.parametrize(
    "value",
    ["short1", "apache-2.0", "text-embedding-3-small", "gpt-4o-mini-2024-07-18", "us-east-1", "{{API_KEY}}", "${TOKEN}",
     "<REDACTED>", "********", "xxxxxxxxxxxx", "refresh", "https://service.test/reset", "1733000000", "2026-01-01T00:00:00Z",
     "Your password has expired.", "some/path/to/file.txt", "getUserById", "wiretape-token-7"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["api_key", "access_token", "token", "signature", "key"])
def test_a_weak_value_stays(name, value):
    data = f'{{"{name}":"{value}"}}'.encode()
    assert Redactor(ANY).data(data).data == data


@pytest.mark.parametrize("value", [RANDOM, "d41d8cd98f00b204e9800998ecf8427e", "7cfe4d2c-8a1f-4e3a-9a62-2f2f6a3f4d10"])
@pytest.mark.parametrize("name", ["api_key", "access_token", "token", "signature", "key"])
def test_a_strong_value_goes(name, value):
    assert value.encode() not in Redactor(ANY).data(f'{{"{name}":"{value}"}}'.encode()).data


def test_a_value_is_replaced_wherever_it_comes_again():
    redactor = Redactor(ANY)
    redactor.headers([("x-api-key", RANDOM)])
    assert redactor.text(f"/x/{RANDOM}/{RANDOM.encode().hex()}") == (f"/x/wiretape-token-1/{b'wiretape-token-1'.hex()}")


@pytest.mark.parametrize("profile", [ANY, COPILOT], ids=lambda profile: profile.name)
@pytest.mark.parametrize(
    "target", ["/items?userId=17&sub=books", "/items?userId=8f14e45fceea&page=2", "/country?code=FR"]
)
def test_ids_and_codes_in_a_query_are_of_other_things(profile, target):
    assert Redactor(profile).text(target) == target


def test_who_the_user_is_stays_secret_in_a_profiles_fields():
    assert b"8f14e45fceea167a" not in Redactor(COPILOT).data(b'{"userId":"8f14e45fceea167a"}').data


@pytest.mark.parametrize("beside", ["state=xyz", "code_verifier=v", "grant_type=authorization_code"])
def test_a_short_code_beside_what_a_sign_in_sends_is_secret(beside):
    assert "abc12" not in Redactor(ANY).text(f"/cb?code=abc12&{beside}")
    assert b"abc12" not in Redactor(ANY).data(f"{beside}&code=abc12".encode()).data


@pytest.mark.parametrize("code", ["FR", "SUMMER2026", "ERR_1042", "rate_limit_exceeded", "849VCWC8+W7"])
def test_a_code_with_less_than_64_bits_at_random_stays(code):
    assert Redactor(ANY).text(f"/x?code={code}") == f"/x?code={code}"
    assert Redactor(ANY).data(f'{{"code":"{code}"}}'.encode()).edits == ()


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005", "6011111111111117",
        "DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606",
    ],
)  # fmt: skip
def test_cards_and_accounts_check_themselves(text):
    assert text.encode() not in Redactor(ANY).data(f'{{"note":"pay {text} now"}}'.encode()).data
    broken = text[:-1] + str((int(text[-1]) + 1) % 10)
    data = f'{{"note":"pay {broken} now"}}'.encode()
    assert Redactor(ANY).data(data).data == data


@pytest.mark.parametrize(
    "text", ["1733011200000", "1733011200000123", "290926798999357250", "4111111111111111111111", "0.4111111111111111"]
)
def test_long_numbers_are_no_cards(text):
    data = f'{{"id":{text}}}'.encode()
    assert Redactor(ANY).data(data).data == data


@pytest.mark.parametrize("form", ['{"id":%s}', '{\n  "ids": [ %s, 7 ]\n}', '{"session_id": %s, "a": 1}'])
def test_a_number_of_json_that_looks_like_a_card_stays_a_number(form):
    # An id of 16 random digits passes for a card now and then; its client parses the message all the same.
    clean = Redactor(ANY).data((form % "4111111111111111").encode()).data
    assert b"4111111111111111" not in clean
    assert json.loads(clean) == json.loads(form % "947382731")


MATRIX = ServiceProfile(name="m", upstream=ANY.upstream, secret_fields={"userid": "id", "username": "text"})


def test_user_of_a_server_keeps_the_form_of_such_an_id():
    redactor = Redactor(MATRIX)
    assert redactor.data(b'{"username":"alice"}').data == b'{"username":"wiretape-text-1"}'
    clean = redactor.data(b'{"user_id":"@alice:tree.example","device":1}').data
    assert clean == b'{"user_id":"@wiretape-text-1:tree.example","device":1}'
    # The id is searched for as before, also where nothing names it; what was redacted stays as it is.
    assert redactor.data(b'{"sender":"@alice:tree.example"}').data == b'{"sender":"@wiretape-text-1:tree.example"}'
    assert Redactor(MATRIX).data(clean).data == clean


PERSONAL = (
    '{"phone":"call +41 44 668 18 00","dateOfBirth":"1990-04-01","ssn":"078-05-1120","deviceId":"A1B2","otp":"123456"}'
)


def test_who_somebody_is_goes_only_if_asked_for():
    assert Redactor(ANY).data(PERSONAL.encode()).data == PERSONAL.encode()
    clean = Redactor(ServiceProfile(name="a", upstream=ANY.upstream, redact_personal=True)).data(PERSONAL.encode()).data
    for value in (b"668 18 00", b"1990-04-01", b"078-05-1120", b"A1B2", b"123456"):
        assert value not in clean


def test_git_names_no_person():
    data = b'{"ssh_url":"git@github.com:octocat/Hello-World.git"}'
    assert Redactor(ANY).data(data).data == data


def test_explanations_name_rules_and_no_values():
    redactor = Redactor(ANY)
    redactor.headers([("x-api-key", RANDOM), ("cookie", "a=b1c2d3e4f5")])
    redactor.data(f'{{"again":"{RANDOM}","mail":"robin@sherwood.example"}}'.encode())
    said = [str(each) for each in redactor.explanations]
    assert said == [
        "wiretape-token-1: names that end in key (3 places, wherever it occurs)"
        if "3 places" in said[0]
        else "wiretape-token-1: names that end in key (2 places, wherever it occurs)",
        "wiretape-cookie-1: cookies (1 place, in its own place only)",
        "wiretape-email-1@example.com: the look of email (1 place, wherever it occurs)",
    ]
    assert RANDOM not in repr(redactor.explanations)


@pytest.mark.parametrize("name", ["password", "passphrase"])
def test_name_of_the_profile_in_a_list_of_pairs_is_one_of_any_service_too(name):
    profile = ServiceProfile(name="x", upstream="https://x.example", secret_fields={name: "token"})
    body = json.dumps({"headers": [["accept", "*/*"], [name, "bisvx512_!JISM"]]}).encode()
    assert b"bisvx512" not in Redactor(profile).data(body).data
    words = json.dumps(["username", name, "remember-me", "something"]).encode()
    assert Redactor(profile).data(words).data == words


@pytest.mark.parametrize(
    "token",
    # The letters of `secrets.token_urlsafe(24)`; `-` and `_` cut these into pieces that read like words.
    ["vit4_grpeHq-7u9Hz5VgilnAeBMkg-5U", "-w3rKLLh3iKXPX_DiZ_P210iU-pD_CUp", "BSIXDWRJpqScx5-xLoYhh3dVhIKsyCE8"],
)
@pytest.mark.parametrize("form", ['{{"token":"{}"}}', 'application/octet-stream{{"token":"{}"}}', "/a?access_token={}"])
def test_random_token_with_separators_is_found(token, form):
    assert token.encode() not in Redactor(ANY).data(form.format(token).encode()).data


@pytest.mark.parametrize(
    "name", ["nextPageToken_Version2-Of-The-Oaks", "Max-Tokens-Per-Minute-4000", "GPT-4o-Mini-2024-07-18-Preview"]
)  # fmt: skip
def test_name_of_many_parts_is_no_token(name):
    data = json.dumps({"token": name}).encode()
    assert Redactor(ANY).data(data).data == data
