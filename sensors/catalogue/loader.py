"""Loads the catalogue: the shipped files, then those of the settings, into one `Catalogue` or all problems.

First each file alone (TOML, keys, types, each row by itself, no id twice), then all of them together: a later
file's row replaces an earlier one with the same id, and the result must be consistent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from sensors.catalogue.model import Catalogue, Parameter
from sensors.catalogue.places import area_of, river_id, zone_id
from sensors.catalogue.rows import (
    Region,
    River,
    Row,
    SiteRow,
    Zone,
    flaws,
    site_contradictions,
    target_contradictions,
    to_site,
)
from sensors.catalogue.wider_zones import zone_contradictions
from sensors.standards.targets import Load, Target
from sensors.text import read_bytes
from sensors.toml_config import parse_toml, row_from_toml

if TYPE_CHECKING:
    from sensors.model import Name

PARAMETERS = ("sensors.catalogue", "parameters.toml")
REGION = (("sensors.catalogue", "sites.toml"), ("sensors.standards", "targets.toml"))
"""What is shipped for one region only, and left out for another."""

_KINDS: Mapping[str, type[Row]] = {
    "load": Load,
    "parameter": Parameter,
    "region": Region,
    "river": River,
    "site": SiteRow,
    "target": Target,
    "zone": Zone,
}
_Kind = TypeVar("_Kind", Load, Parameter, Region, River, SiteRow, Target, Zone)


class CatalogueError(ValueError):
    """A catalogue that cannot be used; each of `problems` is one line: file, row, key, reason."""

    def __init__(self, problems: Sequence[str]) -> None:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(problems[0] + more)
        self.problems = tuple(problems)


class _Entry(Struct, frozen=True):
    """A row and the file it stands in; the kind is the row's type."""

    file: str
    kind: str
    row: Row

    def problem(self, text: str) -> str:
        return f"{self.file}: {_label(self.kind, self.row.id)}: {_one_line(text)}"


def load(
    extra: Sequence[Path] = (),
    *,
    shipped: bool = True,
    contents: Mapping[Path, bytes] = MappingProxyType({}),
) -> Catalogue:
    """The shipped catalogue with the rows of `extra` added, a later file's row replacing an earlier one's.

    Replacing is whole: keys left out of the later row take their defaults, not the earlier row's values.
    Without `shipped`, parameters are all that is shipped: sites, zones, rivers and targets are those of
    `extra`. `contents` are read in place of what stands in these files, to see what would come of a change.

    Raises:
        CatalogueError: With every problem of every file. Contradictions between rows are looked for only if
            each row is sound by itself, so that one slip is not reported twice.
    """
    problems: list[str] = []
    entries: dict[tuple[str, str], _Entry] = {}
    for file, raw in _files(extra, problems, contents, shipped=shipped):
        for entry in _read(file, raw, problems):
            entries[entry.kind, entry.row.id] = entry
    if problems:
        raise CatalogueError(problems)
    return _build_catalogue(entries.values())


def shipped_site(id_: str) -> Mapping[str, object] | None:
    """The row of a shipped site as it stands in its file; None if none has this id."""
    package, name = REGION[0]
    rows = parse_toml((resources.files(package) / name).read_bytes())["site"]
    return next((row for row in rows if row["id"] == id_), None)


def _files(
    extra: Sequence[Path], problems: list[str], contents: Mapping[Path, bytes], *, shipped: bool
) -> Iterator[tuple[str, bytes]]:
    for package, name in (PARAMETERS, *(REGION if shipped else ())):
        yield f"{package.replace('.', '/')}/{name}", (resources.files(package) / name).read_bytes()
    for path in extra:
        try:
            yield str(path), contents[path] if path in contents else read_bytes(path)
        except (OSError, ValueError) as error:
            problems.append(f"{path}: {getattr(error, 'strerror', None) or error}")


def _read(file: str, raw: bytes, problems: list[str]) -> Iterator[_Entry]:
    """The sound rows of one file; whatever else is in it goes to `problems`."""
    try:
        tables = parse_toml(raw)
    except ValueError as error:
        problems.append(f"{file}: {_one_line(str(error))}")
        return
    seen: set[tuple[str, str]] = set()
    for kind, number, table in _tables(file, tables, problems):
        try:
            entry = _Entry(file, kind, row_from_toml(table, _KINDS[kind]))
        except ValueError as error:
            problems.append(f"{file}: {_label(kind, _id_of(table) or number)}: {_one_line(str(error))}")
            continue
        own_problems = list(flaws(entry.row))
        if (kind, entry.row.id) in seen:
            own_problems.append("id: stands twice in this file")
        seen.add((kind, entry.row.id))
        problems += [entry.problem(text) for text in own_problems]
        yield entry


def _tables(
    file: str, tables: Mapping[str, object], problems: list[str]
) -> Iterator[tuple[str, int, object]]:
    """Each row with its kind and its number in the file, counted from 1."""
    for kind, rows in tables.items():
        if kind not in _KINDS:
            known = ", ".join(f"[[{name}]]" for name in _KINDS)
            problems.append(f"{file}: {_one_line(kind)}: unknown key; a catalogue holds {known}")
        elif not isinstance(rows, list):
            problems.append(f"{file}: {kind}: each one is written as [[{kind}]], in double brackets")
        else:
            yield from ((kind, number, table) for number, table in enumerate(rows, 1))


def _build_catalogue(entries: Iterable[_Entry]) -> Catalogue:
    entries = list(entries)
    parameters = {row.id: row for row in _rows(entries, Parameter)}
    zones: dict[str, Name] = {row.id: row.name for row in _rows(entries, Zone)}
    sites = _rows(entries, SiteRow)
    by_code = {code: row.id for row in parameters.values() for code in row.codes}
    problems = [*_code_clashes(entries), *_unlike_wholes(entries), *_duplicate_numbers(entries)]
    for entry in entries:
        if isinstance(entry.row, SiteRow):
            own_problems = site_contradictions(entry.row, parameters, by_code, zones)
            problems += [entry.problem(text) for text in own_problems]
        elif isinstance(entry.row, Zone):
            rows = {row.id: row for row in _rows(entries, Zone)}
            own_problems = zone_contradictions(entry.row, {row.id: row for row in sites}, rows)
            problems += [entry.problem(text) for text in own_problems]
    sites_by_id = {row.id: to_site(row) for row in sites} if not problems else {}
    areas = {*map(zone_id, zones), *(river_id(row.id) for row in _rows(entries, River))}
    areas |= {area for site in sites_by_id.values() if (area := area_of(site)) is not None}
    for entry in entries:
        if isinstance(entry.row, Target):
            own_problems = target_contradictions(entry.row, parameters, {row.id for row in sites}, areas)
            problems += [entry.problem(text) for text in own_problems]
    if problems:
        raise CatalogueError(problems)
    return Catalogue(
        parameters=parameters,
        sites=sites_by_id,
        zones=zones,
        rivers={row.id: row.name for row in _rows(entries, River)},
        by_code=by_code,
        by_mn={row.mn: row.id for row in sites if row.mn is not None},
        by_former={former: row.id for row in sites for former in row.renamed_from},
        targets=tuple(_rows(entries, Target)),
        loads=tuple(_rows(entries, Load)),
        members={row.id: row.of for row in _rows(entries, Zone) if row.of},
        short_names={row.id: row.short for row in _rows(entries, Zone) if row.short is not None},
        region=next((row.name for row in reversed(_rows(entries, Region))), None),
    )


def _rows(entries: Iterable[_Entry], kind: type[_Kind]) -> list[_Kind]:
    return [entry.row for entry in entries if isinstance(entry.row, kind)]


def _code_clashes(entries: Iterable[_Entry]) -> Iterator[str]:
    """Codes that would mean two parameters, or a parameter and another's id."""
    owners = {entry.row.id: entry.row.id for entry in entries if isinstance(entry.row, Parameter)}
    for entry in entries:
        if isinstance(entry.row, Parameter):
            for code in entry.row.codes:
                owner = owners.setdefault(code, entry.row.id)
                if owner != entry.row.id:
                    yield entry.problem(f'codes: "{code}" already means "{owner}"')


def _unlike_wholes(entries: Iterable[_Entry]) -> Iterator[str]:
    """Parts of what is not there, of another medium or in another unit."""
    parameters = {entry.row.id: entry.row for entry in entries if isinstance(entry.row, Parameter)}
    for entry in entries:
        if isinstance(entry.row, Parameter) and (name := entry.row.checks.part_of) is not None:
            whole = parameters.get(name)
            if whole is None or (whole.medium, whole.unit) != (entry.row.medium, entry.row.unit):
                unit = f"{entry.row.medium} in {entry.row.unit}"
                yield entry.problem(f'checks.part_of: "{name}" is no parameter of {unit}')


def _duplicate_numbers(entries: Sequence[_Entry]) -> Iterator[str]:
    """Device numbers, national codes and aliases that two sites claim; a section's name is its own too."""
    owners: dict[tuple[str, str], str] = {}
    for row in _rows(entries, SiteRow):
        owners["renamed_from", row.id] = row.id
        if row.medium == "water":
            owners["aliases", row.name.zh] = row.id
    for entry in entries:
        if isinstance(entry.row, SiteRow):
            others = [("aliases", alias) for alias in entry.row.aliases]
            others += [("renamed_from", former) for former in entry.row.renamed_from]
            for key, number in (("mn", entry.row.mn), ("code", entry.row.code), *others):
                if number is None:
                    continue
                owner = owners.setdefault((key, number), entry.row.id)
                if owner != entry.row.id:
                    yield entry.problem(f'{key}: "{number}" is already that of site "{owner}"')


def _label(kind: str, which: str | int) -> str:
    """`site "north"`, or `site 3` where the row has no usable id."""
    return f"{kind} {which}" if isinstance(which, int) else f'{kind} "{_one_line(which)}"'


def _id_of(table: object) -> str | None:
    row_id = table.get("id") if isinstance(table, dict) else None
    return row_id if isinstance(row_id, str) else None


def _one_line(text: str) -> str:
    return " ".join(text.split())
