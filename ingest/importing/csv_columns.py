"""Which columns of a table are readings, and how their cells become values of the catalogue's unit."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from ingest.importing.cells import number
from ingest.importing.cnemc.air_tables import FORMS
from ingest.importing.exported import judging_columns
from ingest.importing.tables.table import Table
from sensors.catalogue.model import Catalogue, Parameter
from sensors.catalogue.units import power_of_ten, shift, spelling_of
from sensors.decoding.below_detection import METHODS_OWN, parse_detection_limit
from sensors.decoding.tables.columns import TableColumns, holds_numbers, is_text, read_columns
from sensors.decoding.tables.flags import UNAPPLIED, FlagColumns, check_marks, find_flags, holds_marks
from sensors.decoding.tables.headings import MEANS, Heading, Headings, Role, role_of, squeeze
from sensors.decoding.tables.numerals import DecimalMark, may_be_blank, plain_number
from sensors.excerpt import excerpt, one_line

LONG = frozenset({"site", "parameter", "time", "value"})
WIDE = frozenset({"site", "time"})
PLAIN = LONG | {"unit", "flag", "kind", "sent"}
_TIMES: tuple[Role, ...] = ("time", "date", "hour", "year", "month", "day")
_LONG_ROLES: tuple[Role, ...] = ("site", "parameter", "value", "unit", "flag", "kind", "sent", *_TIMES)
_WIDE_ROLES: tuple[Role, ...] = ("site", "kind", *_TIMES)


class MeasuredColumn(Struct, frozen=True):
    """A column of readings: its place, its heading, what the message calls its parameter, and its unit.

    `flags` are the columns that mark its values.
    """

    at: int
    heading: str
    parameter: str
    power: int = 0
    flags: tuple[int, ...] = ()


class CsvColumns(Struct, frozen=True):
    """The columns of a table in long or wide form; `time` are those that make a time together.

    `unread` are headings that are passed over because they hold words or nothing yet, or moving means;
    `flags` those of a wide table that are read as flags of the device.
    """

    is_long: bool
    roles: Mapping[Role, int]
    time: Mapping[Role, int]
    measured: tuple[MeasuredColumn, ...]
    unread: tuple[str, ...]
    flags: tuple[str, ...] = ()


def csv_columns(table: Table, catalogue: Catalogue, ignore: Collection[str]) -> CsvColumns:
    """The columns of a table of readings.

    Raises:
        ValueError: It is neither long nor wide, a column stands twice, or one is neither known nor plainly
            words; names the file and the column.
    """
    ignore = {*ignore, *judging_columns(table.header)}
    kept = [name for name in table.header if name.strip() not in ignore]
    is_long = {"parameter", "value"} <= {role_of(name) for name in kept}
    headings = Headings(catalogue)
    try:
        _check_repeated(kept)
        found = read_columns(
            table.header, headings, ignore=ignore, roles=_LONG_ROLES if is_long else _WIDE_ROLES
        )
        _check_platform(table.header)
        _check_needed(found, is_long=is_long)
        flags = FlagColumns() if is_long else find_flags(table.header, found.others, headings)
        unread = _unread(table, found, headings, flags, is_long=is_long)
    except ValueError as error:
        raise ValueError(f"{table.name}: {error}") from None
    wide = {} if is_long else found.parameters
    measured = [
        MeasuredColumn(
            at,
            table.header[at].strip(),
            _sent_as(table.header[at], heading, catalogue),
            heading.power or 0,
            flags.of_parameter(heading.parameter),
        )
        for at, heading in wide.items()
        if heading.span not in MEANS
    ]
    if not is_long and not measured:
        raise ValueError(f"{table.name}: the header names no parameter")
    flagged = tuple(table.header[at].strip() for at in sorted(flags.places))
    return CsvColumns(is_long, found.roles, found.time, tuple(measured), unread, flagged)


def column_remarks(table: Table, columns: CsvColumns) -> Iterator[str]:
    """What of the columns may surprise."""
    if columns.unread:
        yield f"not read: {one_line(', '.join(columns.unread))}"
    if columns.flags:
        yield f"read as flags of the device: {one_line(', '.join(columns.flags))}"
    for at, name in enumerate(table.header):
        if name.strip() in columns.unread and holds_marks(at, table.sample):
            yield f"{one_line(name.strip())} {UNAPPLIED}"


def read_value(text: str, decimal: DecimalMark | None, power: int) -> float | str:
    """What a cell without blanks around it says: a number, or in its own words that it is below detection.

    Raises:
        ValueError: It says neither: a phrase that quotes it.
    """
    value = number(text) if decimal != "," else None
    if value is not None:
        return shift(value, power) if power else value
    try:
        plain = plain_number(text, decimal)
    except ValueError as wrong:
        raise ValueError(f"{excerpt(text)} {wrong}") from None
    if plain is not None and (value := number(plain)) is not None:
        return shift(value, power) if power else value
    limit = parse_detection_limit(text.replace(",", ".") if decimal == "," else text)
    if limit is None:
        blank = "; --missing counts it as blank" if may_be_blank(text) else ""
        raise ValueError(f"{excerpt(text)} is not a decimal number{blank}")
    return text if limit == METHODS_OWN or not power else f"<{Decimal(limit).scaleb(power):f}"


def _check_repeated(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in map(str.strip, names):
        if name and name in seen:
            raise ValueError(f"column {one_line(name)} stands twice in the header")
        seen.add(name)


def _check_platform(header: Sequence[str]) -> None:
    names = {squeeze(name) for name in header}
    if any(form <= names for form in FORMS):
        raise ValueError("this is a table of the national platform: --format cnemc-air reads it")


def _check_needed(found: TableColumns, *, is_long: bool) -> None:
    there = {*found.roles, *(["time"] if found.time else [])}
    if lacking := sorted((LONG if is_long else WIDE) - there):
        raise ValueError(f"the header has no column {', '.join(lacking)}")


def _unread(
    table: Table, found: TableColumns, headings: Headings, flags: FlagColumns, *, is_long: bool
) -> tuple[str, ...]:
    """The columns that are passed over; refuses those that are neither known nor plainly words."""
    header = table.header
    means = [at for at, heading in found.parameters.items() if heading.span in MEANS]
    others = [at for at in (*found.others, *(found.parameters if is_long else ())) if at not in flags.places]
    check_marks(header[at] for at in others)
    _check_units([at for at in others if role_of(header[at]) == "unit"], table)
    unknown = [at for at in others if not _is_passed_over(at, table, headings)]
    if unknown:
        names = [one_line(header[at].strip()) for at in unknown]
        what = "not of the long form" if is_long else "no parameter id or HJ code, nor another name of one"
        raise ValueError(
            f'column {", ".join(names)}: {what}; --ignore-columns "{",".join(names)}" passes over it'
        )
    return tuple(header[at].strip() for at in sorted({*others, *means}))


def _check_units(places: Sequence[int], table: Table) -> None:
    """A wide table has a unit for each column, and none for the row."""
    for at in places:
        cells = (row[at].strip() for row in table.sample if at < len(row))
        if any(cell and spelling_of(cell) for cell in cells):
            name = one_line(table.header[at].strip())
            cure = "write it behind each parameter, pm25(mg/m3)"
            raise ValueError(
                f'column {name}: whose unit it is, is not certain; {cure}, or --ignore-columns "{name}"'
            )


def _is_passed_over(at: int, table: Table, headings: Headings) -> bool:
    if is_text(at, table.sample):
        return True
    has_none = bool(table.sample) and not holds_numbers(at, table.sample)
    return has_none and headings.likeness(table.header[at]) is None


def _sent_as(text: str, heading: Heading, catalogue: Catalogue) -> str:
    """What a message calls the parameter: as the file does, if that is an id or code.

    With a unit of its own a name for which no site declares another unit, lest it be converted twice.
    """
    row = catalogue.parameters[heading.parameter]
    if heading.unit is None:
        return text.strip() if catalogue.parameter(text.strip()) else row.id
    return unconverted_name(row, catalogue)


def read_unit(text: str, parameter: Parameter) -> int | None:
    """By which power of ten a value in this unit is moved into the catalogue's; None if it is none of it."""
    return power_of_ten(spelling_of(text) or text, parameter.unit)


def unconverted_name(row: Parameter, catalogue: Catalogue) -> str:
    """A name of the parameter under which no site's values are converted, for such as are already."""
    declared = {name for site in catalogue.sites.values() for name in site.units}
    return next((name for name in (row.id, *row.codes) if name not in declared), row.id)
