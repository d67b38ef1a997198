"""The secrets of the world: every kind in every carrier, and none may survive."""

import os
import random

import pytest

from harness.profile import ServiceProfile
from harness.redact.detect import generic_names, patterns
from harness.redact.engine import Redactor
from tests.support.secrets.carriers import CARRIERS, fits, shows
from tests.support.secrets.kinds import KINDS, LOOKS, NAMED

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


# ---------------------------------------------------------------- each rule is needed
def survivors(kinds):
    """Of some kinds, in three carriers: which secrets are left."""
    left = set()
    for carrier in CARRIERS:
        if carrier.name in {"JSON", "form", "prose"}:
            rng = random.Random(f"{SEED} {carrier.name}")
            for kind in (each for each in kinds if fits(each, carrier)):
                secret = kind.make(rng)
                made = carrier.make(kind.name or "note", secret)
                if shows(redacted(Redactor(ANY), made), kind.core(secret)):
                    left.add(kind.label)
    return left


OF_PLACES = {"password", "signature", "sig"}
"""What a look in a URL gives away is found by the name before it."""


@pytest.mark.parametrize("label", sorted({kind.label for kind in LOOKS} - OF_PLACES))
def test_without_its_look_a_kind_survives(label, monkeypatch):
    kinds = [kind for kind in LOOKS if kind.label == label]
    monkeypatch.setattr(patterns, "PATTERNS", tuple(each for each in patterns.PATTERNS if each.label != label))
    assert survivors(kinds) == {label}


@pytest.fixture
def without(monkeypatch):
    """Takes a name's rule away."""

    def take(label):
        for table in (generic_names.ENDINGS, generic_names.KNOWN):
            monkeypatch.delitem(table, label, raising=False)
        generic_names.forget()

    yield take
    monkeypatch.undo()
    generic_names.forget()


@pytest.mark.parametrize("label", sorted({kind.label for kind in NAMED}))
def test_without_its_name_a_kind_survives(label, without):
    without(label)
    assert label in survivors([kind for kind in NAMED if kind.label == label])


def test_every_look_has_a_kind_or_is_one_more_of_a_provider():
    assert {kind.label for kind in LOOKS} - OF_PLACES <= {pattern.label for pattern in patterns.PATTERNS}
