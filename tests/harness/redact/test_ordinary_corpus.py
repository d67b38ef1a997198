"""Ordinary bodies of many services: nothing in them is secret, and nothing in them may change.

Each file of tests/data/ordinary names its source: the examples of a package, or of a service's public documentation.
"""

import json
import re
from pathlib import Path

import pytest

from harness.profile import ServiceProfile
from harness.redact.engine import Redactor

FOLDER = Path(__file__).parents[2] / "data" / "ordinary"
SERVICES = {path.stem: json.loads(path.read_text())["bodies"] for path in sorted(FOLDER.glob("*.json"))}
TEMPTING = re.compile(
    r'[\w-]*(?:key|token|secret|signature|credential|password|session|csrf|otp|assertion)"\s*:\s*"[^"]{8,}',
    re.IGNORECASE,
)
ANY = ServiceProfile(name="any", upstream="https://service.test")


def spelt(body):
    """As services send it: without blanks, and with them."""
    if isinstance(body, str):
        return [body.encode()]
    return [json.dumps(body, separators=(",", ":")).encode(), json.dumps(body, indent=2, ensure_ascii=False).encode()]


@pytest.mark.parametrize("service", SERVICES)
def test_an_ordinary_body_stays_as_it_is(service):
    changed = [
        (data[edit.start - 60 : edit.end], edit.replacement)
        for body in SERVICES[service]
        for data in spelt(body)
        for edit in Redactor(ANY).data(data).edits
    ]
    assert changed == []


def test_a_session_of_all_ordinary_bodies_stays_as_it_is():
    # One redactor for all: what it wrongly learns in one body it would hunt in the others.
    redactor = Redactor(ANY)
    for bodies in SERVICES.values():
        for body in bodies:
            data = spelt(body)[0]
            assert redactor.data(data).data == data
    assert redactor.labels == ()


def test_the_corpus_is_as_large_and_as_tempting_as_it_says():
    bodies = [body for bodies in SERVICES.values() for body in bodies]
    assert len(bodies) >= 200
    assert len(SERVICES) >= 25
    assert sum(bool(TEMPTING.search(json.dumps(body))) for body in bodies) >= 20
