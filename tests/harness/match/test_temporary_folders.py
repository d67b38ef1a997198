"""Names of temporary folders are generated; names of other folders are not."""

from __future__ import annotations

import pytest

from harness.match.generated import Pair, pairs
from harness.match.looks import Clocks


def test_temporary_folders_of_python_are_generated():
    one, other = "file:///tmp/tmp1ngtheso/a.py", "file:///tmp/tmpord3rand/a.py"
    assert pairs(one, other, Clocks(0.0, 0.0)) == [Pair("tmp1ngtheso", "tmpord3rand", "random")]
    assert pairs(one, other.replace("a.py", "b.py"), Clocks(0.0, 0.0)) is None
    assert pairs("/tmp/tmpwoodland", "/tmp/tmp1ngtheso", Clocks(0.0, 0.0)) is not None
    assert pairs("/tmp/tmpinthewood", "/tmp/tmpontheseas", Clocks(0.0, 0.0)) is None


def test_temporary_folders_of_node_are_generated():
    """Playwright tells a browser ``/tmp/playwright-artifacts-pg9UL8``."""
    one, other = "/tmp/artifacts-pg9UL8/a", "/tmp/artifacts-1Srgbx/a"
    assert pairs(one, other, Clocks(0.0, 0.0)) == [Pair("artifacts-pg9UL8", "artifacts-1Srgbx", "random")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/srv/artifacts-pg9UL8", "/srv/artifacts-1Srgbx"),
        ("/tmp/artifacts-pg9UL8", "/tmp/pictures-1Srgbx"),
        ("/tmp/garden-Spring", "/tmp/garden-Autumn"),
        ("/tmp/order-550012", "/tmp/order-550013"),
        ("/tmp/artifacts-pg9UL8/a", "/tmp/artifacts-1Srgbx/b"),
    ],
    ids=["another folder", "another name", "words", "numbers", "another file"],
)
def test_other_folders_are_not(one, other):
    assert pairs(one, other, Clocks(0.0, 0.0)) is None
