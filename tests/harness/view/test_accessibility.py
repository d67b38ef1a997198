"""axe-core over the page: one session and two, light and dark, wide and narrow, with times still to come."""

from importlib.resources import files

import msgspec
import pytest

from harness.cassette.model import Line
from harness.services.copilot import COPILOT
from harness.view.comparison import comparison_data
from harness.view.document import document
from harness.view.problems import problem_data
from harness.view.session_data import session_data

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Stricter than "serious": everything but hints.
RUN = "axe.run().then(({violations}) => violations.filter(({impact}) => impact !== 'minor')"
SHOWN = ".map(({id, nodes}) => [id, ...nodes.map(({target, failureSummary}) => `${target} ${failureSummary}`)]))"
HALF = "(e => { e.value = e.max / 2; e.dispatchEvent(new Event('input')) })(document.getElementById('scrub'))"


async def test_axe_finds_nothing_in_the_page(browser, session, tmp_path):
    socket = session.exchanges[1]
    changed = msgspec.structs.replace(
        socket, messages=(Line(">", 0, "text", b'{"event":"send","n":2}'), *socket.messages[2:])
    )
    other = msgspec.structs.replace(session, exchanges=(session.exchanges[0], changed))
    two = comparison_data(session, other, COPILOT, ("one.yaml", "other.yaml"))
    two |= {"test": "test_it.py::test_it", "problems": [problem_data("tool-failure: x\nwhy")]}
    axe = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    for name, data in (("one", session_data(session, COPILOT, "one.yaml")), ("two", two)):
        (tmp_path / f"{name}.html").write_bytes(document(data))
        await browser.open((tmp_path / f"{name}.html").as_uri())
        await browser.ask(f"{axe}; 0")
        for dark, width in ((False, 1100), (True, 1100), (False, 360)):
            await browser.look(dark=dark, width=width)
            await browser.ask("document.querySelectorAll('.row')[2].click()")
            await browser.ask(HALF)
            assert await browser.ask(RUN + SHOWN) == [], (name, dark, width)
