"""Redaction that first searches for signs gives the bytes of redaction that tries every detector on everything."""

import os
import random
import re
from dataclasses import replace
from re._constants import LITERAL
from re._parser import SubPattern, parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.profile import ServiceProfile
from harness.redact import byte_search, cleared, engine
from harness.redact.detect import generic_names, patterns, places, printable_runs, signs
from harness.redact.detect.signs import SignReader
from harness.redact.engine import Redactor
from harness.redact.views import may_hide_names, views
from harness.services.copilot import COPILOT
from tests.support.secrets.documents import NAMES, PIECES, document

EXAMPLES = int(os.environ.get("WIRETAPE_SIGN_EXAMPLES", "200"))
PROFILES = (
    COPILOT,
    ServiceProfile(name="bare", upstream="https://a.test", redact_generic=False, secret_fields={"sub": "id"}),
    ServiceProfile(
        name="mine",
        upstream="https://a.test",
        redact_personal=True,
        redact=("json.a[*].b", "path[1]", "query.t-x", "header.x-id"),
        secret_fields={"paßwort": "token", "k_K": "token"},
    ),
)


class Thorough(Redactor):
    """Tries every detector on every view."""

    def _to_search(self, seen, *, binary):
        return [(view, None) for view in seen]

    def data(self, data):
        return self._replace(data, ())

    def scan(self, data):
        return engine.scan(data, self._known, Everything())


class Everything:
    def of(self, _):
        return None


def outcome(redactor, documents):
    """Everything that a redactor does with some documents, one after the other."""
    results = []
    for index, data in enumerate(documents):
        text = data.decode("latin-1")
        if index % 3 == 0:
            results.append(redactor.headers([("x-note", text), ("x-token", text[:40]), ("cookie", text)]))
        elif index % 3 == 1:
            results.append(redactor.text(data.decode("utf-8", "replace")))
        replaced = redactor.data(data)
        results += [replaced.data, replaced.edits, redactor.scan(data), redactor.scan(replaced.data)]
        results += [redactor.data(replaced.data).data, redactor.scan(replaced.data)]
    return [results, redactor.labels, redactor.generation, redactor.explanations]


def check(documents, profile):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cleared, "_LEAST", 0)  # as if all documents were large enough to be remembered
        outcomes = []
        for method, kind in (
            (byte_search.automaton, Redactor),
            (byte_search.one_by_one, Redactor),
            (byte_search.one_by_one, Thorough),
        ):
            patch.setattr(byte_search, "METHOD", method)
            outcomes.append(outcome(kind(profile), documents))
    quick, slow, thorough = outcomes
    assert quick == slow
    assert slow == thorough


@pytest.mark.parametrize("before", [b"", b" ", b"?", b"\n", b'"', b"'", b"\t", b"=", b"-", b"x"])
def test_an_option_comes_out_alike_whatever_stands_before_it(before):
    check([before + b"--csrftoken 4214bb8eb66c7b40eb3a60fa23ad9155550fc8e4"], COPILOT)


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**64), st.sampled_from(PROFILES))
def test_documents_with_secrets_come_out_alike(seed, profile):
    rng, known = random.Random(seed), []
    check([document(rng, known) for _ in range(rng.choice((1, 2, 3)))], profile)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(st.sampled_from([*PIECES, *(name.encode() for name in NAMES), b"aB3dE6gH9jK2mN5p"]), max_size=30),
    st.sampled_from(PROFILES),
)
def test_documents_of_pieces_come_out_alike(pieces, profile):
    check([b"".join(pieces)], profile)


# ---------------------------------------------------------------- large binary data
def check_in_binary(data, profile):
    """What the redactor does for large binary data only, it does here for data of any size; beside trying everything."""
    results = []
    for kind, size in ((Redactor, 8), (Thorough, 1 << 40)):
        with pytest.MonkeyPatch.context() as patch:
            for module in (printable_runs, signs, engine):
                patch.setattr(module, "LARGE", size)
            redactor = kind(profile)
            replaced = redactor.data(data)
            results.append([replaced.data, replaced.edits, redactor.scan(data), redactor.labels])
    assert results[0] == results[1]
    return bool(results[0][1])


@pytest.mark.slow
@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**64), st.sampled_from(PROFILES))
def test_binary_documents_come_out_alike(seed, profile):
    rng = random.Random(seed)
    data = rng.randbytes(40) + b"\xff\x00" + document(rng, []) + b"\x00\xfe" + rng.randbytes(40)
    # In large binary data, names in more than three encodings are not looked for.
    if not may_hide_names(views(data)):
        check_in_binary(data, profile)


SPELLINGS = (
    "?NAME=SECRET", "\nNAME=SECRET", "\nNAME: SECRET", "/NAME/SECRET", '"NAME":"SECRET"', '"NAME" : "SECRET"', '["NAME", "SECRET"]',
    "NAME = 'SECRET'", 'NAME:"SECRET"', '{"value":"SECRET","name":"NAME"}', '{"name":"NAME","value":"SECRET"}', "?user[NAME]=SECRET",
    "--b\r\ncontent-disposition: form-data; name=NAME\r\n\r\nSECRET\r\n--b",
)  # fmt: skip


@pytest.mark.parametrize("name", ["password", "Api-Key", "client_secret", "x-token"])
def test_a_name_in_binary_data_is_found_however_text_spells_it(name):
    found = 0
    for spelling in SPELLINGS:
        text = spelling.replace("NAME", name).replace("SECRET", "aB3dE6gH9jK2mN5pQ8sT").encode()
        found += check_in_binary(b"\x89PNG\xff\x00\x01" + text + b"\n\x00\xff\xfe", COPILOT)
    assert found >= len(SPELLINGS) - 2  # paths hold few kinds of secrets, and a line needs a whole word


def test_a_picture_of_random_bytes_has_no_names_in_spite_of_its_letters():
    reader = Redactor(COPILOT)._signs
    read = [reader.of(random.Random(seed).randbytes(1 << 20), binary=True) for seed in range(4)]
    assert [each.spelt for each in read] == [False] * 4
    assert all(each.named for each in read)


BINARY_PATTERNS = [each for each in patterns.PATTERNS if each.where != "text"]


@pytest.mark.parametrize("pattern", BINARY_PATTERNS, ids=lambda pattern: pattern.label)
def test_a_pattern_for_binary_data_matches_no_less_than_a_run_of_printable_bytes(pattern):
    assert parse(pattern.regex.pattern).getwidth()[0] >= printable_runs.SHORTEST
    literals = {byte for kind, byte in every_literal(parse(pattern.regex.pattern)) if kind is LITERAL}
    assert all(32 <= byte < 127 or 9 <= byte <= 13 for byte in literals)


def every_literal(node):
    """Each pair of operator and argument in a parsed expression."""
    for each in node:
        if isinstance(each, tuple) and len(each) == 2 and each[0] is LITERAL:
            yield each
        elif isinstance(each, (tuple, list, SubPattern)):
            yield from every_literal(each)


def test_random_documents_hold_secrets():
    found = 0
    for seed in range(60):
        rng = random.Random(seed)
        found += bool(Redactor(COPILOT).data(document(rng, [])).edits)
    assert found > 20


# ---------------------------------------------------------------- every detector declares its signs
@pytest.mark.parametrize("finder", places.FINDERS, ids=lambda finder: finder.find.__name__)
def test_a_finder_needs_a_name_or_signs(finder):
    assert finder.by is not None or finder.signs


@pytest.mark.parametrize("pattern", patterns.PATTERNS, ids=lambda pattern: pattern.label)
def test_a_pattern_has_signs(pattern):
    assert pattern.signs or pattern.folded
    assert b"" not in {*pattern.signs, *pattern.folded}


def test_a_wrong_sign_is_noticed(monkeypatch):
    rows = [replace(row, signs=(b"never there",)) if row.label == "npm-token" else row for row in patterns.PATTERNS]
    monkeypatch.setattr(patterns, "PATTERNS", tuple(rows))
    with pytest.raises(AssertionError):
        check([b"npm_" + b"a1B2c3D4e5F6" * 3], COPILOT)


@pytest.mark.parametrize("name", [*generic_names.ENDINGS, *generic_names.KNOWN])
@pytest.mark.parametrize("spelling", ["{}", "x-{}", "user[{}]", "{} ", "$.{}"])
def test_a_name_with_a_rule_has_a_sign(name, spelling):
    for written in (spelling.format(name), spelling.format(name).upper(), spelling.format(name).title()):
        rule = generic_names.generic_rule(written)
        read = SignReader((), (), generic_names.signs_of((), generic=True)).of(b'"%s":' % written.encode())
        assert rule is not None
        assert read.named


@pytest.mark.parametrize("name", ["connect.sid", "app id", "APP_ID", "saml.response", "device.code"])
def test_a_known_name_of_two_words_has_a_rule(name):
    assert generic_names.generic_rule(name) is not None


@pytest.mark.parametrize("ending", generic_names.ENDINGS)
@pytest.mark.parametrize(
    "spelling",
    [
        "client_{}",
        "my{}",
        "client-{}-value",
        "client_{}2",
        "{}_sha256",
        "user[client{}]",
        "{}String",
        "{}_binary",
        "client-{}-data",
    ],
)
def test_a_name_with_an_ending_has_a_sign(ending, spelling):
    written = spelling.format(ending.capitalize())
    read = SignReader((), (), generic_names.signs_of((), generic=True)).of(b'"%s":' % written.encode())
    assert (generic_names.generic_rule(written) is None) or read.named


@pytest.mark.parametrize("name", ["keyboard", "design", "author", "subject", "monkeys", "encode"])
def test_words_that_contain_a_sign_are_no_names(name):
    signs = generic_names.signs_of(["sub"], generic=True)
    reader = SignReader((), (), signs)
    assert not reader.of(b'{"%s": "x"}' % name.encode()).named
    assert reader.of(b'{"%s": "x"}' % name.encode(), binary=True).named


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b"the key of it", False),
        (b"a key, and a token (or two) for the sub of", False),
        (b'<key of="it">', True),
        (b'<a:keyB64 value before="it">', True),
        (b"<p>the key of it</p>", False),
        (b"key = 'x'", True),
        (b"the key", True),
        (b"name=token\r\nA: b", True),
        (b"/reset-token/abc", True),
        (b"client secret 2: x", True),
    ],
)
def test_a_name_ends_where_a_name_can_end(text, named):
    assert SignReader((), (), generic_names.signs_of(["sub"], generic=True)).of(text).named == named


# ---------------------------------------------------------------- searching for many strings
@given(st.lists(st.binary(min_size=1, max_size=6), min_size=1, max_size=20), st.binary(max_size=200))
def test_all_searches_find_the_same(strings, data):
    expected = [
        (index, at, at + len(string))
        for index, string in enumerate(strings)
        for at in range(len(data))
        if data.startswith(string, at)
    ]
    for method in (byte_search.automaton, byte_search.one_by_one):
        for is_fixed in (False, True):
            assert sorted(method(strings, is_fixed=is_fixed)(data)) == expected


@pytest.mark.parametrize("method", [byte_search.automaton, byte_search.one_by_one])
def test_a_string_over_two_chunks_is_found(method, monkeypatch):
    monkeypatch.setattr(byte_search, "METHOD", method)
    search = byte_search.ByteSearch([b"needle", b"e"])
    data = b"-" * (byte_search.MAX_CHUNK - 3) + b"needle" + b"-" * byte_search.MAX_CHUNK + b"needle"
    starts = [at for at in range(len(data)) if data.startswith(b"needle", at)]
    assert {start for index, start, _ in search.each(data) if index == 0} == set(starts)


@given(
    st.lists(st.text("abc", min_size=1, max_size=3).map(str.encode), min_size=1, max_size=8),
    st.text("abc", max_size=60).map(str.encode),
    st.integers(1, 8),
)
def test_leftmost_occurrences_are_those_of_a_regular_expression(strings, data, chunk):
    expected = [(at.group(), at.span()) for at in re.finditer(b"|".join(strings), data)]
    for method in (byte_search.automaton, byte_search.one_by_one):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(byte_search, "METHOD", method)
            patch.setattr(byte_search, "MAX_CHUNK", chunk)
            found = byte_search.ByteSearch(strings).leftmost(data)
            assert [(strings[index], (start, end)) for index, start, end in found] == expected


@pytest.mark.parametrize("method", [byte_search.automaton, byte_search.one_by_one])
def test_many_secrets_that_begin_alike_are_told_apart(method, monkeypatch):
    monkeypatch.setattr(byte_search, "METHOD", method)
    redactor = Redactor(COPILOT)
    values = [f"{'same-beginning-1234567890.' * 4}{number:08}" for number in range(30)]
    for value in values:
        redactor.headers([("authorization", f"Bearer {value}")])
    later = b" ".join(value.encode() for value in reversed(values))
    assert redactor.data(later).data.split() == [b"wiretape-token-%d" % number for number in range(30, 0, -1)]
