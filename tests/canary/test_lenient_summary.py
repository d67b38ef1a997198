"""Secrets beside values that differ in a session that goes well: the plugin's summary shows places, and no secret."""

from tests.support.inner_pytest.runs import InnerPytest

SECRETS = ("q7Zk3vX9pLw2RtY8mB4n", "robin.hood@sherwood-forest.test", "hunter2-of-nottingham")
TEST = """
import json, os, urllib.request, uuid


@pytest.mark.cassette("greeting", ignore=["query.t"])
def test_asks(wire):
    for language, name in (("de", "one"), ("fr", "one"), ("it", str(uuid.uuid4()))):
        body = {"id": name, "password": "hunter2-of-nottingham", "to": "robin.hood@sherwood-forest.test"}
        request = urllib.request.Request(
            wire.url + "/c/api/user?api_key=q7Zk3vX9pLw2RtY8mB4n&t=" + os.environ["WORD"],
            json.dumps(body).encode(),
            {"content-type": "application/json", "accept-language": language + os.environ["WORD"]},
        )
        try:
            urllib.request.urlopen(request, timeout=5)
        except urllib.error.HTTPError as error:
            assert error.code != 501
            error.close()
"""


def test_summary_of_what_may_differ_names_places_and_no_secret(pytester, monkeypatch):
    inner = InnerPytest(pytester)
    inner.write(TEST)
    monkeypatch.setenv("WORD", "alice")
    inner.record()
    monkeypatch.setenv("WORD", "robin-of-loxley")
    result = inner.run("-vv", "-rA", "--junitxml=junit.xml")
    result.assert_outcomes(passed=1)
    said = result.stdout.str() + result.stderr.str() + (inner.folder / "junit.xml").read_text()
    assert "wiretape: 1 generated value bound in 1 test" in said
    assert "json.id (uuid), 1 x" in said
    assert "wiretape: note: cassettes/greeting.yaml: " in said
    assert [secret for secret in SECRETS if secret in said] == []
