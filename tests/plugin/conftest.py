import pytest

from tests.support.inner_pytest import InnerPytest


@pytest.fixture
def inner(pytester):
    return InnerPytest(pytester)
