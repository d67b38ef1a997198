"""`wire_factory` outside of what is being set up, and reports that are asked for while the server works."""


def test_wire_factory_in_a_finalizer_is_told_what_to_do(inner):
    inner.write("""
    import builtins


    @pytest.fixture
    def late(wire_factory, request):
        def finish():
            with pytest.raises(pytest.fail.Exception, match="open the wire before that"):
                wire_factory("late")
            print("told in a finalizer")
        request.addfinalizer(finish)


    @pytest.fixture(scope="module")
    def behind_its_yield(wire_factory):
        yield
        with pytest.raises(pytest.fail.Exception, match="after a fixture's yield"):
            with wire_factory("late"):
                pass
        print("told behind a yield")


    def test_it(late, behind_its_yield): pass
    """)
    result = inner.run("-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*told in a finalizer*", "*told behind a yield*"])


def test_wire_factory_in_a_finalizer_fails_the_test_as_a_wire_failure(inner):
    inner.write("""
    @pytest.fixture
    def late(wire_factory, request):
        request.addfinalizer(lambda: wire_factory("late"))


    def test_it(late): pass
    """)
    result = inner.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*wiretape: config: wire_factory was called while no fixture is set up*"])
    assert "IndexError" not in result.stdout.str()


def test_reports_are_made_in_the_thread_of_the_servers(inner):
    inner.write("""
    import threading
    from harness.pytest_plugin.backends import PlayerBackend

    asked = set()


    @pytest.fixture(autouse=True)
    def watched(monkeypatch):
        real = PlayerBackend.report

        def report(self):
            asked.add(threading.current_thread().name)
            return real(self)

        monkeypatch.setattr(PlayerBackend, "report", report)


    @pytest.mark.cassette("talk")
    def test_it(wire, copilot):
        assert copilot.chat("Hello").text
        assert wire.report().ok


    def test_after():
        assert asked == {"wiretape-servers"}
    """)
    inner.record("test_it.py::test_it")
    inner.run().assert_outcomes(passed=2)
