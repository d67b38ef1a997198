"""The files of a sweep show nothing of what the program printed, and none of its URL's secrets."""

from harness.faults import parse_rule
from harness.sweep.reports import heat_map_page, junit_xml
from harness.sweep.running import FaultedRun
from harness.sweep.sweep import Judged
from harness.sweep.verdicts import GOOD
from harness.sweep.watching import Arrival
from tests.support.secrets.canary_spots import SPOTS, core_of, found_in


def test_the_reports_show_no_secret_of_a_run():
    rule = parse_rule("cut after 3 messages of /ws")
    secrets = "\n".join(core_of(spot.name) for spot in SPOTS)
    assert found_in(secrets.encode())
    run = FaultedRun(
        rule=rule,
        code=1,
        output=secrets.encode(),
        errors=secrets.encode(),
        seconds=1.0,
        arrivals=(Arrival(at=0.0, place=f"GET /{secrets}"),),
        struck=True,
        differences=(secrets,),
    )
    judged = [Judged(rule=rule, run=run, verdict="crashed")]
    assert not found_in(junit_xml(judged, GOOD) + heat_map_page(judged, "words.yaml"))
    assert not found_in(repr(judged).encode())
