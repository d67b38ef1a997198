"""The files that tell clients whom to trust."""

import ssl

from harness.proxy.authority import Authority
from harness.proxy.client_env import trust_files, usual_authorities

ONE, TWO = (Authority.make(["service.test"]).pem for _ in range(2))


def certificates(path):
    return path.read_bytes().count(b"BEGIN CERTIFICATE")


def test_bundle_has_the_usual_authorities_and_ours():
    with trust_files(ONE) as files:
        assert certificates(files.bundle) > 50
        assert files.bundle.read_bytes().endswith(ONE)
        assert certificates(files.addition) == 1
        ssl.create_default_context(cafile=str(files.bundle))


def test_files_and_folder_are_private_and_gone_in_the_end(own_folders):
    with trust_files(ONE) as files:
        modes = {path.stat().st_mode & 0o777 for path in files.bundle.parent.iterdir()}
        assert modes == {0o600}
        assert files.bundle.parent.stat().st_mode & 0o777 == 0o700
    assert list(own_folders.iterdir()) == []


def test_users_own_authorities_stay_trusted(monkeypatch, tmp_path):
    (tmp_path / "mine.pem").write_bytes(TWO.rstrip(b"\n"))
    for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
        monkeypatch.setenv(name, str(tmp_path / "mine.pem"))
    with trust_files(ONE) as files:
        assert files.bundle.read_bytes() == files.addition.read_bytes() == TWO + ONE


def test_file_that_several_variables_name_is_taken_once(monkeypatch, tmp_path):
    (tmp_path / "mine.pem").write_bytes(TWO)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(tmp_path / "mine.pem"))
    assert usual_authorities() == TWO


def test_variable_that_names_no_file_is_passed_over(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/file")
    assert usual_authorities().count(b"BEGIN CERTIFICATE") > 50
