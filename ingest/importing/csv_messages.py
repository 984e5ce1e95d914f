"""Cells of a file as the JSON messages that a station would have sent: for `replay` and for `import`."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import Struct, field, json

from ingest.importing.cells import BadCell, CsvReading, number
from sensors.model import NORMAL, Medium

_DEFAULT_KIND = "rtd"
_NO_LEVEL = frozenset("/+#\0")


class UnroutableCell(Struct, frozen=True):
    """A cell that makes no message, because its topic is unknown."""

    cell: CsvReading | BadCell
    detail: str


class CellMessage(Struct):
    """One JSON payload: what one site measured at one time; `time` is text where the file's is invalid.

    `line` is the first cell's; `bad` are the cells that are not readings, as the file has them.
    """

    medium: Medium
    site: str
    time: datetime | str
    kind: str
    line: int
    values: dict[str, float | str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    bad: list[BadCell] = field(default_factory=list)

    def topic(self, prefix: str) -> str:
        """Where a station would have published it."""
        return f"{prefix}/{self.medium}/{self.site}"

    def payload(self) -> bytes:
        """JSON of docs/reference/messages.md; defaults are left out."""
        body: dict[str, object] = {"time": self.time, "values": self.values}
        if self.flags:
            body["flags"] = self.flags
        if self.kind != _DEFAULT_KIND:
            body["kind"] = self.kind
        return json.encode(body)

    def add(self, cell: CsvReading | BadCell) -> None:
        """Add a value; a bad one is kept as in the file, so that it is refused where everybody can see it."""
        self.values[cell.parameter] = cell.value if isinstance(cell, CsvReading) else _as_it_stands(cell)
        if cell.flag != NORMAL:
            self.flags[cell.parameter] = cell.flag
        if isinstance(cell, BadCell):
            self.bad.append(cell)


def group_messages(
    cells: Iterable[CsvReading | BadCell], media: Mapping[str, Medium], medium: Medium | None = None
) -> Iterator[CellMessage | UnroutableCell]:
    """Group consecutive cells of one site, time and kind; a parameter that comes again begins a new message.

    Args:
        cells: From `csv_rows.rows`.
        media: What each site of the catalogue measures.
        medium: What sites outside it measure; None makes their cells unroutable.
    """
    current: CellMessage | None = None
    for cell in cells:
        home = media.get(cell.site, medium)
        wrong = _no_topic(cell)
        if wrong or home is None:
            unknown = f"site {cell.site!r} is not in the catalogue; --medium says what it measures"
            yield UnroutableCell(cell, wrong or unknown)
            continue
        if current is None or not _continues(current, cell):
            if current is not None:
                yield current
            current = CellMessage(home, cell.site, cell.time, cell.kind, cell.line)
        current.add(cell)
    if current is not None:
        yield current


def _continues(message: CellMessage, cell: CsvReading | BadCell) -> bool:
    return (
        cell.time == message.time
        and cell.site == message.site
        and cell.kind == message.kind
        and cell.parameter not in message.values
    )


def _as_it_stands(cell: BadCell) -> float | str:
    value = number(cell.value)
    return cell.value if value is None else value


def _no_topic(cell: CsvReading | BadCell) -> str | None:
    """Why this cell has no topic wherever its site is known; None if it has one."""
    if isinstance(cell, BadCell) and not (cell.site and cell.parameter):
        return f"{cell.reason}: {cell.detail}"
    if _NO_LEVEL.intersection(cell.site):
        return f"site {cell.site!r} cannot stand in a topic"
    return None
