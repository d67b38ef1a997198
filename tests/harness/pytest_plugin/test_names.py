"""Files of cassettes: names that every file system takes, one for each test, and none outside of its folder."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.pytest_plugin.names import CassetteNameError, default_cassette, file_name, named_cassette

FOLDER = PurePosixPath("/tests/cassettes")
FORBIDDEN = set('<>:"/\\|?*\0')
ANY_NAME = st.text(max_size=400)


@given(ANY_NAME)
def test_file_name_of_any_test_is_taken_by_every_file_system(test_name):
    name = file_name(test_name)
    assert not FORBIDDEN & set(name)
    assert 0 < len(f"{name}.yaml".encode()) <= 255
    assert not name.startswith(".")
    assert name.partition(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}


@given(ANY_NAME, ANY_NAME)
def test_different_tests_have_different_files(one, other):
    assert (file_name(one) == file_name(other)) == (one == other)


@given(ANY_NAME, ANY_NAME)
def test_default_cassette_stays_in_its_folder(module, test_name):
    path = default_cassette(FOLDER, module, test_name)
    assert path.parent.parent == FOLDER
    assert ".." not in path.parts


@pytest.mark.parametrize("name", ["test_greets", "TestChat.test_greets", "test_words[ab]", "test_ünï"])
def test_plain_name_is_its_files_name(name):
    assert file_name(name) == name


@pytest.mark.parametrize("name", ["a/b", "a b", "..", "", "CON", "x" * 300, "nul.txt", "u\u0308"])
def test_name_that_had_to_change_ends_in_a_hash(name):
    assert len(file_name(name).rpartition("-")[2]) == 8


def test_same_name_has_the_same_file_on_every_machine():
    assert file_name("test_words[a/b]") == "test_words[a-b]-eb34a10d"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("greeting", "greeting.yaml"),
        ("greeting.yaml", "greeting.yaml"),
        ("greeting.yml", "greeting.yml"),
        ("v1.2", "v1.2.yaml"),
        ("chat/first", "chat/first.yaml"),
    ],
)
def test_given_name_is_completed(name, file):
    assert named_cassette(FOLDER, name) == FOLDER / file


def test_absolute_name_stays_where_it_is():
    assert named_cassette(FOLDER, "/elsewhere/greeting") == PurePosixPath("/elsewhere/greeting.yaml")


WRONG = {
    "": "does not end in the name of a file",
    ".": "does not end in the name of a file",
    "/": "does not end in the name of a file",
    "..": "leads out of the cassettes' folder",
    "../a": "leads out of the cassettes' folder",
    "a/../../b": "leads out of the cassettes' folder",
    "a\nb": "has a control character",
    "a\0": "has a control character",
    "\ud800": "has a character that file names cannot hold",
    "x" * 201: "is too long",
    "x/" * 600 + "y": "is too long",
}


@pytest.mark.parametrize("name", WRONG, ids=range(len(WRONG)))
def test_name_that_is_no_files_name_is_refused(name):
    with pytest.raises(CassetteNameError, match=WRONG[name]):
        named_cassette(FOLDER, name)


@given(ANY_NAME)
def test_given_name_is_refused_or_stays_in_its_folder(name):
    try:
        path = named_cassette(FOLDER, name)
    except CassetteNameError:
        return
    assert path.is_relative_to(FOLDER) or name.startswith("/")
    assert path.name.endswith((".yaml", ".yml"))
    assert ".." not in path.parts
