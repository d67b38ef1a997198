"""Where sign-ins are kept: the file, and the keyring where one works."""

import contextlib
import json
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring

from provider import Credentials, UsageError
from provider.auth.store import FileStore, KeyringStore, open_store

ORIGIN = "https://copilot.microsoft.com"
KEPT = Credentials(
    token="token-1", cookies={"_U": "c"}, identity_type="google", expires_at=4e9, origin=ORIGIN, source="a browser"
)
OTHER = Credentials(token="token-2", origin="https://other.example", source="a.har")


class InMemory(KeyringBackend):
    """A keyring that lasts as long as the test."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_password(self, service, username):
        return self.kept.get((service, username))

    def set_password(self, service, username, password):
        self.kept[service, username] = password

    def delete_password(self, service, username):
        del self.kept[service, username]


class Locked(InMemory):
    """A keyring that waits for a person."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.go_on = threading.Event()
        self.calls = 0

    def get_password(self, service, username):
        self.calls += 1
        self.go_on.wait(30)
        return super().get_password(service, username)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "wiretape" / "credentials.json"


@pytest.fixture(params=["file", "keyring"])
def store(request, file):
    return FileStore(file) if request.param == "file" else KeyringStore(InMemory())


@pytest.fixture
def use_keyring(monkeypatch):
    monkeypatch.delenv("COPILOT_STORE", raising=False)
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


# -------------------------------------------------------------------- both
def test_what_was_kept_is_had_again(store):
    store.save(KEPT)
    assert store.load(ORIGIN) == KEPT


def test_credentials_are_for_their_own_origin(store):
    store.save(KEPT)
    store.save(OTHER)
    assert store.load("https://copilot.microsoft.com.evil.tld") is None
    assert (store.load(ORIGIN).token, store.origins()) == ("token-1", [ORIGIN, "https://other.example"])


def test_later_ones_take_the_place_of_earlier_ones(store):
    store.save(KEPT)
    store.save(Credentials(token="new", origin=ORIGIN, source="b.har"))
    assert store.load(ORIGIN).token == "new"


def test_what_was_deleted_is_gone(store):
    store.save(KEPT)
    assert (store.delete(ORIGIN), store.delete(ORIGIN)) == (True, False)
    assert (store.load(ORIGIN), store.origins()) == (None, [])


def test_credentials_of_no_origin_are_not_kept(store):
    with pytest.raises(UsageError, match="without an origin"):
        store.save(Credentials(token="t"))


# -------------------------------------------------------------------- the file
def test_file_and_folder_are_their_owners_alone(file):
    FileStore(file).save(KEPT)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file, file.parent)] == [0o600, 0o700]
    assert sorted(path.name for path in file.parent.iterdir()) == ["credentials.json", "credentials.lock"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_file_that_others_can_read_is_refused(file, mode):
    FileStore(file).save(KEPT)
    file.chmod(mode)
    with pytest.raises(UsageError, match="chmod 600"):
        FileStore(file).load(ORIGIN)


def test_link_in_the_files_place_is_refused(file, tmp_path):
    FileStore(file).save(KEPT)
    file.rename(tmp_path / "elsewhere.json")
    file.symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(UsageError, match="file that you own"):
        FileStore(file).load(ORIGIN)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"version":2,"sessions":{}}',
        '{"version":1}',
        json.dumps({"version": 1, "sessions": {ORIGIN: 5}}),
    ],
)
def test_broken_file_is_refused_and_left_as_it_is(file, content):
    file.parent.mkdir(mode=0o700)
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(UsageError, match="damaged or of another version"):
        FileStore(file).load(ORIGIN)
    if not content.startswith('{"version": 1'):
        with pytest.raises(UsageError):
            FileStore(file).save(OTHER)
        assert file.read_text() == content


def test_broken_file_is_not_quoted(file):
    file.parent.mkdir(mode=0o700)
    file.write_text('{"SECRET": ')
    file.chmod(0o600)
    with pytest.raises(UsageError) as caught:
        FileStore(file).load(ORIGIN)
    assert "SECRET" not in f"{caught.value!r} {caught.value} {caught.value.__cause__} {caught.value.__context__!r}"


SAVE_MANY = """
import sys
from pathlib import Path
from provider import Credentials
from provider.auth.store import FileStore
store = FileStore(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    store.save(Credentials(token=f"t{number}", origin=f"https://{sys.argv[2]}-{number}.example", source="test"))
"""


def saving(file, name, count):
    command = [sys.executable, "-c", SAVE_MANY, str(file), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_eight_processes_that_save_at_once_lose_nothing(file):
    processes = [saving(file, f"p{number}", 10) for number in range(8)]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert len(FileStore(file).origins()) == 80


def test_killed_process_leaves_a_whole_file_and_no_lock(file):
    FileStore(file).save(KEPT)
    for number in range(5):
        process = saving(file, f"killed{number}", 10_000)
        assert process.stdout.readline() == "ready\n"
        while len(FileStore(file).origins()) < 2 + number * 5:
            pass
        process.kill()
        process.communicate()
        assert FileStore(file).load(ORIGIN) == KEPT
    FileStore(file).save(OTHER)
    assert FileStore(file).load(OTHER.origin) == OTHER


# -------------------------------------------------------------------- which one
def test_keyring_is_used_where_one_works(use_keyring):
    use_keyring(InMemory())
    store = open_store()
    store.save(KEPT)
    assert isinstance(store, KeyringStore)
    assert open_store().load(ORIGIN) == KEPT


def test_file_is_used_where_no_keyring_works(use_keyring, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    use_keyring(NoKeyring())
    assert open_store().where == str(tmp_path / "wiretape" / "credentials.json")


def test_keyring_that_waits_for_a_person_is_waited_for_once_in_a_process(use_keyring, tmp_path, monkeypatch, caplog):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("provider.auth.keyring_calls.PATIENCE", 0.05)
    monkeypatch.setattr("provider.auth.store._logged", set())
    backend = Locked()
    use_keyring(backend)
    before = threading.active_count()
    try:
        with caplog.at_level("INFO", "provider.auth"), ThreadPoolExecutor(4) as pool:
            stores = list(pool.map(lambda _: open_store(), range(20)))
        assert {type(store) for store in stores} == {FileStore}
        assert backend.calls == 1
        assert threading.active_count() == before + 1
        assert len(caplog.messages) == 1
        with pytest.raises(UsageError, match=r"fails \(the keyring did not answer within"):
            KeyringStore(backend).load(ORIGIN)
        assert backend.calls == 1
    finally:
        backend.go_on.set()


def test_keyring_that_raises_is_asked_again(use_keyring, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    backend = InMemory()
    monkeypatch.setattr(backend, "kept", None)
    use_keyring(backend)
    assert isinstance(open_store(), FileStore)
    monkeypatch.setattr(backend, "kept", {})
    assert isinstance(open_store(), KeyringStore)


@pytest.mark.parametrize(("chosen", "kind"), [("file", FileStore), ("FILE", FileStore), ("keyring", KeyringStore)])
def test_store_can_be_chosen(use_keyring, monkeypatch, chosen, kind):
    use_keyring(InMemory())
    monkeypatch.setenv("COPILOT_STORE", chosen)
    assert isinstance(open_store(), kind)


def test_store_can_be_off(monkeypatch):
    monkeypatch.setenv("COPILOT_STORE", "off")
    assert open_store() is None


@pytest.mark.parametrize(("chosen", "told"), [("cloud", "Known: keyring, file, off"), ("keyring", "No keyring works")])
def test_store_that_there_is_not_is_a_usage_error(use_keyring, monkeypatch, chosen, told):
    use_keyring(NoKeyring())
    monkeypatch.setenv("COPILOT_STORE", chosen)
    with pytest.raises(UsageError, match=told):
        open_store()


def test_store_that_another_process_holds_is_said_to_be_in_use(file, monkeypatch):
    @contextlib.contextmanager
    def held(path):
        raise TimeoutError(None, f"another process holds {path.name}")
        yield

    monkeypatch.setattr("provider.auth.store.locked", held)
    with pytest.raises(UsageError, match=r"is in use \(another process holds .*lock\)") as caught:
        FileStore(file).save(KEPT)
    assert "Wait" in caught.value.hint


def test_nothing_is_shown_of_what_is_kept(store):
    store.save(KEPT)
    assert "token-1" not in f"{store!r} {store.where} {store.load(ORIGIN)!r}"
