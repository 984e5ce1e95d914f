"""Any TOML and any bytes end in a catalogue or in lines that name the file, never in anything else."""

import os
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from sensors.catalogue.loader import CatalogueError, load
from sensors.catalogue.model import Parameter, Thresholds
from sensors.catalogue.rows import SiteRow

EXAMPLES = 2000 if os.environ.get("LIANGQU_PROVE") == "full" else 200
FIELDS = [*SiteRow.__struct_fields__, *Parameter.__struct_fields__, *Thresholds.__struct_fields__]
KEYS = st.sampled_from([*FIELDS, "zh", "en"]) | st.text("ab\n\"'é", max_size=3)
LEAVES = (
    st.booleans()
    | st.integers()
    | st.integers(10**400, 10**401)
    | st.floats()
    | st.sampled_from(
        ["air", "water", "city", "baihe", "4h", "999999d", "pm25", "x1", "a34004", "lake", "hPa"]
    )
    | st.text(max_size=6)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=8
)
NAMES = st.fixed_dictionaries({"zh": st.text(max_size=3), "en": st.text(max_size=3)})
SITES = st.fixed_dictionaries(
    {"id": LEAVES, "medium": st.sampled_from(["air", "water"]), "name": NAMES},
    optional={
        "zone": LEAVES,
        "cycle": LEAVES,
        "late_after": LEAVES,
        "lon": LEAVES,
        "lat": LEAVES,
        "units": st.dictionaries(KEYS, LEAVES, max_size=2),
        "parameters": st.lists(LEAVES, max_size=2),
    },
)
FILES = st.dictionaries(
    st.sampled_from(["site", "zone", "river", "parameter", "other"]),
    st.lists(SITES | st.dictionaries(KEYS, VALUES, max_size=6), max_size=3) | VALUES,
    max_size=3,
)


def as_toml(value: Any) -> str:
    """One TOML value; tables are inline."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{as_toml(key)} = {as_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(letter):08x}" for letter in value) + '"'
    return str(value)


def ends_well(path: Path) -> None:
    try:
        lines: tuple[str, ...] = ()
        load([path])
    except CatalogueError as error:
        lines = (str(error), *error.problems)
        event("refused")
    assert all(line.startswith(f"{path}: ") and len(line.splitlines()) == 1 for line in lines)


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(FILES)
def test_any_toml_ends_in_a_catalogue_or_in_lines(tmp_path: Path, file: dict[str, Any]) -> None:
    path = tmp_path / "any.toml"
    path.write_text("\n".join(f"{key} = {as_toml(value)}" for key, value in file.items()), encoding="utf-8")
    ends_well(path)


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary() | st.text("[]{}=.\"'\n#ab1", max_size=40).map(str.encode))
def test_any_bytes_end_in_a_catalogue_or_in_lines(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "any.toml"
    path.write_bytes(raw)
    ends_well(path)
