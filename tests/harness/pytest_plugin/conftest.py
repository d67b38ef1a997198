import pytest

from tests.support.inner_pytest.runs import InnerPytest


@pytest.fixture(autouse=True)
def no_build_machine(monkeypatch):
    # pytest's summaries are longer there.
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def inner(pytester):
    """Runs in this process."""
    return InnerPytest(pytester, in_process=True)


@pytest.fixture
def apart(pytester):
    """Runs in processes of their own."""
    return InnerPytest(pytester)
