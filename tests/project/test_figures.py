"""What `make figures` measures."""

import textwrap

import pytest

from tests.project import figures
from tests.project.figures import Group, percentile, table
from tests.support.project.measures import circles, complexities, measured, names_of_two, strongly_connected
from tests.support.project.tree import ROOT

SAMPLE = textwrap.dedent('''\
    """A module."""

    # A comment.
    VALUE = """two
    lines"""


    class Known:
        """A class."""

        def method(self):
            """Its method,

            which says more.
            """
            if self:  # a comment

                return 1
            return 2

        def _hidden(self): ...


    def undocumented(a):
        def inner():
            return a

        return inner


    class _Private:
        def method(self): ...
    ''')


@pytest.fixture
def sample():
    return measured("provider/sample.py", SAMPLE)


def test_code_lines_are_neither_blank_nor_comments_nor_docstrings(sample):
    # VALUE 2, class 1, method 4, _hidden 1, undocumented 4, _Private 2.
    assert (sample.lines, sample.code) == (32, 14)


def test_functions_have_their_own_code_lines_and_places(sample):
    found = {(each.name, each.place.rpartition(":")[2]): each.lines for each in sample.functions}
    assert found == {
        ("method", "11"): 4,
        ("_hidden", "21"): 1,
        ("undocumented", "24"): 4,
        ("inner", "25"): 2,
        ("method", "32"): 1,
    }


def test_docstrings_are_counted_of_public_names_only(sample):
    # The module, Known, Known.method; not undocumented.
    assert (sample.documented, sample.documentable) == (3, 4)


def test_names_that_several_files_define_are_found():
    other = measured("harness/other.py", "class Known: ...\nclass Alone: ...\n")
    both = names_of_two([measured("provider/sample.py", SAMPLE), other])
    assert both == {"Known": ["harness/other.py", "provider/sample.py"]}


def test_complexity_is_what_ruff_counts(tmp_path):
    (tmp_path / "provider").mkdir()
    (tmp_path / "provider" / "it.py").write_text(
        "def f(a):\n    if a and 1:\n        return 1\n    return 2\n\n\ndef g(): ...\n"
    )
    assert complexities(tmp_path, ["provider"]) == {"provider/it.py:1": 2, "provider/it.py:7": 1}


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ({"a": ["b"], "b": ["c"], "c": []}, []),
        ({"a": ["b"], "b": ["a"], "c": ["a"]}, [["a", "b"]]),
        ({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["e"], "e": ["d", "a"]}, [["a", "b", "c"], ["d", "e"]]),
        ({"a": ["outside"]}, []),
    ],
)
def test_circles_are_found(edges, expected):
    assert strongly_connected(edges) == expected


def test_no_package_has_a_circle_of_imports():
    assert circles(figures.PACKAGES) == []


@pytest.fixture(scope="module")
def groups():
    return figures.gathered(groups=figures.PACKAGES)


def test_a_public_class_name_means_one_thing(groups):
    twice = names_of_two(source for group in groups.values() for source in group.sources)
    # Each side of the wire has a request and a response, and each format its limits: users know these by their modules.
    known = {
        "Limits",
        "Request",
        "Response",
    }
    assert set(twice) <= known


@pytest.mark.parametrize(
    ("values", "part", "expected"), [([], 0.9, 0), ([3], 0.9, 3), (range(10), 0.9, 9), (range(11), 0.5, 5)]
)
def test_percentile(values, part, expected):
    assert percentile(values, part) == expected


def test_table_has_a_row_for_each_figure_and_a_column_for_each_package(sample):
    rows = table({"provider": Group((sample,), {"provider/sample.py:11": 2, "provider/sample.py:24": 12})}).splitlines()
    assert rows[0].split() == ["provider"]
    cells = {row[:50].strip(): row[50:].strip() for row in (each.replace("  ", " " * 50, 1) for each in rows[1:])}
    assert cells["code lines"] == "14"
    assert cells["public names with docstring"] == "75 %"
    assert cells["functions of complexity over 10"] == "1"


def test_group_lists_what_is_over_a_limit():
    long = "def f():\n" + "    x = 1\n" * 50
    group = Group((measured("harness/long.py", long + "\n" * 300),), {"harness/long.py:1": 11})
    assert group.long() == ["harness/long.py:1 f (51)"]
    assert group.large() == ["harness/long.py (351)"]
    assert group.complex() == ["harness/long.py:1 (11)"]


@pytest.mark.parametrize("package", figures.PACKAGES)
def test_no_file_or_function_is_over_a_limit(groups, package):
    group = groups[package]
    assert (group.long(), group.complex()) == ([], [])
    # A tenth more is let pass, until `make figures` shows it to the next reader.
    assert [each.path for each in group.sources if each.lines > figures.LARGEST * 1.1] == []


def test_all_of_a_package_is_measured(groups):
    group = groups["provider"]
    assert {each.path for each in group.sources} == {
        str(path.relative_to(ROOT)) for path in (ROOT / "provider").rglob("*.py")
    }
    places = {each.place for source in group.sources for each in source.functions}
    assert len(group.complexity) > 0.9 * len(places)
