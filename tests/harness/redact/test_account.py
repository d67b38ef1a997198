"""Who the user is: accounts in tokens, in MSAL's and Auth0's caches, and in the service's own answer."""

import base64
import json

import pytest

from harness.cassette.model import Body, Call, Cassette, Recorded, ResponsePart
from harness.redact.cassettes import redact_cassette
from harness.redact.engine import Redactor
from harness.services.copilot import COPILOT

OID = "0b0f6d4e-7f3c-4f60-9d0b-0a2d7f5a9f11"
TID = "9188040d-6c67-4c5b-b112-36a304b66dad"
SECRET = "q7Zk3vX9pLw2RtY8"


@pytest.fixture
def redactor():
    return Redactor(COPILOT)


def jwt(**claims):
    parts = ({"alg": "RS256"}, claims)
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".c2ln"
    )


def test_msal_entry_is_redacted_in_all_that_names_the_account(redactor):
    entry = {
        "homeAccountId": f"{OID}.{TID}",
        "credentialType": "AccessToken",
        "secret": SECRET,
        "environment": "login.windows.net",
        "localAccountId": OID,
        "username": "ada@corp.io",
        "clientInfo": base64.urlsafe_b64encode(f'{{"uid":"{OID}"}}'.encode()).decode(),
        "name": "Ada",
    }
    clean = redactor.text(json.dumps({f"{OID}.{TID}-login.windows.net-accesstoken": json.dumps(entry)}))
    assert not any(part in clean for part in (OID, SECRET, "ada@", entry["clientInfo"]))
    kept = json.loads(json.loads(clean).popitem()[1])
    assert kept.keys() == entry.keys()
    assert kept["credentialType"] == "AccessToken"


def test_auth0_entry_is_redacted_with_its_decoded_claims(redactor):
    user = {"sub": "google-oauth2|1049382716", "nickname": "ada", "email": "ada@corp.io"}
    entry = {"body": {"access_token": SECRET, "decodedToken": {"user": user}}, "expiresAt": 1743303600}
    clean = redactor.text(json.dumps(entry))
    assert not any(value in clean for value in (*user.values(), SECRET))
    assert json.loads(clean)["expiresAt"] == 1743303600


@pytest.mark.parametrize("name", ["homeAccountId", "home_account_id", "HOME-ACCOUNT-ID", "HomeAccountId"])
def test_fields_are_known_in_any_casing(redactor, name):
    assert SECRET not in redactor.text(json.dumps({name: SECRET}))


def test_user_of_an_account_is_hunted_without_the_directory(redactor):
    redactor.text(json.dumps({"homeAccountId": f"{OID}.{TID}"}))
    assert OID not in redactor.text(f"/accounts/{OID}")
    assert redactor.text(f"/directories/{TID}") == f"/directories/{TID}"


def test_claims_of_an_id_token_are_hunted(redactor):
    redactor.headers([("authorization", "Bearer " + jwt(sub="auth0|7f3c4f609d0b", preferred_username="ada@corp.io"))])
    assert redactor.text("by auth0|7f3c4f609d0b") == "by wiretape-id-1"


def test_short_name_in_a_token_is_not_hunted(redactor):
    redactor.text(jwt(name="Al", sub="1"))
    assert redactor.text("Almost all of Al") == "Almost all of Al"


def test_username_that_is_an_address_gets_an_address(redactor):
    assert redactor.text('{"username":"ada@corp.io"}') == '{"username":"wiretape-email-1@example.com"}'


def answered(path, body):
    response = ResponsePart(status=200, body=Body(data=json.dumps(body).encode()))
    return Call(method="GET", target=path, response=response)


def test_answer_about_the_user_hides_who_it_is_and_only_there(redactor):
    user = answered("/c/api/user?api-version=2", {"id": "u_9f8e7d6c5b4a39", "firstName": "Al", "isPro": True})
    other = answered("/c/api/conversations", {"id": "MqTZp5vC", "title": "All of u_9f8e7d6c5b4a39"})
    cassette = Cassette(recorded=Recorded(at="2026-11-23T05:00:00Z", by="relay"), exchanges=(other, user))
    clean = [json.loads(each.response.body.data) for each in redact_cassette(redactor, cassette).exchanges]
    assert clean[0] == {"id": "MqTZp5vC", "title": "All of wiretape-id-1"}
    assert clean[1] == {"id": "wiretape-id-1", "firstName": "wiretape-text-1", "isPro": True}


def test_learnt_value_is_hunted(redactor):
    assert redactor.learn(SECRET, "learnt")
    assert redactor.text(f"x {SECRET}") == "x wiretape-token-1"


def test_ordinary_value_is_not_learnt(redactor):
    assert not redactor.learn("en-US", "learnt")
    assert redactor.text("en-US") == "en-US"


@pytest.mark.parametrize("escaped", [r"\x{:02x}", r"\x{:02X}", r"\u{{{:x}}}", "&#x{:x};", "&#{};"])
def test_escapes_of_pages_are_seen_through(redactor, escaped):
    redactor.learn(SECRET, "learnt")
    spelt = "".join(escaped.format(ord(one)) for one in SECRET)
    assert redactor.text(f"a {spelt} b") == "a wiretape-token-1 b"


def test_blank_of_a_form_is_known_as_a_blank(redactor):
    redactor.text("password=k9Zp3vX7+pLw2RtY8")
    assert redactor.text("k9Zp3vX7 pLw2RtY8") == "wiretape-token-1"
