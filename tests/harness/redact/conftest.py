import pytest

from harness.profile import ServiceProfile
from harness.redact.engine import Redactor

PROFILE = ServiceProfile(
    name="test",
    upstream="https://service.test",
    secret_headers={"authorization": "token", "x-session": "token"},
    secret_query={"access_token": "token", "sig": "token"},
    secret_fields={"accessToken": "token", "secret": "token", "password": "token", "userUuid": "uuid"},
)


@pytest.fixture
def redactor():
    return Redactor(PROFILE)


@pytest.fixture(scope="session")
def new_redactor():
    return lambda: Redactor(PROFILE)
