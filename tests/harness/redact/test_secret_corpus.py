"""The secrets of the world: every kind in every carrier, and none may survive."""

import base64
import os
import random
import re
from urllib.parse import unquote

import pytest

from harness.profile import ServiceProfile
from harness.redact.engine import Redactor
from tests.support.secret_carriers import CARRIERS
from tests.support.secret_kinds import KINDS, LOOKS

ANY = ServiceProfile(name="any", upstream="https://service.test")
"""A service of which nothing is known."""
SEED = int(os.environ.get("WIRETAPE_SEED", "20261201"))


def redacted(redactor, made):
    if isinstance(made, str):
        return redactor.text(made).encode()
    if isinstance(made, tuple):
        return "\n".join(f"{name}: {value}" for name, value in redactor.headers(made)).encode()
    return redactor.data(made).data


def plain(made):
    if isinstance(made, str):
        return made.encode()
    return "\n".join(map(": ".join, made)).encode() if isinstance(made, tuple) else made


def unescaped(data):
    """What bytes hold once usual encodings are taken off."""
    text = data.decode("utf-8", "replace")
    decoded = re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), text).replace("\\", "")
    coded = [base64.b64decode(each[: len(each) // 4 * 4]) for each in re.findall(r"[A-Za-z0-9+/]{20,}", text)]
    hexed = [bytes.fromhex(each[: len(each) // 2 * 2]) for each in re.findall(r"[0-9a-f]{20,}", text)]
    inner = "\n".join(each.decode("utf-8", "replace") for each in coded + hexed)
    return "\n".join([text, decoded, unquote(text), unquote(unquote(text)), inner])


def shows(data, core):
    text = unescaped(data)
    return core in text or core[2:-2] in text


def fits(kind, carrier):
    return (carrier.named or not kind.name) and not (carrier.header_safe and kind.label == "pem")


@pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.name)
def test_no_secret_survives(carrier):
    rng = random.Random(f"{SEED} {carrier.name}")
    survived = []
    for kind in KINDS:
        for _ in range(2 if fits(kind, carrier) else 0):
            secret = kind.make(rng)
            made = carrier.make(kind.name or "note", secret)
            core = kind.core(secret)
            assert shows(plain(made), core), (kind.label, carrier.name)
            if shows(redacted(Redactor(ANY), made), core):
                survived.append((kind.label, kind.name, core))
    assert survived == []


def test_the_corpus_is_as_large_as_it_says():
    assert len(KINDS) >= 60
    assert len({kind.label for kind in LOOKS}) >= 50
    assert len(CARRIERS) >= 25
