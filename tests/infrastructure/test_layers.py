"""Arrows point inward: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "shared" / "swiftcache"

OUTSIDE = {"aws_lambda_powertools", "boto3", "botocore", "pydantic", "redis", "requests", "socket", "urllib"}


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative imports hide where things come from"
            found.add(str(node.module))
    return found


def files(*folders: str) -> list[Path]:
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


def names(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize(
    "file", files("layers/shared/swiftcache/domain", "layers/shared/swiftcache/use_cases"), ids=names
)
def test_the_domain_knows_nothing_of_the_outside(file: Path) -> None:
    assert not {module for module in imports(file) if module.partition(".")[0] in OUTSIDE}


def test_only_the_wiring_imports_boto3() -> None:
    importers = [names(file) for file in files("layers", "functions") if imports(file) & {"boto3", "boto3.session"}]
    assert importers == ["layers/shared/swiftcache/wiring.py"]


def test_the_wiring_builds_nothing_at_import() -> None:
    top = {
        str(node.module)
        for node in ast.parse((PACKAGE / "wiring.py").read_text()).body
        if isinstance(node, ast.ImportFrom)
    }
    assert not {module for module in top if module.startswith(("swiftcache", "boto"))}


@pytest.mark.parametrize("file", sorted((ROOT / "functions").glob("*/app.py")), ids=names)
def test_a_handler_is_short(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 220
