"""Which layer may import what, and where a SELECT may begin: the rules of the house, held by reading the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EDGES = {"app", "cli"}
WIRING = EDGES | {"commands", "settings"}
NEVER = {
    "models": {"strawberry", "starlette", "aiodataloader", "graph", "feeds", "loaders", "importers"} | WIRING,
    "loaders": {"strawberry", "starlette", "graph", "feeds", "importers"} | WIRING,
    "importers": {"strawberry", "starlette", "graph", "feeds"} | WIRING,
    "graph": {"sqlalchemy", "feeds"} | WIRING,
    "feeds": {"sqlalchemy", "strawberry", "graph"} | WIRING,
    "database": {"strawberry", "starlette", "graph", "feeds", "loaders", "importers"} | WIRING,
    "demo": {"strawberry", "starlette", "graph", "feeds", "loaders"} | WIRING,
    "migrations": {"strawberry", "starlette", "graph", "feeds", "loaders"} | WIRING,
    "web": {"strawberry", "starlette", "sqlalchemy", "graph", "feeds", "loaders", "importers", "models"} | WIRING,
    "commands": EDGES | {"settings"},
}


@pytest.mark.parametrize("layer", NEVER)
def test_a_layer_imports_nothing_that_it_must_not_know(layer: str) -> None:
    found = {f"{path.relative_to(ROOT)}: {name}" for path in (ROOT / layer).rglob("*.py") for name in imports(path) & NEVER[layer]}

    assert found == set()


def test_nothing_is_outside_the_layers() -> None:
    folders = {path.parent.relative_to(ROOT).parts[0] for path in ROOT.glob("*/*.py")}

    assert folders - {"tests", "bench"} == set(NEVER)
    assert {path.stem for path in ROOT.glob("*.py")} == EDGES | {"settings"}


@pytest.mark.parametrize("layer", ["graph", "loaders", "feeds", "importers"])
def test_a_select_starts_at_visible(layer: str) -> None:
    found = {f"{path.relative_to(ROOT)}:{line}" for path in (ROOT / layer).rglob("*.py") for line in selects(path)}

    assert found == set()


def imports(path: Path) -> set[str]:
    """The top names of what a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def selects(path: Path) -> Iterator[int]:
    """The lines of a file on which `select(...)` is called; `statement.select()` wraps rows that are already visible."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in {"select", "sqlalchemy.select", "sa.select"}:
                yield node.lineno
