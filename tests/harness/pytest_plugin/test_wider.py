"""Settings at every scope, other processes, markers that another plugin has, too."""

import pytest

from tests.support.inner_pytest.runs import ALONE, FAKE, InnerPytest

BESIDE = ("-p", "no:randomly", "-p", "no:rerunfailures", "-p", "no:hypothesispytest")


@pytest.mark.parametrize("scope", ["function", "class", "module", "package", "session"])
def test_wire_config_may_have_any_scope(inner, scope):
    inner.write(f"""
    @pytest.fixture(scope="{scope}")
    def wire_config():
        return {{"timeout": 8}}


    def test_it(wire):
        assert wire.plan.config.timeout == 8
    """)
    inner.run().assert_outcomes(passed=1)


@pytest.mark.parametrize(("said", "complaint"), [("None", "wrong type NoneType"), ("{1: 2}", "unknown key '1'")])
def test_wire_config_that_is_no_configuration_is_told_so(inner, said, complaint):
    inner.write(f"@pytest.fixture\ndef wire_config():\n    return {said}\n\n\ndef test_it(wire): pass")
    result = inner.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*wiretape: config: {complaint} (fixture wire_config): *"])


def test_nearest_wire_config_counts(inner):
    (inner.folder / "conftest.py").write_text(
        "import pytest\n\n@pytest.fixture\ndef wire_config():\n    return {'timeout': 8, 'speed': 2}\n"
    )
    inner.write("""
    class TestNear:
        @pytest.fixture
        def wire_config(self, wire_config):
            return wire_config | {"timeout": 9}

        def test_near(self, wire):
            assert (wire.plan.config.timeout, wire.plan.config.speed) == (9, 2)


    def test_far(wire):
        assert wire.plan.config.timeout == 8
    """)
    inner.run().assert_outcomes(passed=2)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_other_processes_reach_the_wire(apart, method):
    apart.write(f"""
    import multiprocessing, urllib.request


    def ask(url):
        return urllib.request.urlopen(url + "/c/api/user").status


    def test_pool(wire):
        with multiprocessing.get_context("{method}").Pool(1) as pool:
            assert pool.apply_async(ask, [wire.url]).get(20) == 200
        assert [call.path for call in wire.calls] == ["/c/api/user"]
    """)
    apart.run("-W", "ignore::DeprecationWarning").assert_outcomes(passed=1)


def test_default_cassette_is_for_both(pytester):
    inner = InnerPytest(pytester, plugins=BESIDE)
    inner.write("""
    pytestmark = pytest.mark.default_cassette("both.yaml")


    @pytest.mark.vcr
    def test_theirs(default_cassette_name):
        assert default_cassette_name == "both.yaml"


    @pytest.mark.cassette
    def test_ours(wire, copilot):
        assert wire.cassette.name == "both.yaml"
        assert copilot.chat("Hi").text
    """)
    inner.run("--record-mode=once", FAKE).assert_outcomes(passed=2)


def test_without_our_plugin_its_options_are_gone(pytester):
    inner = InnerPytest(pytester, plugins=ALONE)
    inner.write("def test_it(): pass")
    inner.run("-p", "no:wiretape").assert_outcomes(passed=1)
    assert inner.run("-p", "no:wiretape", "--wire-timeout=1").ret == pytest.ExitCode.USAGE_ERROR


def test_live_wire_needs_no_cassette_marker_and_can_be_scripted_by_nobody(inner):
    inner.write("""
    @pytest.mark.live
    def test_live(wire):
        wire.say("No").done()
    """)
    result = inner.run(FAKE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*scripts are for tests without the marker `cassette`*"])
