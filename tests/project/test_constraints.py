"""constraints.txt: exact versions of everything that the extras install, and nothing of where they came from."""

import re
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.project.tree import ROOT, pyproject

ROWS = [row for row in (ROOT / "constraints.txt").read_text().splitlines() if row and not row.startswith("#")]
PINNED = {canonicalize_name(name): version for name, _, version in (row.partition("==") for row in ROWS)}
PROJECT = pyproject()["project"]
EXTRAS = PROJECT["optional-dependencies"]
DIRECT = {
    row: Requirement(row)
    for rows in (PROJECT["dependencies"], pyproject()["build-system"]["requires"], *EXTRAS.values())
    for row in rows
    if not row.startswith("wiretape[")
}


def required_by(requirement):
    """Name -> requirement of what an installed requirement needs on this machine; empty if it is not installed."""
    try:
        rows = metadata.requires(requirement.name) or []
    except metadata.PackageNotFoundError:
        return []
    extras = requirement.extras or {""}
    found = [Requirement(row) for row in rows]
    return [
        each for each in found if not each.marker or any(each.marker.evaluate({"extra": extra}) for extra in extras)
    ]


def closure():
    seen, waiting = set(), list(DIRECT.values())
    while waiting:
        requirement = waiting.pop()
        if str(requirement) not in seen:
            seen.add(str(requirement))
            waiting += required_by(requirement)
    return {canonicalize_name(Requirement(row).name) for row in seen}


def test_rows_are_exact_versions_and_name_no_host_and_no_path():
    assert [row for row in ROWS if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", row)] == []


def test_each_package_is_pinned_once():
    assert len(PINNED) == len(ROWS)


@pytest.mark.parametrize("row", DIRECT)
def test_a_requirement_is_pinned_within_its_range(row):
    requirement = DIRECT[row]
    pin = PINNED.get(canonicalize_name(requirement.name))
    assert pin is not None, f"{row} is not in constraints.txt"
    assert requirement.specifier.contains(pin), f"{pin} is not within {row}"


def test_what_the_requirements_require_is_pinned_too():
    assert closure() - set(PINNED) == set()
