import pytest

from tests.support.inner_pytest.failing import CASSETTE


@pytest.fixture
def played(inner):
    inner.cassette("names").parent.mkdir()
    inner.cassette("names").write_text(CASSETTE)
    return inner
