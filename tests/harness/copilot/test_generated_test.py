"""The test that is written for a stranger's report: valid, and of one shape, whatever the report holds."""

import ast
import keyword
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.copilot.generated_test import Facts, source_of_test
from harness.reproduce.names import safe_name

PLAIN = Facts(name="plain", prompts=("Hello",), error="ResponseError", text="", failure="", generation="2026")
HOSTILE = [
    "'",
    '"',
    '"""',
    "\\",
    "\n",
    "\r\n",
    "{prompts}",
    "#",
    "\u2028",
    "\0",
    "\ud800",
    "../../etc/passwd",
    "' + x + '",
]
texts = st.text(max_size=40) | st.sampled_from(HOSTILE) | st.lists(st.sampled_from(HOSTILE)).map("".join)


def shape(source):
    """The syntax tree with all literals of one kind made equal, and the test's own name left out."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and not isinstance(node.value, int):
            node.value = "literal"
        if isinstance(node, ast.List):
            node.elts = []
        if isinstance(node, ast.FunctionDef):
            node.name = "test"
    return ast.dump(tree)


@given(texts, st.lists(texts, min_size=1, max_size=3), st.none() | texts, texts, texts, texts)
def test_nothing_of_a_report_gets_out_of_its_literal(name, prompts, error, text, failure, generation):
    facts = Facts(
        name=safe_name(name),
        prompts=tuple(prompts),
        error=error,
        text=text,
        failure=failure,
        generation=generation,
    )
    source = source_of_test(facts)
    assert source.isascii()
    assert shape(source) == shape(source_of_test(PLAIN))
    compile(source, "test", "exec")


@given(texts | st.sampled_from(["class", "None", "CON", "..", "/", "a" * 500, "Ünïcode", "1st"]))
def test_names_are_safe_for_files_and_functions(text):
    name = safe_name(text)
    assert name.isidentifier()
    assert name.isascii()
    assert not keyword.iskeyword(name)
    assert len(name) <= 70
    assert Path("folder", f"test_{name}.py").parent == Path("folder")


@pytest.mark.parametrize(
    ("text", "name"), [("Empty answer!", "empty_answer"), ("2026-11 report", "report_2026_11_report"), ("", "report")]
)
def test_name_can_still_be_read(text, name):
    assert safe_name(text) == name
