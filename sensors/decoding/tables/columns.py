"""What the columns of a table are: parameters, roles such as time and site, and the rest."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct

from sensors.catalogue.model import Catalogue
from sensors.decoding.below_detection import parse_detection_limit
from sensors.decoding.tables.headings import Heading, Headings, Role, role_of
from sensors.decoding.tables.numerals import is_blank, plain_number
from sensors.excerpt import one_line

_BEFORE_LIMIT, _BEHIND_LIMIT = "<＜≤ ", "LＬ "  # of a detection limit
TIME_APART: tuple[tuple[Role, ...], ...] = (
    ("date", "hour"),
    ("date",),
    ("year", "month", "day", "hour"),
    ("year", "month", "day"),
)
"""TableColumns that make a time together, where there is no column `time`."""


class TableColumns(Struct, frozen=True):
    """Places in the header: of each role, of each parameter with what its heading says, and of the rest."""

    roles: Mapping[Role, int]
    parameters: Mapping[int, Heading]
    others: tuple[int, ...]

    @property
    def time(self) -> Mapping[Role, int]:
        """The columns that make the time: one, or several; none if there is no time.

        Beside a `date` a `time` may be that of the day: `joined_time` sees to it.
        """
        if "time" in self.roles:
            together: tuple[Role, ...] = ("date", "time") if "date" in self.roles else ("time",)
            return {role: self.roles[role] for role in together}
        whole = next((roles for roles in TIME_APART if all(role in self.roles for role in roles)), ())
        return {role: self.roles[role] for role in whole}


def read_columns(
    header: Sequence[str],
    headings: Headings,
    *,
    ignore: Collection[str] = (),
    roles: Collection[Role],
) -> TableColumns:
    """Sort the columns of a header by what they are; those in `ignore` and blank ones are nothing.

    Args:
        header: As the table has it.
        headings: Reads a parameter's column.
        ignore: TableColumns that the user passes over.
        roles: Those that this use of a table knows; of several columns the one named as its role counts,
            else that whose word stands first in headings.toml.

    Raises:
        ValueError: A column that counts stands twice, or its unit does not convert; names it.
    """
    parameters, others = dict[int, Heading](), list[int]()
    by_role: dict[Role, list[int]] = defaultdict(list)
    for at, text in enumerate(header):
        if not text.strip() or text.strip() in ignore:
            continue
        role = role_of(text)
        if role is not None and role in roles:
            by_role[role].append(at)
        elif heading := headings.heading(text):
            parameters[at] = heading
        else:
            others.append(at)
    _check_units(header, parameters)
    _check_twice(header, parameters)
    chosen = {role: _chosen(header, role, places) for role, places in by_role.items()}
    passed = (at for role, places in by_role.items() for at in places if at != chosen[role])
    return TableColumns(chosen, parameters, tuple(sorted((*others, *passed))))


def site_names(catalogue: Catalogue) -> dict[str, str]:
    """Site ids by what else tables call a site: code, MN, aliases, names; what means two sites is none."""
    ids = dict.fromkeys(catalogue.sites)
    found: dict[str, set[str]] = defaultdict(set)
    for site in catalogue.sites.values():
        for name in (site.code, site.mn, *site.aliases, site.name.zh, site.name.en):
            if name and name not in ids:
                found[name].add(site.id)
    return {name: one for name, sites in found.items() if len(sites) == 1 for one in sites}


def is_text(at: int, rows: Iterable[Sequence[str]]) -> bool:
    """Whether a column of these rows holds words and no number; `ND` and what means blank are no words."""
    cells = _cells(at, rows)
    return any(map(_is_word, cells)) and not any(map(_is_number, cells))


def holds_numbers(at: int, rows: Iterable[Sequence[str]]) -> bool:
    """Whether a column of these rows holds a number, or `<0.01` or `0.01L`."""
    return any(map(_is_number, _cells(at, rows)))


def _cells(at: int, rows: Iterable[Sequence[str]]) -> list[str]:
    return [cell for row in rows if at < len(row) and (cell := row[at].strip())]


def _is_word(cell: str) -> bool:
    return any(map(str.isalpha, cell)) and not is_blank(cell) and parse_detection_limit(cell) is None


def _is_number(cell: str) -> bool:
    try:
        return plain_number(cell.lstrip(_BEFORE_LIMIT).rstrip(_BEHIND_LIMIT)) is not None
    except ValueError:
        return True


def _chosen(header: Sequence[str], role: Role, places: Sequence[int]) -> int:
    named = [at for at in places if header[at].strip() == role]
    if len(named) > 1 or (len(places) > 1 and len({header[at].strip() for at in places}) < len(places)):
        raise ValueError(_twice(header, role, named if len(named) > 1 else places))
    return named[0] if named else places[0]


def _check_units(header: Sequence[str], parameters: Mapping[int, Heading]) -> None:
    for at, heading in parameters.items():
        if heading.power is None:
            name = header[at].strip()
            wrong = (
                f"column {one_line(name)}: {heading.unit} does not convert to the unit of {heading.parameter}"
            )
            raise ValueError(f'{wrong}; --ignore-columns "{one_line(name)}" passes over it')


def _check_twice(header: Sequence[str], parameters: Mapping[int, Heading]) -> None:
    seen: dict[tuple[str, str], int] = {}
    for at, heading in parameters.items():
        first = seen.setdefault((heading.parameter, heading.span), at)
        if first != at:
            raise ValueError(
                _twice(header, "_".join(filter(None, (heading.parameter, heading.span))), (first, at))
            )


def _twice(header: Sequence[str], name: str, places: Sequence[int]) -> str:
    written = [one_line(header[at].strip()) for at in places[:2]]
    where = f"as columns {places[0] + 1} and {places[1] + 1}"
    if written[0] == written[1]:
        return f"column {name} stands twice, {where}; rename one"
    way = f'--ignore-columns "{written[1]}" passes over one'
    return f"column {name} stands twice, {where} ({written[0]}, {written[1]}); {way}"
