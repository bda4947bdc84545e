"""The packages of the library: which may use which, and what of them may know AWS."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.providers import LAYER, providers

ROOT = Path(__file__).parents[2]
LIBRARY = LAYER / "swiftcache"

OUTSIDE = {"aws_lambda_powertools", "boto3", "botocore", "pydantic", "redis", "requests", "socket", "urllib", "urllib3"}

USES: Mapping[str, str] = {
    "platform": "",
    "console": "",
    "access": "platform",
    "api": "access platform",
    "engines": "api platform",
    "organizations": "access api platform",
    "sessions": "access api organizations platform",
    "instances": "access api engines organizations platform",
    "events": "access api instances platform",
    "redis": "engines instances platform",
    "provisioning": "instances platform redis",
    "callbacks": "instances platform",
    "dns": "callbacks platform",
    "certificates": "instances platform",
    "pool": "access certificates engines instances platform",
    "webhooks": "access api events organizations platform",
    "metrics": "access api instances platform pool redis",
    "configuration": "access api instances metrics platform redis",
    "networks": "instances platform",
    "changes": "access api configuration engines instances metrics networks platform provisioning redis",
    "declarations": "instances platform",
    "maintenance": "access api certificates changes engines instances platform pool",
    "rollouts": "access api engines instances maintenance platform pool",
    "backups": "access api changes engines instances organizations platform redis",
    "timeline": "access api backups instances platform",
    "recovery": "access instances metrics platform provisioning redis",
    "fleet": (
        "access api backups changes configuration instances networks organizations platform pool provisioning recovery "
        "webhooks"
    ),
    "stream": "access backups changes events fleet instances organizations platform pool recovery timeline webhooks",
}
"""Each uses only those above it, so there is no cycle. Wiring is left out: it composes."""


def names(file: Path) -> str:
    return str(file.relative_to(ROOT))


def is_wiring(file: Path) -> bool:
    return file.name in {"stores.py", "first_key.py"} or file.stem.endswith("wiring")


FILES = sorted(LIBRARY.rglob("*.py"))
WIRING = [file for file in FILES if is_wiring(file) and file.name != "first_key.py"]
RULES = [file for file in FILES if file.stem == "model" or file.stem.endswith("ports")]
SERVICES = [file for file in FILES if file.stem.endswith("service")]


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where things come from"
            yield str(node.module)


def imported(file: Path) -> set[str]:
    return set(imports(ast.parse(file.read_text())))


def packages(modules: set[str]) -> set[str]:
    return {module.split(".")[1] for module in modules if module.startswith("swiftcache.")}


def test_the_list_has_every_package() -> None:
    assert set(USES) == {file.parent.name for file in LIBRARY.glob("*/__init__.py")}


def test_a_package_uses_only_those_above_it() -> None:
    above: set[str] = set()
    for package, used in USES.items():
        assert set(used.split()) <= above, package
        above.add(package)


@pytest.mark.parametrize("package", USES)
def test_a_package_uses_those_that_the_list_names_and_no_others(package: str) -> None:
    used = {
        other
        for file in (LIBRARY / package).rglob("*.py")
        if not is_wiring(file)
        for other in packages(imported(file)) - {package}
    }
    assert used == set(USES[package].split())


@pytest.mark.parametrize("file", [*RULES, *SERVICES], ids=names)
def test_rules_ports_and_services_import_nothing_of_the_outside(file: Path) -> None:
    assert {module for module in imported(file) if module.partition(".")[0] in OUTSIDE} == set()


@pytest.mark.parametrize("file", RULES, ids=names)
def test_rules_and_ports_import_no_table_no_route_and_no_wiring(file: Path) -> None:
    known = {module.rpartition(".")[2] for module in imported(file) if module.startswith("swiftcache.")}
    assert {
        name for name in known if name.endswith(("table", "items", "routes", "contract", "wiring", "stores"))
    } == set()


def test_only_one_module_imports_boto3() -> None:
    found = [*FILES, *sorted((ROOT / "functions").rglob("*.py"))]
    importers = [names(file) for file in found if imported(file) & {"boto3", "boto3.session"}]
    assert importers == ["layers/shared/swiftcache/platform/aws.py"]


@pytest.mark.parametrize("file", WIRING, ids=names)
def test_wiring_builds_nothing_when_it_is_imported(file: Path) -> None:
    tree = ast.parse(file.read_text())
    at_once = {str(node.module) for node in tree.body if isinstance(node, ast.ImportFrom)}
    of_providers = {module for module, _ in providers()} | {"swiftcache.platform.injector"}
    assert {module for module in at_once if module.startswith(("swiftcache", "boto"))} <= of_providers


@pytest.mark.parametrize("file", WIRING, ids=names)
def test_wiring_builds_its_own_feature_and_takes_the_rest_from_others_wiring(file: Path) -> None:
    tree = ast.parse(file.read_text())
    built = {module for node in tree.body if isinstance(node, ast.FunctionDef) for module in imports(node)}
    assert packages(built) <= {file.parent.name}


@pytest.mark.parametrize("file", WIRING, ids=names)
def test_wiring_is_short(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 150


@pytest.mark.parametrize("file", sorted((ROOT / "functions").glob("*/app.py")), ids=names)
def test_a_handler_is_short(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 150
