"""A machine whose environment names proxies, as in companies: tests reach their wire all the same."""

import pytest

CLIENT = """
    import os, urllib.request
    import pytest

    def ask(wire):
        with urllib.request.urlopen(wire.url + "/c/api/conversations", timeout=10) as answer:
            return answer.status

    @pytest.mark.cassette
    def test_marked(wire):
        assert ask(wire) == 200
        assert os.environ["NO_PROXY"] == "a.test,127.0.0.1,localhost,::1"

    def test_script(wire):
        assert ask(wire) == 200

    def test_factory(wire_factory):
        with wire_factory("made") as wire:
            assert ask(wire) == 200
        assert os.environ["NO_PROXY"] == "a.test"
        assert "no_proxy" not in os.environ
"""


@pytest.fixture(autouse=True)
def proxies(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "a.test")
    monkeypatch.delenv("no_proxy", raising=False)
    # urllib keeps the opener of its first request, with that moment's proxies: later tests must not get this one.
    monkeypatch.setattr("urllib.request._opener", None)


def test_wires_are_reached_past_the_proxies(inner):
    inner.write(CLIENT)
    inner.run("--record-mode=once", "--wire-upstream=fake").assert_outcomes(passed=3)
    inner.run().assert_outcomes(passed=3)
