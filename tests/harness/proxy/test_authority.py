"""The authority: who believes it, and for which hosts alone."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from harness.proxy.authority import Authority, covers
from harness.proxy.errors import AuthorityError

HOSTS = ["service.test", "other.test"]


def handshake(server_context, pem, name):
    """A whole handshake in memory, by a client as strict as Python knows."""
    client_context = ssl.create_default_context(cadata=pem.decode())
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    upward, downward = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(downward, upward, server_hostname=name)
    server = server_context.wrap_bio(upward, downward, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
    return client.getpeercert()


def extension(authority, kind):
    return authority.certificate.extensions.get_extension_for_class(kind)


def test_certificate_is_believed_by_a_strict_client():
    authority = Authority.make(HOSTS)
    assert handshake(authority.context("service.test"), authority.pem, "service.test")["subjectAltName"] == (
        ("DNS", "service.test"),
    )


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_address_among_the_hosts_is_believed(address):
    authority = Authority.make([address])
    assert handshake(authority.context(address), authority.pem, address)


@pytest.mark.parametrize("name", ["evil.test", "127.0.0.1", "xservice.test"])
def test_certificate_for_another_host_would_not_be_believed(name):
    authority = Authority.make(HOSTS)
    with pytest.raises(ssl.SSLCertVerificationError, match="subtree violation"):
        handshake(authority._new_context(name), authority.pem, name)


def test_names_are_constrained_even_if_only_an_address_is_wanted():
    authority = Authority.make(["127.0.0.1"])
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        handshake(authority._new_context("evil.test"), authority.pem, "evil.test")


@pytest.mark.parametrize("name", ["evil.test", "127.0.0.1", "::1", "test"])
def test_context_for_another_host_is_refused(name):
    with pytest.raises(AuthorityError, match="was not made for"):
        Authority.make(HOSTS).context(name)


def test_constraints_are_critical_and_allow_no_authority_beneath():
    authority = Authority.make(HOSTS)
    assert extension(authority, x509.NameConstraints).critical
    assert extension(authority, x509.BasicConstraints).value == x509.BasicConstraints(ca=True, path_length=0)


def test_authority_of_a_run_is_valid_for_a_day():
    certificate = Authority.make(HOSTS).certificate
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(hours=23) < left <= timedelta(days=1)


def test_certificate_of_a_host_is_made_once():
    authority = Authority.make(HOSTS)
    assert authority.context("service.test") is authority.context("service.test")
    assert authority.context("service.test") is not authority.context("other.test")


def test_no_session_tickets_are_given_out():
    """They would race with the first request of clients that read and write from two threads."""
    assert Authority.make(HOSTS).context("service.test").num_tickets == 0


def test_no_key_is_left_on_the_disk(own_folders):
    Authority.make(HOSTS).context("service.test")
    assert list(own_folders.iterdir()) == []


def test_host_that_is_not_ascii_is_refused():
    with pytest.raises(AuthorityError, match="ASCII"):
        Authority.make(["bücher.test"])


@pytest.mark.parametrize(
    ("host", "expected"), [("service.test", True), ("www.service.test", True), ("test", False), ("1.2.3.4", False)]
)
def test_names_beneath_a_host_are_covered(host, expected):
    assert covers(Authority.make(HOSTS).certificate, host) is expected
