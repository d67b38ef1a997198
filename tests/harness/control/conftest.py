import pytest

from harness.cassette.store import save
from harness.control import controlling
from tests.harness.stubs.conftest import ask
from tests.support.cassettes.builders import call, cassette


@pytest.fixture
def folder(tmp_path):
    """A folder with one cassette."""
    made = tmp_path / "cassettes"
    (made / "sub").mkdir(parents=True)
    for name in ("talk.yaml", "sub/inner.yaml"):
        save(cassette(call("GET /items", answer=b"[1]"), call("GET /more", answer=b"[2]")), made / name)
    return made


@pytest.fixture
def control(folder):
    with controlling(folder) as running:
        yield running


def begin(control, cassette="talk", **more):
    return ask(f"{control.url}/tests", "POST", {"cassette": cassette, **more}, content_type="application/json")


def end(test, **body):
    return ask(test["test"], "DELETE", body, content_type="application/json")
