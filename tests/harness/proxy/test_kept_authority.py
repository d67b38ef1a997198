"""An authority kept in a file: private, for its hosts, and not for ever."""

import os
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from harness.proxy.authority import Authority
from harness.proxy.errors import AuthorityError
from harness.proxy.kept_authority import kept_authority

HOSTS = ("service.test",)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ca.pem"


def write(path, *parts):
    path.touch(0o600)
    path.write_bytes(b"".join(parts))


def key_of(authority):
    return authority.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_second_run_has_the_authority_of_the_first(path):
    assert kept_authority(path, HOSTS).pem == kept_authority(path, HOSTS).pem


def test_kept_authority_makes_certificates(path):
    kept_authority(path, HOSTS)
    assert kept_authority(path, HOSTS).context("service.test")


def test_file_is_private_and_alone(path):
    kept_authority(path, HOSTS)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_nlink == 1
    assert [each for each in path.parent.iterdir() if each.is_file()] == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_file_that_others_can_read_is_refused(path, mode):
    kept_authority(path, HOSTS)
    path.chmod(mode)
    with pytest.raises(AuthorityError, match="users other than you"):
        kept_authority(path, HOSTS)


def test_authority_for_other_hosts_is_refused(path):
    kept_authority(path, HOSTS)
    with pytest.raises(AuthorityError, match=r"not made for the host new\.test"):
        kept_authority(path, ("service.test", "new.test"))


def test_authority_that_has_run_out_is_refused(path):
    old = Authority.make(HOSTS, lasting=timedelta(minutes=-1))
    write(path, key_of(old), old.pem)
    with pytest.raises(AuthorityError, match="was valid until"):
        kept_authority(path, HOSTS)


@pytest.mark.parametrize("text", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_file_of_anything_else_is_refused(path, text):
    write(path, text)
    with pytest.raises(AuthorityError, match="does not hold a certificate with its unencrypted key"):
        kept_authority(path, HOSTS)


def test_key_of_another_authority_is_refused(path):
    write(path, key_of(Authority.make(HOSTS)), Authority.make(HOSTS).pem)
    with pytest.raises(AuthorityError, match="the key does not belong to the certificate; use another file"):
        kept_authority(path, HOSTS)


def test_link_is_not_followed(path, tmp_path):
    kept_authority(tmp_path / "real.pem", HOSTS)
    path.symlink_to(tmp_path / "real.pem")
    with pytest.raises(AuthorityError):
        kept_authority(path, HOSTS)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_what_is_no_file_is_refused(path, make):
    make(path)
    with pytest.raises(AuthorityError, match="is not a regular file"):
        kept_authority(path, HOSTS)


def test_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(AuthorityError, match="No such file"):
        kept_authority(tmp_path / "none" / "ca.pem", HOSTS)
