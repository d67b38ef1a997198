"""Names and folders of cassettes that are no files': the test fails for it, the run goes on, nothing lies outside."""

import pytest

from tests.support.inner_pytest.runs import FAKE

WRONG = ["", ".", "..", "/", "../outside", "a/../../outside", "a\0b", "a\nb", "x" * 400, "\ud800"]
NUMBERED = range(len(WRONG))


def files_of(inner):
    return {path.suffix for path in inner.folder.rglob("*") if path.is_file()} | {
        path.suffix for path in inner.folder.parent.glob("*.yaml")
    }


@pytest.mark.parametrize("name", WRONG, ids=NUMBERED)
def test_name_that_is_no_files_name_fails_the_test_alone(inner, name):
    inner.write(f"@pytest.mark.cassette({name!r})\ndef test_one(copilot): pass\n\n\ndef test_plain(): pass")
    result = inner.run("--record-mode=once", FAKE)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*wiretape: config: the cassette's name '*"])
    assert ".yaml" not in files_of(inner)


@pytest.mark.parametrize("where", ["default_cassette", "wire_config", "wire_factory", "keyword"])
def test_wrong_name_is_refused_wherever_it_is_given(inner, where):
    lines = {
        "default_cassette": '@pytest.mark.default_cassette("..")\n@pytest.mark.cassette\ndef test_one(wire): pass',
        "wire_config": "@pytest.fixture\ndef wire_config(): return {'default_cassette': '..'}\n\n"
        "@pytest.mark.cassette\ndef test_one(wire): pass",
        "wire_factory": "def test_one(wire_factory):\n    with wire_factory('..'): pass",
        "keyword": "@pytest.mark.cassette(name='..')\ndef test_one(wire): pass",
    }
    inner.write(lines[where])
    result = inner.run("--record-mode=once", FAKE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["*wiretape: config: the cassette's name '..' leads out of the cassettes' folder*key `directory`*"]
    )


@pytest.mark.parametrize("folder", ["a\0b", "x" * 400], ids=["NUL", "too long"])
def test_wrong_directory_fails_the_test_alone(inner, folder):
    inner.write(f"@pytest.mark.cassette(directory={folder!r})\ndef test_one(wire): pass\n\n\ndef test_plain(): pass")
    result = inner.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*wiretape: config: directory=*(marker cassette): *"])


def test_directory_may_lead_out_and_names_may_have_folders(inner):
    inner.write("""
    @pytest.mark.cassette("deep/er/talk", directory="../tapes")
    def test_one(copilot):
        assert copilot.chat("One").text
    """)
    inner.record()
    assert (inner.folder.parent / "tapes" / "deep" / "er" / "talk.yaml").is_file()


def test_two_names_fail_the_test_alone(inner):
    inner.write('@pytest.mark.cassette("a", "b")\ndef test_one(wire): pass\n\n\ndef test_plain(): pass')
    result = inner.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*wiretape: config: too many arguments (marker cassette): expected at most one name of a cassette, and keywords*"
        ]
    )
