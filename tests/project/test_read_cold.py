"""What `make read-cold` draws."""

import ast

import pytest

from tests.project.read_cold import docstrings, drawn, error_texts, main, rendered
from tests.support.project.tree import ROOT

SAMPLE = ast.parse('''\
"""A module."""


class Known(Base):
    """A class."""

    def method(self, name: str = "x") -> None:
        """A method."""
        if name:
            raise KnownError(f"{name!r} is unknown (here): write another", code="short")
        raise errors.OtherError(text="nothing is left to read")
        print("no error's text at all")
''')


def test_docstrings_are_drawn_below_their_headings():
    assert [(each.place, each.text) for each in docstrings("a/it.py", SAMPLE)] == [
        ("a/it.py:1", "module a.it\nA module."),
        ("a/it.py:4", "class Known(Base)\nA class."),
        ("a/it.py:7", "Known.method(self, name: str='x') -> None\nA method."),
    ]


def test_texts_of_errors_are_drawn_with_their_fields():
    assert {(each.place, each.text) for each in error_texts("it.py", SAMPLE)} == {
        ("it.py:10", "KnownError: {name} is unknown (here): write another"),
        ("it.py:11", "OtherError: nothing is left to read"),
    }


HINTS = ast.parse("""\
from elsewhere import UNKNOWN

_MOST = 40
_HINT = f"take fewer than {_MOST}"


def check(name, count):
    hint = "write another one" if name else "write a name"
    raise FirstError(f"{name} is unknown", code="short", hint=hint)
    raise SecondError(f"{count} are too many", hint=_HINT)
    hint = "ask again later"
    raise ThirdError(f"{name} is {UNKNOWN}", hint=hint)
""")


def test_a_hint_in_a_variable_or_constant_is_drawn_as_the_user_sees_it_and_each_branch():
    assert [each.text for each in error_texts("it.py", HINTS)] == [
        "FirstError: {name} is unknown | write another one / write a name",
        "SecondError: {count} are too many | take fewer than 40",
        "ThirdError: {name} is {UNKNOWN} | ask again later",
    ]


@pytest.fixture(scope="module")
def texts_of_seed():
    return drawn(7)


def test_a_seed_draws_the_same_texts_again(texts_of_seed):
    assert drawn(7) == texts_of_seed
    assert drawn(8) != texts_of_seed


def test_thirty_docstrings_thirty_errors_and_five_pages_are_drawn(texts_of_seed):
    assert {kind: len(found) for kind, found in texts_of_seed.items()} == {"docstring": 30, "error": 30, "page": 5}


def test_the_reader_sees_no_places_and_they_stand_under_the_same_numbers(texts_of_seed):
    shown, places = rendered(texts_of_seed, where=False), rendered(texts_of_seed, where=True).splitlines()
    third = texts_of_seed["error"][2]
    assert f"--- error 3\n{third.text}\n" in shown
    assert f"error 3: {third.place}" in places
    assert third.place not in shown
    assert all((ROOT / row.split(": ")[1].split(":")[0]).is_file() for row in places)


def test_the_program_prints_one_or_the_other(capsys):
    main(["7", "--where"])
    places = capsys.readouterr().out
    main(["7"])
    assert len(places.splitlines()) == 65
    assert capsys.readouterr().out.count("\n--- ") + 1 >= 65
