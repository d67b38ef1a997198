"""The import rules in pyproject.toml name every module that they are about."""

import pytest

from tests.support.project.tree import ROOT, pyproject

CONTRACTS = {each["id"]: each for each in pyproject()["tool"]["importlinter"]["contracts"]}


def modules_of(package):
    """The modules and packages right beneath a package, as dotted names."""
    folder = ROOT / package.replace(".", "/")
    found = [*folder.glob("*.py"), *(path.parent for path in folder.glob("*/__init__.py"))]
    return {f"{package}.{path.stem}" for path in found} - {f"{package}.__init__"}


def modules_named(contract):
    return [name for key in ("source_modules", "forbidden_modules", "modules") for name in contract.get(key, [])]


@pytest.mark.parametrize(
    ("contract", "package", "allowed"),
    [
        ("fake-server", "provider", {"provider.wire", "provider.websocket", "provider.clock"}),
    ],
)
def test_a_rule_forbids_all_of_a_package_but_what_it_names(contract, package, allowed):
    assert set(CONTRACTS[contract]["forbidden_modules"]) == modules_of(package) - allowed


@pytest.mark.parametrize("package", ["provider", "provider.wire", "fake_server", "harness"])
def test_every_module_has_its_floor(package):
    layers = next(each["layers"] for each in CONTRACTS.values() if each.get("containers") == [package])
    # Those in brackets need not be there.
    named = {f"{package}.{name.strip(' ()')}" for layer in layers for name in layer.split("|")}
    assert modules_of(package) <= named


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_modules_that_a_rule_names_exist(contract):
    ours = [
        name for name in modules_named(CONTRACTS[contract]) if name.startswith(("provider", "fake_server", "harness"))
    ]
    paths = [ROOT / name.replace(".", "/") for name in ours]
    assert [path for path in paths if not (path.is_dir() or path.with_suffix(".py").is_file())] == []
