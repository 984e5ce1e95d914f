"""The floors hold, and no room grows beyond what a reader takes in: planted violations are seen."""

import ast
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.paths import ROOT

ROOMS = [ROOT / room for room in ("alerts", "dashboards", "ingest", "liangqu", "sensors")]

LONGEST_MODULE = 300
LONGEST_FUNCTION = 50
MOST_SIBLINGS = 16
DEEPEST = 3  # folders below a room
CROWDED = {
    "alerts/notify/channels": "a channel a file, as docs/how-to says",
    "sensors/standards": "the law in TOML, beside each file the module that reads it",
    "ingest/journal": "a table or queue of the journal a file, as docs/reference/journal.md lists them",
    "ingest/journal/database/migrations": "a version of the journal a file, in their order",
    "liangqu/desk/templates": "a page a file, of the name of its module",
    "liangqu/desk/words": "a page a file, as its template",
    "liangqu/cli": "a command a file, in the order of `liangqu --help`",
    "liangqu/desk/pages": "a page a file, as liangqu/desk/README.md says",
}
"""Folders that hold more than `MOST_SIBLINGS`, each with the reason."""


def modules(room: Path) -> Iterator[tuple[str, str]]:
    """Name below the root, and text, of each module of a room."""
    for file in sorted(room.rglob("*.py")):
        yield str(file.relative_to(room.parent)), file.read_text(encoding="utf-8")


def long_ones(name: str, text: str) -> Iterator[str]:
    """The module if it is too long, and each function in it that is."""
    lines = len(text.splitlines())
    if lines > LONGEST_MODULE:
        yield f"{name}: {lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{name}: {node.name}: {lines} lines"


def public_classes(named: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """The modules that define each public class name."""
    found = defaultdict(list)
    for name, text in named:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(name)
    return found


def crowded(room: Path) -> Iterator[str]:
    """The folders with too many siblings, or too deep."""
    folders = [room, *(f for f in sorted(room.rglob("*")) if f.is_dir() and f.name != "__pycache__")]
    for folder in folders:
        name = str(folder.relative_to(room.parent))
        inside = [
            f for f in folder.iterdir() if f.name not in {"__pycache__", "__init__.py"} and f.suffix != ".md"
        ]
        if len(inside) > MOST_SIBLINGS:
            yield name
        if len(folder.relative_to(room).parts) > DEEPEST:
            yield f"{name}: too deep"


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_no_module_and_no_function_is_longer_than_a_reader_takes_in(room: Path) -> None:
    assert [words for name, text in modules(room) for words in long_ones(name, text)] == []


def test_a_module_and_a_function_that_are_too_long_are_seen() -> None:
    body = "    x = 1\n" * 50
    text = f"def fits():\n{body[:-10]}\n\ndef f():\n{body}" + "\n" * 249

    assert [*long_ones("m.py", text)] == ["m.py: 352 lines", "m.py: f: 51 lines"]


def test_no_folder_holds_more_than_a_reader_takes_in_but_for_a_listed_reason() -> None:
    assert {name for room in [*ROOMS, ROOT / "benchmarks"] for name in crowded(room)} <= CROWDED.keys()


def test_a_folder_that_is_too_full_or_too_deep_is_seen(tmp_path: Path) -> None:
    (deep := tmp_path / "room" / "a" / "b" / "c" / "d").mkdir(parents=True)
    for number in range(MOST_SIBLINGS + 1):
        (deep / f"{number}.toml").touch()

    assert [*crowded(tmp_path / "room")] == ["room/a/b/c/d", "room/a/b/c/d: too deep"]


def test_a_public_class_name_occurs_once() -> None:
    found = public_classes([pair for room in ROOMS for pair in modules(room)])

    assert {name: where for name, where in found.items() if len(where) > 1} == {}


def test_a_class_name_that_occurs_twice_is_seen() -> None:
    again = public_classes([("a.py", "class X: ..."), ("b.py", "class X: ...\nclass _Y: ...")])

    assert again == {"X": ["a.py", "b.py"]}


def test_the_layer_contracts_name_exactly_the_rooms_that_the_wheel_holds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]

    packages = {file.parent.name for file in ROOT.glob("*/__init__.py")}
    assert sorted(layers) == rooms == sorted(packages - {"tests", "benchmarks"})


def test_an_import_up_the_floors_is_seen(tmp_path: Path) -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    only_the_floors = project.split("[[tool.importlinter.contracts]]")[1]
    head = project[project.index("[tool.importlinter]") : project.index("[[tool.importlinter.contracts]]")]
    (tmp_path / "pyproject.toml").write_text(
        head + "[[tool.importlinter.contracts]]" + only_the_floors, encoding="utf-8"
    )
    for room in ("alerts", "dashboards", "ingest", "liangqu", "sensors"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("import liangqu\n" if room == "sensors" else "")

    linted = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert linted.returncode == 1
    assert "sensors is not allowed to import liangqu" in linted.stdout
