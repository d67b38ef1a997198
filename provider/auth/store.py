"""Stores a sign-in between runs: in the system's keyring if one works, else in a file that only its owner can read."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import stat
from collections.abc import Callable, Generator
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import msgspec

from provider.auth.folders import data_folder
from provider.auth.keyring_calls import KeyringCallError, call_keyring
from provider.auth.locks import locked
from provider.credentials import Credentials
from provider.errors import UsageError

_logger = logging.getLogger("provider.auth")

STORE_VARIABLE: Final = "COPILOT_STORE"
FILE_NAME: Final = "credentials.json"
KEYRING_SERVICE: Final = "wiretape"
_KINDS: Final = ("keyring", "file", "off")
_logged: Final[set[str]] = set()
"""The reasons for not using a keyring that are in the log: once in a process."""
_MOST_BYTES: Final = 1024 * 1024
_VERSION: Final = 1
_FIELDS: Final = tuple(each.name for each in fields(Credentials) if each.name != "origin")
Result = TypeVar("Result")


class Store(Protocol):
    """Stores one set of credentials for each origin.

    Attributes:
        where: The place of the store, for messages.
    """

    where: str

    def load(self, origin: str) -> Credentials | None:
        """Return the credentials of an origin, or None.

        Raises:
            UsageError: The stored data cannot be trusted or read.
        """
        ...

    def save(self, credentials: Credentials) -> None:
        """Store credentials in place of those of the same origin.

        Raises:
            UsageError: They have no origin, or cannot be stored.
        """
        ...

    def delete(self, origin: str) -> bool:
        """Delete the credentials of an origin. Returns whether there were any."""
        ...

    def origins(self) -> list[str]:
        """Return the origins with stored credentials."""
        ...


def open_store() -> Store | None:
    """Return the store that ``COPILOT_STORE`` names, else the keyring if one works, else the file.

    ``COPILOT_STORE=off`` returns None.

    Raises:
        UsageError: ``COPILOT_STORE`` is not ``keyring``, ``file`` or ``off``, or is ``keyring`` and no keyring works.
    """
    chosen = os.environ.get(STORE_VARIABLE, "").strip().lower()
    if chosen and chosen not in _KINDS:
        raise UsageError(
            f"{STORE_VARIABLE} is {chosen!r}, which is not a kind of store",
            step="store",
            hint=f"Known: {', '.join(_KINDS)}.",
        )
    if chosen == "off":
        return None
    if chosen != "file":
        keyring = KeyringStore.find()
        if keyring is not None:
            return keyring
        if chosen == "keyring":
            hint = "Install one that works (pip install keyring), or set COPILOT_STORE=file."
            raise UsageError("No keyring works here to store the credentials in", step="store", hint=hint)
    return FileStore(data_folder() / FILE_NAME)


# -------------------------------------------------------------------- as text
def _encode(credentials: Credentials) -> dict[str, Any]:
    """Credentials as they are written; their origin is the key that they are stored under."""
    return {name: getattr(credentials, name) for name in _FIELDS} | {"cookies": dict(credentials.cookies)}


def _decode(origin: str, stored: Any, where: str) -> Credentials:
    if not isinstance(stored, dict) or not {"token", "cookies", "source"} <= stored.keys():
        raise _broken(where)
    try:
        return msgspec.convert({**stored, "origin": origin}, Credentials)
    except msgspec.ValidationError:
        raise _broken(where) from None


def _broken(where: str) -> UsageError:
    hint = "Delete it, and sign in again: wiretape login."
    return UsageError(f"The credentials in {where} are damaged or of another version", step="store", hint=hint)


def _origin_of(credentials: Credentials) -> str:
    if credentials.origin is None:
        hint = "Pass credentials that name the service's origin."
        raise UsageError("Credentials without an origin cannot be stored", step="store", hint=hint)
    return credentials.origin


# -------------------------------------------------------------------- the file
class FileStore:
    """A JSON file that only its owner can read. It is replaced as a whole, under a lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.where = str(path)

    def load(self, origin: str) -> Credentials | None:
        """Return the credentials of an origin, or None; see `Store.load`."""
        found = self._read().get(origin)
        return None if found is None else _decode(origin, found, self.where)

    def save(self, credentials: Credentials) -> None:
        """Store credentials in place of those of the same origin; see `Store.save`."""
        origin = _origin_of(credentials)
        self._change(lambda kept: {**kept, origin: _encode(credentials)})

    def delete(self, origin: str) -> bool:
        """Delete the credentials of an origin; see `Store.delete`."""
        existed = origin in self._read()
        if existed:
            self._change(lambda kept: {name: stored for name, stored in kept.items() if name != origin})
        return existed

    def origins(self) -> list[str]:
        """Return the origins with stored credentials; see `Store.origins`."""
        return sorted(self._read())

    def _change(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        try:
            with locked(self._path.with_suffix(".lock")):
                self._write(change(self._read()))
        except TimeoutError as error:
            what = f"{self.where} is in use ({error.strerror})"
            raise UsageError(what, step="store", hint="Wait for the other process, or end it.") from error
        except OSError as error:
            what = f"{self.where} cannot be written ({error.strerror})"
            raise UsageError(
                what, step="store", hint=f"Make its folder writable, or set {STORE_VARIABLE}=off."
            ) from error

    def _read(self) -> dict[str, Any]:
        try:
            with self._opened() as file:
                content = os.read(file, _MOST_BYTES + 1)
        except FileNotFoundError:
            return {}
        except OSError as error:
            what = f"{self.where} cannot be read ({error.strerror})"
            raise UsageError(what, step="store", hint="Make it a regular file that you own and can read.") from error
        try:
            stored: Any = json.loads(content)
        except (ValueError, RecursionError):
            raise _broken(self.where) from None
        sessions = stored.get("sessions") if isinstance(stored, dict) and stored.get("version") == _VERSION else None
        if not isinstance(sessions, dict):
            raise _broken(self.where)
        return sessions

    @contextlib.contextmanager
    def _opened(self) -> Generator[int]:
        file = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            facts = os.fstat(file)
            if stat.S_IMODE(facts.st_mode) & 0o077 or facts.st_uid != os.getuid():
                hint = f"It holds your access token. chmod 600 {self.where}; sign in again if others may have read it."
                raise UsageError(f"{self.where} is readable by other users, or is not yours", step="store", hint=hint)
            yield file
        finally:
            os.close(file)

    def _write(self, sessions: dict[str, Any]) -> None:
        fresh = self._path.with_name(f".{self._path.name}.{secrets.token_hex(6)}")
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(file, "w", encoding="utf-8") as out:
                json.dump({"version": _VERSION, "sessions": sessions}, out)
                out.flush()
                os.fsync(out.fileno())
            os.replace(fresh, self._path)  # noqa: PTH105  # atomic
        except BaseException:
            with contextlib.suppress(OSError):
                fresh.unlink()
            raise


# -------------------------------------------------------------------- the keyring
class KeyringStore:
    """The system's keyring: one entry for each origin, and one with the list of origins."""

    _LIST: Final = "origins"

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self.where = f"the keyring ({type(backend).__module__.rpartition('.')[2]})"

    @classmethod
    def find(cls) -> KeyringStore | None:
        """Return the keyring if the package is installed and a backend answers; else None."""
        try:
            import keyring
            from keyring.backends import fail, null
        except ImportError:
            return None
        backend = keyring.get_keyring()
        if isinstance(backend, fail.Keyring | null.Keyring):
            return None
        found = cls(backend)
        try:
            found.origins()
        except UsageError as error:
            if error.what not in _logged:
                _logged.add(error.what)
                _logger.info("the keyring is not used: %s", error.what)
            return None
        return found

    def load(self, origin: str) -> Credentials | None:
        """Return the credentials of an origin, or None; see `Store.load`."""
        stored = self._get(origin)
        return None if stored is None else _decode(origin, _parsed(stored, self.where), self.where)

    def save(self, credentials: Credentials) -> None:
        """Store credentials in place of those of the same origin; see `Store.save`."""
        origin = _origin_of(credentials)
        self._set(origin, json.dumps(_encode(credentials)))
        self._set(self._LIST, json.dumps(sorted({*self.origins(), origin})))

    def delete(self, origin: str) -> bool:
        """Delete the credentials of an origin; see `Store.delete`."""
        if self._get(origin) is None:
            return False
        self._within(lambda: self._backend.delete_password(KEYRING_SERVICE, origin))
        self._set(self._LIST, json.dumps([each for each in self.origins() if each != origin]))
        return True

    def origins(self) -> list[str]:
        """Return the origins with stored credentials; see `Store.origins`."""
        stored = _parsed(self._get(self._LIST) or "[]", self.where)
        return [each for each in stored if isinstance(each, str)] if isinstance(stored, list) else []

    def _get(self, name: str) -> str | None:
        return self._within(lambda: self._backend.get_password(KEYRING_SERVICE, name))

    def _set(self, name: str, value: str) -> None:
        self._within(lambda: self._backend.set_password(KEYRING_SERVICE, name, value))

    def _within(self, work: Callable[[], Result]) -> Result:
        try:
            return call_keyring(self._backend, work)
        except KeyringCallError as error:
            hint = f"Unlock it and start the program again, or set {STORE_VARIABLE}=file."
            raise UsageError(
                f"{self.where}, where the credentials are stored, fails ({error})", step="store", hint=hint
            ) from None


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _broken(where) from None
