"""Secrets that services put into paths: webhooks, and the tokens of bots."""

from __future__ import annotations

import pytest

from harness.redact.engine import Redactor
from tests.harness.redact.test_generic import ANY

RANDOM = "vRWJroKUu8tNIvg9kyzhvPUnxhh5zHhjIv19nJLu3dVDuOAB01ZwNqNlr91iJXYlC3dN"
SECRETS = {
    "/api/webhooks/123456789012345678/{}": RANDOM,
    "/api/v10/interactions/123456789012345678/{}/callback": RANDOM,
    "/services/{}": f"T0ABCDEFG/B0ABCDEFG/{RANDOM[:24]}",
    "/triggers/{}": f"T0ABCDEFG/1234567890123/{RANDOM[:32]}",
    "/bot{}/sendMessage?chat_id=5": f"123456:{RANDOM[:32]}",
    "/file/bot{}/photos/a.jpg": f"123456:{RANDOM[:35]}",
    "/hooks/{}": "xn3x6trdqfbt9ehpejbkqbyboo",
    "/api/webhook/{}": RANDOM[:64].lower(),
}


@pytest.mark.parametrize("form", SECRETS)
def test_secret_of_a_path_is_found_without_its_host(form: str):
    clean = Redactor(ANY).data(form.format(SECRETS[form]).encode()).data.decode()
    assert clean == form.format("wiretape-token-1")


@pytest.mark.parametrize(
    "path",
    [
        "/services/TOOLS/hammer",
        "/hooks/on-commit",
        "/bot123/sendMessage",
        "/api/webhook/list",
        "/webhooks/17/deliveries",
    ],
)
def test_other_paths_with_these_words_stay(path: str):
    assert Redactor(ANY).data(path.encode()).data == path.encode()
