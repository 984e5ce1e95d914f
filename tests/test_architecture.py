"""The floors hold: import-linter proves it, and a planted violation is seen."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


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
