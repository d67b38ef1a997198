"""`wiretape play` sends each real client's recording to its real server, started anew, and gets the same answers."""

import json

import pytest

from tests.pairs import registry, running, standing
from tests.pairs.environment import InstallError


@pytest.mark.pairs
@pytest.mark.slow
@pytest.mark.parametrize("pair", registry.PAIRS, ids=lambda pair: pair.name)
def test_a_recorded_client_is_played_to_its_server(pair, tmp_path):
    try:
        pair.install()
    except InstallError as error:
        pytest.skip(f"not to be installed here: {error}")
    found = running.played(pair, tmp_path)
    assert not found, f"{json.dumps(found, indent=1)}{standing.told(tmp_path)}"
