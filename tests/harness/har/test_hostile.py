"""A stranger's HAR gives a cassette or an error that names file and place, and nothing else."""

import gzip
import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cassette.store import load
from harness.errors import HarnessError
from harness.har.entry_parser import HarLimits
from harness.har.errors import HarError, HarLimitError, UnreadableHarError
from harness.har.exporting import export_har
from tests.harness.har.conftest import HARS, entry, har, message, socket
from tests.support.cassettes.scenarios import FOLDER

per_test = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
ODD = st.sampled_from(
    [None, True, -1, 0, 1e308, 2**80, "", "x", "\x00", "\ud800", "::", "ws://", "http://[", "https://x:99999/", [], {}]
) | st.text(max_size=5)
SMALL = [
    entry(method="POST", request={"postData": {"mimeType": "x/json", "text": "{}", "params": []}}),
    socket(message("{}"), message("AA==", opcode=2)),
]


def outcome(bring, content, **options):
    """None, or the error that was raised."""
    try:
        bring(content, **options)
    except HarnessError as error:
        assert str(error)
        return error
    return None


def places(value, path=()):
    """The paths of all values within a JSON value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def changed(value, path, new):
    value = json.loads(json.dumps(value))
    if not path:
        return new
    spot = value
    for key in path[:-1]:
        spot = spot[key]
    spot[path[-1]] = new
    return value


@per_test
@given(data=st.data())
def test_any_value_in_any_place_is_taken_or_refused(data, bring):
    whole = har(*SMALL)
    path = data.draw(st.sampled_from(sorted(places(whole), key=str)))
    error = outcome(bring, changed(whole, path, data.draw(ODD | JSON)))
    assert error is None or "session.har: " in str(error)


@per_test
@given(data=st.data())
def test_any_value_in_any_place_of_our_own_export_is_taken_or_refused(data, bring):
    whole = json.loads(b"".join(export_har(load(FOLDER / "cut-2026.yaml"))))
    path = data.draw(st.sampled_from(sorted(places(whole), key=str)))
    outcome(bring, changed(whole, path, data.draw(ODD | JSON)))


@per_test
@given(value=JSON)
def test_any_json_is_no_har_or_one(value, bring):
    assert isinstance(outcome(bring, json.dumps(value).encode()), HarError)


@per_test
@given(content=st.binary(max_size=60))
def test_any_bytes_are_no_har(content, bring):
    assert isinstance(outcome(bring, content), UnreadableHarError)


@pytest.mark.parametrize("path", HARS, ids=lambda path: path.stem)
def test_real_export_cut_anywhere_is_refused(path, bring):
    content = path.read_bytes().rstrip()
    ends = random.Random(7).sample(range(len(content) - 1), 12)
    assert all(isinstance(outcome(bring, content[:end], origin="http://127.0.0.1:28801"), HarError) for end in ends)


@pytest.mark.parametrize("path", HARS, ids=lambda path: path.stem)
def test_real_export_with_bytes_changed_is_taken_or_refused(path, bring):
    content, chance = path.read_bytes(), random.Random(8)
    for _ in range(12):
        damaged = bytearray(content)
        for _ in range(3):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        outcome(bring, bytes(damaged), origin="http://127.0.0.1:28801")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (b"[]", "no list `log.entries`"),
        (b'{"log":{}}', "no list `log.entries`"),
        (b'{"log":{"entries":{}}}', r"log\.entries: expected a list"),
        (b'{"log":{"entries":[7]}}', r"log\.entries: its entry cannot be read: each needs a URL"),
        (b'{"log":{"entries":[]}}', "no entries at all"),
        (b'{"log":{"entries":[{},{"request":{"url":1}}]}}', r"log\.entries: none of its 2 entries can be read"),
        (b'{"log":{"entries":[{"request":', r"log\.entries\[0\]: this is not JSON, or it is broken"),
    ],
)
def test_error_names_file_and_place(content, problem, bring):
    with pytest.raises(HarError, match=rf"session\.har: .*{problem}|session\.har: {problem}"):
        bring(content)


def test_missing_file_is_an_error_of_ours(bring, tmp_path):
    with pytest.raises(UnreadableHarError, match="No such file"):
        bring(tmp_path / "nowhere.har")


def test_error_shows_nothing_of_the_file(bring):
    secret = "a-secret-in-the-file-161803"
    for broken in (har(entry(request={"method": f"{secret} "})), har(entry(request={"url": secret})), {secret: 1}):
        assert secret not in str(outcome(bring, broken))


@pytest.mark.parametrize(
    "limits",
    [
        HarLimits(file_bytes=500),
        HarLimits(depth=4),
        HarLimits(entries=1),
        HarLimits(values=20),
        HarLimits(entry_bytes=100_000),
        HarLimits(token_bytes=100_000),
    ],
)
def test_beyond_a_limit_it_is_refused(limits, bring):
    whole = har(entry(), entry(text="x" * 1_000_000), entry())
    with pytest.raises(HarLimitError, match=r"session\.har: "):
        bring(whole, limits=limits)


@pytest.mark.parametrize("limits", [HarLimits(values=200), HarLimits(entry_bytes=200_000)])
def test_entry_beyond_a_limit_is_named(limits, bring):
    whole = har(entry(), entry(response={"headers": [{"name": "x", "value": "x" * 10_000}] * 100}), entry())
    with pytest.raises(HarLimitError, match=r"session\.har: log\.entries\[1\]: the entry has more than"):
        bring(whole, limits=limits)


@pytest.mark.parametrize("packed", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_endless_control_characters_are_refused(packed, bring):
    with pytest.raises(HarLimitError, match="more than 100000 bytes"):
        bring(packed(b"{" + b"\0" * 2_000_000), limits=HarLimits(token_bytes=100_000))


def test_deep_nesting_is_refused(bring):
    with pytest.raises(HarLimitError, match="levels of nested"):
        bring(b'{"log":' + b"[" * 100_000)


def test_what_nobody_reads_is_not_kept_however_large(bring):
    huge = {"_initiator": {"stack": ["frame"] * 10_000}}
    assert len(bring(har(entry(**huge), entry())).cassette.exchanges) == 2


def test_other_encodings_of_unicode_are_read(bring):
    text = json.dumps(har(entry(text='"ü"')), ensure_ascii=False)
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert bring(text.encode(encoding)).cassette.exchanges[0].response.body.data == '"ü"'.encode()
