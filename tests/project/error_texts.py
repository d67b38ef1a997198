"""The texts of the errors that a file makes, as its users see them: constants and variables are replaced by their texts."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TypeAlias, TypeGuard

from tests.support.project.tree import ROOT

_CODES = frozenset({"step", "reason", "code"})
"""Arguments of errors that are for programs."""
_SHORTEST = 12
"""Characters from which on a text of an error says something."""
_OWN_NAMES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_MAY_ASSIGN = (ast.stmt, ast.ExceptHandler, ast.match_case)
_Known: TypeAlias = Mapping[str, list[ast.expr]]
"""Name -> the expressions that are assigned to it."""


def errors(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, class and texts) of each call of `..Error`. Texts of one error are divided by ` | `, branches by ` / `.

    A name is followed to its assignments in the function, in the module, or in the project's module that it is imported
    from. A field of an f-string that this does not resolve stays as in the code.
    """
    making: set[ast.AST] = set()
    if not _add_making(tree, making):
        return
    for node, known in _calls(tree, _imported(tree) | _assigned(tree.body), making):
        keywords = [keyword.value for keyword in node.keywords if keyword.arg not in _CODES]
        found = [text for each in [*node.args, *keywords] if len(text := _text(each, known)) >= _SHORTEST]
        if found:
            yield node.lineno, f"{_name(node.func)}: {' | '.join(found)}"


def _makes_error(node: ast.AST) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and _name(node.func).endswith("Error")


def _add_making(node: ast.AST, making: set[ast.AST]) -> bool:
    """Add each node that makes an error or holds one that does: what leads to no error need not be followed."""
    below = [_add_making(child, making) for child in ast.iter_child_nodes(node)]
    makes = any(below) or _makes_error(node)
    if makes:
        making.add(node)
    return makes


def _calls(parent: ast.AST, known: _Known, making: set[ast.AST]) -> Iterator[tuple[ast.Call, _Known]]:
    """The calls of errors, each with what the names stand for there. After branches a name stands for all that they assign."""
    for _, children in ast.iter_fields(parent):
        nodes = children if isinstance(children, list) else [children]
        here = known
        passed: list[ast.AST] = []
        for node in nodes:
            if node not in making:
                passed.append(node)
                continue
            for each in passed:
                here = here | _after(each, here)
            passed = [node]
            if _makes_error(node):
                yield node, here
            yield from _calls(node, here, making)


def _after(node: ast.AST, known: _Known) -> dict[str, list[ast.expr]]:
    if isinstance(node, _OWN_NAMES) or not isinstance(node, _MAY_ASSIGN):
        return {}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        return _assigned([node])
    return {name: [*known.get(name, []), *values] for name, values in _assigned(ast.walk(node)).items()}


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and value is not None and isinstance(target, ast.Name):
            found.setdefault(target.id, []).append(value)
    return found


def _imported(tree: ast.Module) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            constants = _constants(node.module)
            found |= {each.asname or each.name: constants[each.name] for each in node.names if each.name in constants}
    return found


@cache
def _constants(module: str) -> dict[str, list[ast.expr]]:
    path = ROOT / f"{module.replace('.', '/')}.py"
    return _assigned(ast.parse(path.read_text("utf-8")).body) if path.is_file() else {}


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text(node: ast.expr, known: _Known) -> str:
    return " / ".join(filter(None, _texts(node, known)))


def _texts(node: ast.expr, known: _Known) -> list[str]:
    """The texts that an expression may have: "" for each that is not to be resolved."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr():
            return ["".join(_field(each, known) for each in node.values)]
        case ast.IfExp():
            return _texts(node.body, known) + _texts(node.orelse, known)
        case ast.Name() if node.id in known:
            others = {name: values for name, values in known.items() if name != node.id}
            return [text for value in known[node.id] for text in _texts(value, others)]
        case _:
            return [""]


def _field(node: ast.expr, known: _Known) -> str:
    if not isinstance(node, ast.FormattedValue):
        return _text(node, known)
    values = known.get(node.value.id, []) if isinstance(node.value, ast.Name) else []
    if len(values) == 1 and isinstance(values[0], ast.Constant) and isinstance(values[0].value, int | float):
        return str(values[0].value)
    found = _texts(node.value, known)
    return " / ".join(found) if all(found) else f"{{{ast.unparse(node.value)}}}"
