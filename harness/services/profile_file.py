"""Profiles from TOML: ``wiretape.toml``, ``[tool.wiretape]`` of pyproject.toml, and the built-in ones.

A profile file may come from a stranger, so it can add rules of redaction but remove none, names no code, and sets only
variables that lead a client to the local server.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, Final, NoReturn, cast

from harness.profile import ServiceProfile
from harness.services.environment import named_in
from harness.services.errors import ProfileError
from harness.services.event_names import event_name_at
from harness.services.profile_values import READERS, name_problem
from harness.services.toml_lines import line_of, shown
from harness.services.toml_reading import read_toml

MAX_BYTES: Final = 64 * 1024
MAX_SERVICES: Final = 50
_SERVICES: Final = "services"
Find = Callable[[str], ServiceProfile | None]


def read_profiles(
    content: bytes, file: str, base: ServiceProfile, find: Find, *, under: str = "", taken: Collection[str] = ()
) -> list[ServiceProfile]:
    """The profiles in a TOML file, in their order.

    Args:
        content: The file's content.
        file: The file's name, for errors.
        base: The profile whose rules every profile has: the neutral one.
        find: Returns the built-in profile that ``extends`` names.
        under: The table that holds them: ``tool.wiretape``; empty for the whole file.
        taken: Names that the profiles may not have.

    Raises:
        ProfileError: The file is too large, is not TOML, or has an unknown key or an invalid value.
    """
    return _Reader(content, file, base, find, tuple(under.split(".")) if under else (), taken).profiles()


class _Reader:
    def __init__(  # private: what `read_profiles` takes
        self,
        content: bytes,
        file: str,
        base: ServiceProfile,
        find: Find,
        under: tuple[str, ...],
        taken: Collection[str],
    ) -> None:
        self._file = file
        self._base = base
        self._find = find
        self._under = under
        self._taken = taken
        if len(content) > MAX_BYTES and not under:
            raise ProfileError(
                file, None, "", f"the file with profiles has {len(content)} bytes: it may have at most {MAX_BYTES}"
            )
        self._text, self._root = read_toml(content, file)

    def profiles(self) -> list[ServiceProfile]:
        table: Any = self._root
        for name in self._under:
            table = table.get(name, {}) if isinstance(table, Mapping) else {}
        if not isinstance(table, Mapping):
            self._fail((), "expected a table")
        given = cast("Mapping[str, Any]", table)
        for name in given:
            if name != _SERVICES:
                self._fail((name,), f"unknown key: write the profile as a table [{self._dotted((_SERVICES, 'NAME'))}]")
        services = given.get(_SERVICES, {})
        if not isinstance(services, Mapping):
            self._fail((_SERVICES,), "expected tables, one for each service")
        named = cast("Mapping[str, Any]", services)
        if len(named) > MAX_SERVICES:
            self._fail((_SERVICES,), f"a file may describe {MAX_SERVICES} services, this one has {len(named)}")
        return [self._profile(name, value) for name, value in named.items()]

    def _profile(self, name: str, value: object) -> ServiceProfile:
        key = (_SERVICES, name)
        if problem := name_problem(name):
            self._fail(key, problem)
        if name in self._taken:
            self._fail(key, f"a built-in profile has this name: take another, with extends = {name!r}")
        if not isinstance(value, Mapping):
            self._fail(key, "expected a table of keys")
        found: dict[str, Any] = {}
        for setting, given in cast("Mapping[str, Any]", value).items():
            reader = READERS.get(setting)
            if reader is None:
                self._fail((*key, setting), f"unknown key: expected one of {', '.join(READERS)}")
            try:
                found[setting] = reader(given)
            except (TypeError, ValueError) as error:
                self._fail((*key, setting, *_inner(error)), str(error.args[0]))
        return self._made(name, found, key)

    def _made(self, name: str, found: Mapping[str, Any], key: tuple[str, ...]) -> ServiceProfile:
        extended = found.get("extends", "")
        base = self._find(extended) if extended else self._base
        if base is None:
            self._fail((*key, "extends"), "there is no such built-in profile: see `wiretape profile list`")
        upstreams: tuple[str, ...] | Mapping[str, str] = found.get("upstreams", _upstreams_of(base) if extended else ())
        named = upstreams if isinstance(upstreams, Mapping) else {}
        origins = tuple(named.values()) if isinstance(upstreams, Mapping) else upstreams
        for variable, text in found.get("env", {}).items():
            if unknown := named_in(text) - named.keys():
                self._fail((*key, "env", variable), f"upstreams has no name {min(unknown)!r}")
        secrets: tuple[str, ...] = found.get("secrets", ())
        changed: dict[str, Any] = {
            "name": name,
            "upstream": origins[0] if origins else "",
            "origins": origins,
            "upstreams": named,
            "env": {**base.env, **found.get("env", {})},
            # Only a built-in profile's own hosts receive a stored token.
            "token_variable": "",
            "redact": (*base.redact, *secrets),
            "redact_personal": base.redact_personal or found.get("redact_personal", False),
            "ignore": (*base.ignore, *found.get("ignore", ())),
            "bind": (*base.bind, *found.get("bind", ())),
            "match_on": found.get("match_on", base.match_on),
            "deciding_headers": (*base.deciding_headers, *found.get("headers", ())),
            "framing": (*found.get("framing", ()), *base.framing),
            "heartbeats": found.get("heartbeats", base.heartbeats),
            "end_of_turn": base.end_of_turn | frozenset(found.get("end_of_turn", ())),
            "impersonate": found.get("impersonate", base.impersonate),
        }
        if "event" in found:
            changed["event_name"] = event_name_at(found["event"])
        return replace(base, **changed)

    def _fail(self, key: tuple[str, ...], problem: str) -> NoReturn:
        path = (*self._under, *key)
        raise ProfileError(self._file, line_of(self._text, path), ".".join(map(shown, path)), problem)

    def _dotted(self, key: tuple[str, ...]) -> str:
        return ".".join((*self._under, *key))


def _upstreams_of(base: ServiceProfile) -> tuple[str, ...] | Mapping[str, str]:
    return base.upstreams or base.origins


def _inner(error: Exception) -> tuple[str, ...]:
    return error.args[1] if len(error.args) > 1 else ()
