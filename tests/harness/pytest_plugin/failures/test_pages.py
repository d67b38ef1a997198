"""What a red test leaves behind with --wire-report: a page of the recorded session, its problems, and what came."""

import json
import re

import pytest

from tests.support import full_disk
from tests.support.inner_pytest.failing import CASSETTE, suite_of
from tests.support.read_only import read_only

MISMATCH = 'ask(wire, "/c/api/names", {"name": "Marian", "age": 7})'
PLAYED = 'ask(wire, "/c/api/names", {"name": "Robin", "age": 7}); ask(wire, "/c/api/user")'


def pages(played, folder="pages"):
    return sorted((played.folder / folder).rglob("*.html"))


def data_of(page):
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.DOTALL)
    return json.loads(found[1])


def test_a_mismatch_leaves_a_page_that_the_terminal_names(played):
    played.write(suite_of(MISMATCH))
    result = played.run("--wire-report=pages")
    [page] = pages(played)
    assert page.name.startswith("test_it.py-test_names")
    assert page.stat().st_mode & 0o777 == 0o600
    result.stdout.fnmatch_lines([f"page:      pages/{page.name}"])
    data = data_of(page)
    assert data["test"] == "test_it.py::test_names"
    [problem] = data["problems"]
    assert problem["title"].startswith("no-match: POST /c/api/names")
    assert any('recorded "Robin", came "Marian"' in line for line in problem["lines"])
    assert problem["x"] == 0
    assert [each["target"] for each in data["exchanges"]] == ["/c/api/names", "/c/api/user"]
    assert [each["target"] for each in data["other"]["exchanges"]] == ["/c/api/names"]
    assert b"secret-of-the-client" not in page.read_bytes()


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        ('ask(wire, "/c/api/user")', "unplayed: exchange 1"),
        ("pass", "unplayed: the test made no request"),
        (f"{PLAYED}; assert wire is None", None),
        (f'{MISMATCH}; raise ValueError("own error")', "no-match: "),
    ],
)
def test_each_red_replay_leaves_one_page(played, lines, title):
    played.write(suite_of(lines))
    result = played.run("--wire-report=pages")
    assert result.ret == 1
    [page] = pages(played)
    assert result.stdout.str().count(f"page:      pages/{page.name}") == 1
    problems = data_of(page)["problems"]
    assert [each["title"].startswith(title) for each in problems] == [True] * (title is not None)


def test_green_tests_leave_nothing_also_where_the_failure_was_expected(played):
    asserted = f"with pytest.raises(pytest.fail.Exception), wire_factory('names') as wire:\n        {MISMATCH}"
    played.write(
        suite_of(PLAYED)
        + suite_of(MISMATCH, '@pytest.mark.xfail\n@pytest.mark.cassette("names")').replace("test_names", "test_xfail")
        + suite_of(asserted, "", "wire_factory").replace("test_names", "test_asserted")
    )
    played.run("--wire-report=pages").assert_outcomes(passed=2, xfailed=1)
    assert pages(played) == []


def test_the_configuration_file_and_workers_of_xdist_write_pages_too(played):
    played.configure("wire_report = of-ini\n")
    marker = '@pytest.mark.parametrize("word", ["a/b", "c"])\n@pytest.mark.cassette("names")'
    played.write(suite_of(MISMATCH, marker, "wire, word"))
    result = played.run("-n", "2")
    result.assert_outcomes(failed=2)
    assert [data_of(page)["test"] for page in pages(played, "of-ini")] == [
        "test_it.py::test_names[a/b]",
        "test_it.py::test_names[c]",
    ]


def test_two_wires_of_one_test_have_two_pages(played):
    played.cassette("other").write_text(CASSETTE)
    fixture = (
        "\n\n@pytest.fixture\ndef other(wire_factory):\n    with wire_factory('other') as wire:\n        yield wire\n"
    )
    played.write(suite_of(f"ask(other, '/x'); {MISMATCH}", arguments="wire, other") + fixture)
    played.run("--wire-report=pages")
    names = [page.stem for page in pages(played)]
    assert len(names) == 2
    assert names[0] == f"{names[1]}-2"


def test_a_place_that_the_user_named_secret_is_in_no_page(played):
    played.write(suite_of(MISMATCH, '@pytest.mark.cassette("names", redact=["json.name"])'))
    played.run("--wire-report=pages")
    [page] = pages(played)
    assert b"Marian" not in page.read_bytes()
    assert b"Robin" not in page.read_bytes()


def test_a_folder_that_cannot_be_written_is_named_and_hides_no_problem(played):
    (played.folder / "pages").write_text("a file")
    played.write(suite_of(MISMATCH))
    result = played.run("--wire-report=pages")
    result.stdout.fnmatch_lines(["*no-match: *", "page:      could not be written: *pages*"])


def test_a_folder_without_the_right_to_write_keeps_the_page_of_the_run_before(played):
    played.write(suite_of(MISMATCH))
    played.run("--wire-report=pages")
    [page] = pages(played)
    before = page.read_bytes()
    with read_only(played.folder / "pages"):
        result = played.run("--wire-report=pages")
    result.stdout.fnmatch_lines(["*no-match: *", f"page:      *{page.name}: cannot be written: Permission denied"])
    assert {each.name: each.read_bytes() for each in (played.folder / "pages").iterdir()} == {page.name: before}


def test_a_full_disk_is_named_hides_no_problem_and_leaves_no_half_page(played):
    played.write(suite_of(MISMATCH))
    with full_disk.limited() as limit:
        limit(10_000)  # a page has more; the suite's own files have less
        result = played.run("--wire-report=pages")
    result.stdout.fnmatch_lines(["*no-match: *", "page:      *.html: cannot be written: File too large"])
    assert list((played.folder / "pages").iterdir()) == []
