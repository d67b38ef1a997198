"""The cassettes of vcrpy, pytest-recording, Betamax, VCR for Ruby and cassetter, as the entries that an import reads.

All hold a list of interactions, in YAML or JSON:

| | vcrpy, pytest-recording | Betamax, VCR |
|---|---|---|
| list | `interactions`; the oldest files are that list alone | `http_interactions` |
| body | text, `!!binary`, `{string: ..}`, `{base64_string: ..}` | `{encoding: .., string: ..}`, `{base64_string: ..}` |
| date | none | `recorded_at` |

Those of cassetter begin like vcrpy's; `harness.har.cassetter` has what differs.
"""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

import ijson

from harness.cassette.model import LIMITS as CASSETTE_LIMITS
from harness.content_coding import content_of
from harness.har import cassetter
from harness.har.entry_parser import LIMITS, HarLimits, LogHead, RawEntry
from harness.har.errors import HarFieldError, HarLimitError, UnreadableHarError, unreadable
from harness.har.http_parts import from_base64
from harness.har.vcr_yaml import read_vcr_yaml

_LISTS: Final = ("interactions", "http_interactions")
_HEAD: Final = 64 * 1024
"""Bytes that decide what a file is."""
MAX_BYTES: Final = 2 * CASSETTE_LIMITS.payload_bytes
"""Of a file, which is read as a whole."""
_BOM: Final = b"\xef\xbb\xbf"
_WRITERS: Final = {"interactions": "vcrpy", "http_interactions": "an unnamed program"}


def is_vcr(path: Path) -> bool:
    """Whether a file is such a cassette: its content decides, not its name.

    Raises:
        UnreadableHarError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD).removeprefix(_BOM)
    except OSError as error:
        raise unreadable(path, error) from error
    if head.lstrip()[:1] == b"{":
        return _first_json_list(head)
    rows = [row.rstrip() for row in head.split(b"\n") if row[:1] not in {b"", b"#", b"\r"} and row[:3] != b"---"]
    if rows and rows[0].split(b":")[0].rstrip() == b"- request":
        return True
    if cassetter.TOML_LIST in rows:
        return True
    return any(row.split(b":")[0].strip(b" \"'") in {b"interactions", b"http_interactions"} for row in rows)


def _first_json_list(head: bytes) -> bool:
    """Whether the top level of a JSON file has a list of interactions before any HAR's ``log``."""
    depth = 0
    try:
        for event, value in ijson.basic_parse(io.BytesIO(head)):
            depth += (event in {"start_map", "start_array"}) - (event in {"end_map", "end_array"})
            if event == "map_key" and depth == 1 and value in {*_LISTS, "log"}:
                return value != "log"
    except (ijson.JSONError, ValueError, RecursionError, OverflowError):
        return False  # cut off, or a HAR that the import of HARs repairs or refuses
    return False


class OpenedVcr:
    """A cassette of vcrpy or Betamax. Its entries can be iterated repeatedly; the file is read once.

    Args:
        path: The file, at most `MAX_BYTES`.
        limits: How much of it is read.

    Attributes:
        kind: What reports call the file.
        repaired, missing: As of a HAR; nothing here is repaired, and no body stands in another file.
        list_name: Name of the list of interactions.
        changed: When the file was last changed, microseconds since 1970: the date of interactions without one.

    Raises:
        HarError: The file cannot be read, is no such cassette, or exceeds the limits.
    """

    kind: Final = "cassette"
    repaired: Final = False
    missing: Final = 0

    def __init__(self, path: Path, limits: HarLimits = LIMITS) -> None:
        try:
            self.changed = path.stat().st_mtime_ns // 1000
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1).removeprefix(_BOM)
        except OSError as error:
            raise unreadable(path, error) from error
        if len(data) > min(MAX_BYTES, limits.file_bytes):
            raise HarLimitError(
                f"this cassette has more than {min(MAX_BYTES, limits.file_bytes)} bytes: divide it",
                file=str(path),
            )
        whole = _whole(data, limits)
        self.list_name, self._interactions = _interactions(whole)
        if len(self._interactions) > limits.entries:
            raise HarLimitError(f"the cassette has more than {limits.entries} interactions: divide it", self.list_name)
        writer = cast("dict[str, object]", whole).get("recorded_with") if isinstance(whole, dict) else None
        self._sockets = list(cassetter.socket_entries(_mapping(whole)))
        self._unread = len(_listed(_mapping(whole).get(cassetter.CALLS_OF_GRPC)))
        by_name = _WRITERS[self.list_name] if not self._is_of_cassetter(whole) else cassetter.WRITER
        self._writer = writer if isinstance(writer, str) and writer else by_name

    def _is_of_cassetter(self, whole: object) -> bool:
        requests = (_mapping(_mapping(one).get("request")) for one in self._interactions)
        return cassetter.SOCKETS in _mapping(whole) or any(
            cassetter.is_body(_mapping(one.get("body"))) for one in requests
        )

    @property
    def has_authorization(self) -> bool:
        """Whether any request has an authorization."""
        requests = (_mapping(_mapping(one).get("request")) for one in self._interactions)
        return any(name.lower() == "authorization" for one in requests for name, _ in _headers(one.get("headers")))

    def entries(self) -> Iterator[LogHead | RawEntry]:
        """Iterate over the interactions in file order, each as an entry of a HAR, and finally the `LogHead`."""
        for number, one in enumerate(self._interactions):
            yield RawEntry(number, _entry(one), self.list_name)
        before = len(self._interactions)
        for number, one in enumerate(self._sockets):
            yield RawEntry(before + number, one, cassetter.SOCKETS, before)
        before += len(self._sockets)
        for number in range(self._unread):
            yield RawEntry(before + number, {}, cassetter.CALLS_OF_GRPC, before)
        yield LogHead(creator={"name": self._writer})

    def with_files(self, raw: RawEntry) -> RawEntry:
        """The entry itself: no body stands in a file of its own."""
        return raw


def _whole(data: bytes, limits: HarLimits) -> object:
    if data.lstrip()[:1] == b"{":
        return _json(data)
    rows = (row.rstrip() for row in data[:_HEAD].split(b"\n"))
    return cassetter.read_toml(data) if cassetter.TOML_LIST in rows else _yaml(data, limits)


def _json(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        # The parser's own message may quote secrets of the file.
        raise UnreadableHarError("the file's JSON is broken, cut off or nested too deeply") from None


def _yaml(data: bytes, limits: HarLimits) -> object:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableHarError("the file is not UTF-8", f"line {line}") from None
    return read_vcr_yaml(data, nodes=limits.values, depth=limits.depth)


def _interactions(whole: object) -> tuple[str, list[object]]:
    """The name of the file's list of interactions, and its items."""
    if isinstance(whole, list):
        return "interactions", cast("list[object]", whole)
    top = _mapping(whole)
    name = next((each for each in _LISTS if each in top), None)
    if name is None:
        raise UnreadableHarError("the file is not a cassette of vcrpy or Betamax: it has no list `interactions`")
    found = top[name]
    if found is not None and not isinstance(found, list):
        raise HarFieldError("expected a list of interactions (recorded requests with their responses)", name)
    return name, cast("list[object]", found or [])


def _entry(interaction: object) -> dict[str, object]:
    """An interaction as an entry of a HAR; fields that the interaction lacks are missing in the entry, too."""
    one = _mapping(interaction)
    request, response = _mapping(one.get("request")), _mapping(one.get("response"))
    status = response.get("status")
    state = _mapping(status) if isinstance(status, dict) else {"code": status}
    code = state.get("code") if state.get("code") is not None else response.get("status_code")
    asked, told = _headers(request.get("headers")), _headers(response.get("headers"))
    body = response.get("body") if response.get("body") is not None else response.get("content")
    if isinstance(body, dict) and cassetter.is_body(_mapping(cast("object", body))):
        # cassetter writes JSON anew and decodes bodies; the length stays that of what came.
        told = [(name, value) for name, value in told if name.lower() != "content-length"]
    lower = tuple((name.lower(), value) for name, value in told)
    return {
        "startedDateTime": _date(one.get("recorded_at")),
        "request": {
            "method": request.get("method"),
            "url": request.get("uri") if request.get("uri") is not None else request.get("url"),
            "headers": [{"name": name, "value": value} for name, value in asked],
            "postData": _text(_bytes(request.get("body"))),
        },
        "response": {
            "status": int(code) if isinstance(code, str) and code.isdecimal() and len(code) < 5 else code,
            "statusText": state.get("message") if state.get("message") is not None else response.get("reason"),
            "headers": [{"name": name, "value": value} for name, value in told],
            # vcrpy keeps a body as it came, or decoded beside the header that says otherwise.
            "content": _text(content_of(lower, _bytes(body)).data),
        },
    }


def _date(value: object) -> object:
    """A date of Betamax, which is in UTC and says no zone; another value unchanged."""
    return f"{value}Z" if isinstance(value, str) and len(value) == len("2026-12-02T06:53:37") else value


def _headers(value: object) -> list[tuple[str, str]]:
    """Names and values: of a mapping to lists or texts, or of a list of pairs."""
    if isinstance(value, dict):
        pairs = list(cast("dict[object, object]", value).items())
    elif isinstance(value, list):
        pairs = [tuple(each) for each in cast("list[Any]", value) if isinstance(each, list) and len(each) == 2]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    else:
        pairs = []
    each_one = ((name, _listed(values)) for name, values in cast("list[tuple[object, object]]", pairs))
    return [(_plain(name), _plain(one)) for name, values in each_one for one in values]


def _listed(value: object) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)
    return [] if value is None else [value]


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return str(value) if isinstance(value, str | int | float) else ""


def _bytes(value: object) -> bytes:
    """A body: text, bytes, or a mapping with one of them, with base64, or as cassetter writes it."""
    if isinstance(value, dict):
        fields = _mapping(cast("object", value))
        if cassetter.is_body(fields):
            return cassetter.body_bytes(fields)
        coded = fields.get("base64_string")
        if isinstance(coded, str | bytes):
            text = coded if isinstance(coded, str) else coded.decode("latin-1")
            data = from_base64(text)
            return text.encode() if data is None else data
        value = fields.get("string")
    if isinstance(value, bytes):
        return value
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else b""


def _text(data: bytes) -> Mapping[str, str]:
    return {"text": b64encode(data).decode(), "encoding": "base64"} if data else {}


def _mapping(value: object) -> dict[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
