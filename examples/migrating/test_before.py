"""docs/migrating.md: with pytest-recording."""

import os

import pytest
import vcr as vcrpy

import account


@pytest.fixture(autouse=True)
def _service(monkeypatch):
    # No such host exists: a request without a recording of vcrpy reaches nothing.
    monkeypatch.setenv("COPILOT_BASE_URL", os.environ.get("COPILOT_BASE_URL", "http://copilot.test"))


@pytest.fixture(scope="module")
def vcr_cassette_dir(request):
    return str(request.path.parent / "vcr_cassettes")


@pytest.fixture(scope="module")
def vcr_config():
    return {"filter_headers": ["authorization"], "match_on": ["method", "path", "query"]}


@pytest.mark.vcr
def test_first_name(vcr):
    assert account.first_name() == "Robin"
    assert len(vcr.requests) == 1


@pytest.mark.vcr
@pytest.mark.default_cassette("conversation.yaml")
def test_conversation_is_opened(vcr):
    assert len(account.open_conversation()) == 21


def test_first_name_in_a_block(vcr_cassette_dir, vcr_config):
    with vcrpy.use_cassette(f"{vcr_cassette_dir}/test_first_name.yaml", record_mode="none", **vcr_config):
        assert account.first_name() == "Robin"
