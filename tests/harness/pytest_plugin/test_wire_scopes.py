"""Wires that live longer than one test."""


def test_wires_of_modules_and_classes_are_judged_over_their_tests(inner):
    inner.write("""
    from provider import CopilotClient


    @pytest.fixture(scope="module")
    def client(wire_factory):
        with wire_factory("talk") as wire, CopilotClient(wire.token, base_url=wire.url) as client:
            yield client


    def test_one(client):
        assert client.chat("One").text


    def test_two(client):
        assert client.chat("Two").text
    """)
    inner.record()
    inner.run("-p", "no:randomly").assert_outcomes(passed=2)
    inner.run("-k", "one").assert_outcomes(passed=1, deselected=1)
    inner.write((inner.folder / "test_it.py").read_text().removeprefix("import pytest\n\n").replace('"Two"', '"Three"'))
    assert inner.run().ret == 1


def test_wire_factory_without_a_name_takes_that_of_the_fixtures_scope(inner):
    inner.write("""
    from provider import CopilotClient


    @pytest.fixture(scope="class")
    def answer(wire_factory):
        with wire_factory() as wire, CopilotClient(wire.token, base_url=wire.url) as client:
            yield client.chat("One").text


    class TestAll:
        def test_it(self, answer):
            assert answer
    """)
    inner.record()
    assert [path.name for path in inner.folder.rglob("*.yaml") if "cassettes" in path.parts] == ["TestAll.yaml"]
