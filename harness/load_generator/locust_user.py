"""`CassetteUser`: a Locust user that plays the client of a cassette, for load from several machines.

    from harness.load_generator.locust_user import CassetteUser

    class Chat(CassetteUser):
        cassette = "chat.yaml"

``locust -f locustfile.py --host http://127.0.0.1:8000`` runs it. Locust counts each measure of
`harness.load_generator.session_times` as a request, and a session that failed as a failure of ``session``.

gevent replaces the sockets of a Locust process, and runs all its users in one thread, where asyncio has one loop at
most. So the users of a process share a worker process, which plays their sessions with the sockets of `wiretape load`.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from harness.errors import HarnessError
from harness.load_generator import WORKER
from provider.install_command import install_command


class MissingLocustError(HarnessError, ImportError):
    """Locust is not installed."""


def _required(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingLocustError(
            f"a Locust user needs the extra `load` ({error.name} is missing): {install_command('cli,load')}"
        ) from None


locust: Any = _required("locust")
_events: Any = _required("gevent.event")
_subprocess: Any = _required("gevent.subprocess")
_gevent: Any = _required("gevent")


class _Engine:
    """A worker process that plays sessions for all users of this process."""

    def __init__(self, python: str, order: Mapping[str, object]) -> None:
        pipe = _subprocess.PIPE
        self._worker: Any = _subprocess.Popen([python, "-m", WORKER], stdin=pipe, stdout=pipe)
        self._waiting: dict[int, Any] = {}
        self._count = 0
        self.has_ended = False
        self._send(order)
        _gevent.spawn(self._read)

    def session(self) -> Mapping[str, Any]:
        """Play one session, and return its times and failures; other users of the process go on meanwhile."""
        if self.has_ended:
            return _ENDED
        self._count += 1
        number, result = self._count, _events.AsyncResult()
        self._waiting[number] = result
        try:
            self._send({"session": number})
        except OSError:
            return _ENDED
        return result.get()

    def _send(self, data: Mapping[str, object]) -> None:
        self._worker.stdin.write(json.dumps(data).encode() + b"\n")
        self._worker.stdin.flush()

    def _read(self) -> None:
        for line in self._worker.stdout:
            said = json.loads(line)
            self._waiting.pop(said["session"]).set(said)
        self.has_ended = True
        for result in self._waiting.values():
            result.set(_ENDED)


_ENDED: Final[Mapping[str, Any]] = {"samples": [], "failures": ["the worker process has ended; its error is above"]}
_engines: dict[str, _Engine] = {}


class CassetteUser(locust.User):  # pyright: ignore[reportUntypedBaseClass]  # Locust is not installed where types are checked
    """Plays the session of `cassette` again and again to Locust's ``--host``, which must be this machine.

    Attributes:
        cassette: Path of the cassette.
        upstreams: Name of a further upstream of the session -> its URL.
        secrets: Name of a placeholder -> the variable that has the secret; as ``--secret`` of ``wiretape load``.
        sends_placeholders: Whether other placeholders are sent as they are.
        fresh_ids: Whether each session sends new UUIDs in place of those that the client made.
        speed: How fast the client acts: ``recorded``, ``instant``, or a factor.
        deadline: Longest silence of the service in seconds.
        limit: Longest duration of a session in seconds.
        python: Interpreter that has wiretape with its extra `cli`, where Locust has another one.
    """

    abstract = True
    cassette: ClassVar[str] = ""
    secrets: ClassVar[Mapping[str, str]] = {}
    upstreams: ClassVar[Mapping[str, str]] = {}
    sends_placeholders: ClassVar[bool] = False
    fresh_ids: ClassVar[bool] = False
    speed: ClassVar[str] = "recorded"
    deadline: ClassVar[float] = 10.0
    limit: ClassVar[float] = 600.0
    python: ClassVar[str] = sys.executable

    def _order(self) -> Mapping[str, object]:
        choices = {
            "to": self.host,
            "upstream": _pairs(self.upstreams),
            "secret": _pairs(self.secrets),
            "speed": self.speed,
            "deadline": self.deadline,
            "limit": self.limit,
            "verify": None,
            "profile": None,
            "sends_placeholders": self.sends_placeholders,
            "fresh_ids": self.fresh_ids,
        }
        return {"cassette": self.cassette, "choices": choices}

    @locust.task  # pyright: ignore[reportUntypedFunctionDecorator]
    def session(self) -> None:
        """Play one session of the cassette, and report its times and failures to Locust, which calls this."""
        order = self._order()
        key = json.dumps(order, sort_keys=True)
        engine = _engines.get(key) or _engines.setdefault(key, _Engine(self.python, order))
        told = engine.session()
        failure = Exception("; ".join(told["failures"])) if told["failures"] else None
        samples: Sequence[tuple[str, str, int]] = told["samples"]
        for measure, label, microseconds in samples:
            self._fire(measure, label, microseconds, failure if measure == "session" else None)
        if failure is not None and not any(measure == "session" for measure, _, _ in samples):
            self._fire("session", "all", 0, failure)
        if engine.has_ended:
            self.environment.runner.quit()

    def _fire(self, measure: str, label: str, microseconds: int, failure: Exception | None) -> None:
        self.environment.events.request.fire(
            request_type=measure,
            name=label,
            response_time=microseconds / 1000,
            response_length=0,
            exception=failure,
            context={},
        )


def _pairs(named: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in named.items()]
