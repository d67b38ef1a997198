"""Secrets at the places that single protocols have for them: arguments, paths, stanzas."""

import base64
import json

import pytest

from harness.redact.engine import Redactor
from tests.harness.redact.test_generic import ANY, RANDOM


def test_argument_that_bears_its_name_is_secret_as_a_field_of_that_name_is():
    call = f'{{"jsonrpc":"2.0","id":1,"method":"aria2.getVersion","params":["token:{RANDOM}",["http://a.example/x"]]}}'
    clean = Redactor(ANY).data(call.encode()).data
    assert RANDOM.encode() not in clean
    assert b'"params":["token:wiretape-token-1",["http://a.example/x"]]' in clean


@pytest.mark.parametrize("word", ["token:next", "key:page-12", "tree:" + RANDOM, "password:required"])
def test_argument_that_only_looks_so_stays(word):
    data = json.dumps({"method": "find", "params": [word]}).encode()
    assert Redactor(ANY).data(data).data == data


def test_token_of_a_telegram_bot_is_found_in_the_path_that_has_it():
    token = "1234567890:AA" + (RANDOM * 3)[:33]
    clean = Redactor(ANY).data(f"/bot{token}/getMe".encode()).data
    assert clean == b"/botwiretape-token-1/getMe"


def test_response_to_a_challenge_of_sasl_is_secret():
    proof = base64.b64encode(
        b"c=biws,r=ea131acd809af538c265e65053158e5ad75ef9ca,p=yop1JXTmVO2KKV0/9x7GqqEM6I8="
    ).decode()
    stanza = f'<response xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="SCRAM-SHA-1">{proof}</response>'
    clean = Redactor(ANY).data(stanza.encode()).data
    assert clean == stanza.replace(proof, "wiretape-token-1").encode()
    other = stanza.replace("xmpp-sasl", "caps").encode()
    assert Redactor(ANY).data(other).data == other
