import math
import re
from collections import Counter

import pytest

from harness.redact.standin import Standins, is_standin

KINDS = ["token", "cookie", "id", "text", "time", "uuid", "email", "number", "jwt", "jwe", "basic"]


def entropy(value):
    return -sum(n / len(value) * math.log2(n / len(value)) for n in Counter(value).values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_standin_is_known_as_one(kind):
    maker = Standins()
    assert all(is_standin(maker.make(b"value", kind)) for _ in range(30))


@pytest.mark.parametrize("kind", KINDS)
def test_no_standin_looks_like_a_credential(kind):
    standin = Standins().make(b"value", kind)
    # Scanners call it a secret from 3.5 bits a character on if a tell-tale name stands before it.
    assert entropy(standin) < {"email": 3.8, "basic": 4.3}.get(kind, 3.5)
    assert not re.search(rb"eyJ|AKIA|gh[pousr]_|xox[baprs]-|sk-", standin)


@pytest.mark.parametrize("kind", KINDS)
def test_standins_need_no_escape(kind):
    assert re.fullmatch(rb"[A-Za-z0-9._@=-]+", Standins().make(b"value", kind))
