"""The floor plan: a file imports only from floors below its own, or from its own floor
without a circle. Imports inside functions, and those for typing, count like any other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import jobmake
from jobmake.model.graph import topological

HOUSE = Path(jobmake.__file__).parent

# From the ground up. ARCHITECTURE.md shows the same table.
FLOORS = (
    "tools",
    "model",
    "values",
    "code",
    "python",
    "worker",
    "jobfile",
    "importers",
    "memory",
    "reporters",
    "unchanged",
    "caches",
    "checks",
    "executors",
    "jobs",
    "engine",
    "hookspecs",
    "plugins",
    "project",
    "doctor",
    "watch",
    "board",
    "library",
    "testing",
    "commands",
    "cli",
    "__init__",
    "__main__",
)
MODULES = sorted(path.relative_to(HOUSE).as_posix() for path in HOUSE.rglob("*.py"))

LONGEST_FILE, LONGEST_FUNCTION = 400, 50  # lines


def floor_of(module: str) -> str:
    """`memory/files.py` is on the floor `memory`, `cli.py` on `cli`."""
    return module.partition("/")[0].removesuffix(".py")


def imports_of(module: str) -> set[str]:
    """The modules of the house that a module imports, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse((HOUSE / module).read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are written in full"
            for name in node.names:
                found.add(f"{node.module}.{name.name}")
                found.add(f"{node.module}")
        elif isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
    return {file for name in found if (file := _file_of(name)) is not None}


def _file_of(name: str) -> str | None:
    if name != "jobmake" and not name.startswith("jobmake."):
        return None
    path = name.removeprefix("jobmake").removeprefix(".").replace(".", "/")
    if path and (HOUSE / f"{path}.py").is_file():
        return f"{path}.py"
    if path and (HOUSE / path / "__init__.py").is_file():
        return f"{path}/__init__.py"
    return None


@pytest.mark.parametrize("module", MODULES)
def test_every_import_leads_downwards(module: str) -> None:
    own = FLOORS.index(floor_of(module))
    for imported in imports_of(module):
        assert FLOORS.index(floor_of(imported)) <= own, f"{module} imports {imported}, above it"


def test_no_floor_has_a_circle() -> None:
    needs = {module: tuple(sorted(imports_of(module) - {module})) for module in MODULES}
    _, cycle = topological(MODULES, needs)
    assert not cycle, " -> ".join((*cycle, cycle[0]))


@pytest.mark.parametrize("module", MODULES)
def test_rooms_stay_small(module: str) -> None:
    text = (HOUSE / module).read_text()
    assert text.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("module", MODULES)
def test_every_file_says_at_its_head_what_it_is(module: str) -> None:
    assert ast.get_docstring(ast.parse((HOUSE / module).read_text()))


def test_the_engine_knows_neither_plugins_nor_reporters_nor_the_command_line() -> None:
    for module in MODULES:
        if floor_of(module) != "engine":
            continue
        text = (HOUSE / module).read_text()
        for word in ("pluggy", "argparse", "jobmake.reporters"):
            assert word not in text, f"{module} speaks of {word}"


def test_the_model_does_no_input_or_output() -> None:
    for module in MODULES:
        if floor_of(module) == "model":
            names = {
                name
                for node in ast.walk(ast.parse((HOUSE / module).read_text()))
                if isinstance(node, ast.Import)
                for name in (alias.name for alias in node.names)
            }
            assert not names & {"os", "io", "subprocess", "pathlib", "sys", "time"}, module
