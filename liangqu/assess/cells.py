"""The cells of items: their columns and their values."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from math import inf

from msgspec import Struct

from liangqu.assess.rows import Unassessable, UnreadableCell
from sensors.catalogue.model import Catalogue, Parameter
from sensors.decoding.below_detection import METHODS_OWN, parse_detection_limit
from sensors.decoding.tables.columns import TableColumns, is_text, read_columns
from sensors.decoding.tables.flags import FlagColumns, check_marks, find_flags
from sensors.decoding.tables.headings import Headings, Role
from sensors.decoding.tables.numerals import DecimalMark, is_blank, is_plain, may_be_blank, plain_number
from sensors.excerpt import one_line
from sensors.model import Medium
from sensors.standards.below_detection import counted_below

# A float holds any decimal of 15 significant digits; a longer text is read as an exact decimal.
_FLOAT_DIGITS = 15

# The same texts repeat in a column; bounded, so that memory stays flat.
cached = lru_cache(maxsize=8192)


class TableHead(Struct, frozen=True):
    """What is known of a table before its rows are read.

    Attributes:
        header: The columns' names.
        sample: Some of its first rows.
        catalogue: Whose parameters its columns are.
        decimal: The mark before the fraction; None if the table does not tell.
        missing: Texts that count as blank, beside the usual ones.
        ignore: Columns that the user passes over.
        time_format: How times are written, as of `strptime`; None reads what is unambiguous.
        detection_limits: What `ND` is below, by parameter id, in the catalogue's units.
    """

    header: Sequence[str]
    sample: Sequence[Sequence[str]]
    catalogue: Catalogue
    decimal: DecimalMark | None = "."
    missing: Collection[str] = ()
    ignore: Collection[str] = ()
    time_format: str | None = None
    detection_limits: Mapping[str, str] = {}


class ValueReader(Struct, frozen=True):
    """Reads the values of one column: in which unit, how written, which are possible (both ends are).

    `detection_limit` is the method's own, in the catalogue's unit; None if it is not known.
    """

    medium: Medium
    unit: str
    low: float
    high: float
    power: int = 0
    decimal: DecimalMark | None = "."
    missing: Collection[str] = ()
    detection_limit: str | None = None

    def __call__(self, text: str) -> float | Decimal | None:
        """The value in the catalogue's unit; None for a blank cell.

        `<0.02` and `0.02L` are half of that detection limit, `ND` of the method's. A float where it holds all
        digits of the text, an exact decimal otherwise.

        Raises:
            ValueError: The cell is not a number, or outside the physical range: a phrase that says so.
        """
        if self.decimal == "," or not is_plain(text) or text in self.missing:
            stripped = text.strip()
            if is_blank(stripped, self.missing):
                return None
            plain = plain_number(stripped, self.decimal)
            value = self._below(stripped) if plain is None else _number(plain)
        else:
            value = float(text) if len(text) <= _FLOAT_DIGITS else _number(text)
        if self.power:
            value = Decimal(str(value)).scaleb(self.power)
        if self.low <= value <= self.high:
            return value
        raise ValueError(self._impossible(value))

    def _below(self, text: str) -> Decimal:
        limit = parse_detection_limit(text.replace(",", ".") if self.decimal == "," else text)
        if limit is None:
            blank = "; --missing counts it as blank" if may_be_blank(text) else ""
            raise ValueError(f"is not a number{blank}")
        if limit != METHODS_OWN:
            return counted_below(limit, self.medium)
        if self.detection_limit is None:
            raise ValueError("names no detection limit; --detection-limit does")
        return counted_below(self.detection_limit, self.medium).scaleb(-self.power)

    def _impossible(self, value: float | Decimal) -> str:
        if value < 0 <= self.low:
            return "is negative"
        return f"lies outside {self.low:g} to {self.high:g} {self.unit}".removesuffix(" –")


def _number(text: str) -> float | Decimal:
    value = float(text)
    if abs(value) == inf:
        raise ValueError("is not a number")
    return value if len(text) <= _FLOAT_DIGITS else Decimal(text)


def table_columns(
    head: TableHead, medium: Medium, items: Collection[str], roles: Collection[Role]
) -> tuple[TableColumns, FlagColumns]:
    """The columns of a table about one medium, of which `items` are what is assessed; those of flags.

    Raises:
        Unassessable: A column stands twice, its unit does not convert, it looks like an item and is not one
            for certain, or it judges values and is not read; two mark the same values; none is an item.
    """
    headings, both = Headings(head.catalogue, medium), Headings(head.catalogue)
    try:
        found = read_columns(head.header, headings, ignore=head.ignore, roles=roles)
        flags = find_flags(head.header, found.others, headings)
        others = [at for at in found.others if at not in flags.places]
        check_marks(head.header[at] for at in others)
    except ValueError as wrong:
        raise Unassessable(str(wrong)) from None
    unread = [at for at in others if not is_text(at, head.sample) and both.heading(head.header[at]) is None]
    alike = [(at, like) for at in unread if (like := headings.likeness(head.header[at], items)) is not None]
    if alike:
        raise Unassessable(_unread([(head.header[at].strip(), like) for at, like in alike]))
    if not any(heading.parameter in items for heading in found.parameters.values()):
        raise Unassessable(f"none of the columns is an item to assess: {', '.join(items)}")
    return found, flags


def value_readers(head: TableHead, columns: TableColumns) -> dict[int, ValueReader]:
    """What reads the cells of each parameter's column, by its place."""
    return {
        at: _reader(head.catalogue.parameters[heading.parameter], heading.power or 0, head)
        for at, heading in columns.parameters.items()
    }


def _reader(row: Parameter, power: int, head: TableHead) -> ValueReader:
    own = head.detection_limits.get(row.id)
    return ValueReader(row.medium, row.unit, row.low, row.high, power, head.decimal, head.missing, own)


class UncountedCells:
    """The cells of columns that do not count for the result: what is wrong with them is said all the same."""

    def __init__(self, header: Sequence[str], readers: Iterable[tuple[int, ValueReader]]) -> None:
        self._header = header
        self._readers = [(at, cached(partial(ValueReader.__call__, reader))) for at, reader in readers]

    def check(self, row: Sequence[str], bad: list[UnreadableCell]) -> None:
        """Add those of a row that cannot be read."""
        for at, read in self._readers:
            try:
                read(row[at])
            except ValueError as wrong:
                bad.append(UnreadableCell(self._header[at], row[at], str(wrong), counts=False))


def _unread(alike: Sequence[tuple[str, str]]) -> str:
    named = [
        f"{one_line(text)} looks like {like}" if like else f"{one_line(text)} has a unit"
        for text, like in alike
    ]
    passed = one_line(",".join(text for text, _ in alike))
    ways = f'rename it, or pass it over with --ignore-columns "{passed}"'
    return f"column {', column '.join(named)}, and is not read: {ways}"
