"""What the store holds, as CSV or a workbook, a month at a time: memory stays flat."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ingest.importing.exported import MARK, READING, to_mark_cells
from ingest.stores.base import Store
from liangqu.config.errors import ProblemError
from sensors.calendar import SHANGHAI
from sensors.excerpt import csv_cell
from sensors.marks import Mark, effective_marks

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

    from ingest.stores.known.as_of import KnownThen
    from liangqu.config.settings import Settings

READINGS = (*READING, *MARK)
STATISTICS = (
    "site", "parameter", "statistic", "time", "value", "n", "expected", "valid", "closed", "limit", "target",
)  # fmt: skip
EVERY = "all"
_VALIDITY = READING.index("validity")

_SHEET_ROWS = 1_048_575
_CHUNK = timedelta(days=31)
_EVER = datetime(1900, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)  # nothing is stored beyond
_CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_TEXT_STAYS_TEXT = {f"strings_to_{what}": False for what in ("numbers", "formulas", "urls")}
Row = list[Any]


def stored_rows(
    store: Store,
    site: str,
    statistic: str | None,
    span: tuple[datetime, datetime],
    marks: Sequence[Mark] = (),
    known: "KnownThen | None" = None,
) -> Iterator[Row]:
    """Rows of a place, or of `all`: readings as `READINGS` heads them, or a statistic as `STATISTICS`.

    A reading's validity is what counts under the marks in force. All on it are named, those that exclude
    it first, of these the one made last. With `known` they are as they were
    known then.

    Raises:
        StoreAway: while reading.
    """
    tags = {} if site == EVERY else {"site": site}
    media = ("air", "water") if statistic is None else ("statistic",)
    if statistic is not None:
        tags["statistic"] = statistic
    head = heading(statistic)
    marked = _MarkedRows(marks)
    first, end = max(span[0], _EVER[0]), min(span[1], _EVER[1])
    while first < end:
        past = min(first + _CHUNK, end)
        for medium in media:
            frame = store.points(medium, first, past, tags)
            frame = known.frame(frame) if known is not None else frame
            yield from _of_frame(frame, head) if statistic else map(marked.row, _of_frame(frame, READING))
        first = past


def exported_rows(
    settings: "Settings",
    store: Store,
    site: str,
    statistic: str | None,
    span: tuple[datetime, datetime],
    as_of: datetime | None = None,
) -> "tuple[Iterator[Row], KnownThen | None]":
    """As `stored_rows`, under the marks that are recorded; with a time as they were known at that time.

    What was known then counts, once the rows are read, those of which it is uncertain.

    Raises:
        ProblemError: that time is not over, or nobody recorded what was known then.
        StoreAway: the store does not answer.
    """
    from liangqu.tasks.declared.marks import recorded_marks

    known = None if as_of is None else _known_at(settings, store, as_of, site, span)
    record = recorded_marks(settings, store) if statistic is None else []
    marks = effective_marks(one for one in record if as_of is None or one.known <= as_of)
    return stored_rows(store, site, statistic, span, marks, known), known


def _known_at(
    settings: "Settings", store: Store, at: datetime, site: str, span: tuple[datetime, datetime]
) -> "KnownThen":
    from ingest.stores.known.as_of import NotRecordedError, known_then

    if at > datetime.now(UTC):
        raise ProblemError(f"--as-of {at.isoformat()}: that time is still to come")
    try:
        one = None if site == EVERY else site
        return known_then(store, at, span, one, max_ahead=settings.bounds().max_ahead)
    except NotRecordedError as error:
        raise ProblemError(f"--as-of: {error}; what was known before cannot be told", exit_code=1) from None


class _MarkedRows:
    """Readings with what people declared of them."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._by_site: dict[str, list[Mark]] = {}
        ranked = sorted(marks, key=lambda one: one.made, reverse=True)
        for mark in sorted(ranked, key=lambda one: not one.excludes):
            self._by_site.setdefault(mark.site, []).append(mark)

    def row(self, row: Row) -> Row:
        """A row under `READINGS`."""
        marks = self._on(row) if row[0] in self._by_site else []
        if marks and marks[0].excludes:
            row[_VALIDITY] = "invalid"
        return [*row, *to_mark_cells(marks)]

    def _on(self, row: Row) -> list[Mark]:
        time = datetime.fromisoformat(row[2])
        found = (one for one in self._by_site[row[0]] if one.concerns(row[0], row[1]))
        return [one for one in found if one.start <= time < one.end]


def _of_frame(frame: pd.DataFrame, head: Sequence[str]) -> Iterator[Row]:
    if not len(frame):
        return
    index = pd.DatetimeIndex(frame.index)
    frame = frame.assign(time=[stamp.isoformat() for stamp in index.tz_convert(SHANGHAI)])
    for row in frame[list(head)].itertuples(index=False):
        yield [None if cell != cell else cell for cell in row]  # noqa: PLR0124 - NaN is what has no value


def heading(statistic: str | None) -> Sequence[str]:
    """The columns of a statistic, or of readings."""
    return READINGS if statistic is None else STATISTICS


def write_csv(file: "SupportsWrite[str]", head: Sequence[str], rows: Iterable[Row]) -> int:
    """The rows as CSV; how many. Yes and no are `true` and `false`."""
    written = 0
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([str(cell).lower() if isinstance(cell, bool) else csv_cell(cell) for cell in row])
        written += 1
    return written


def write_workbook(out: Path, head: Sequence[str], rows: Iterable[Row]) -> int:
    """The rows as a workbook with a frozen header; how many.

    Raises:
        ProblemError: they are more than a sheet holds.
        OSError: the file cannot be written.
    """
    import xlsxwriter  # a workbook only

    written = 0
    packed = io.BytesIO()  # xlsxwriter's own file says on a full disk what nobody can catch
    with xlsxwriter.Workbook(packed, {"constant_memory": True, **_TEXT_STAYS_TEXT}) as book:
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet("export")
        bold = book.add_format({"bold": True, "bottom": 1})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(head) - 1, 14)
        sheet.set_column(head.index("time"), head.index("time"), 27)
        sheet.write_row(0, 0, head, bold)
        for row in rows:
            if written == _SHEET_ROWS:
                raise ProblemError(
                    f"a sheet holds {_SHEET_ROWS} rows; choose --format csv, or a shorter time"
                )
            written += 1
            sheet.write_row(written, 0, row)
    with packed.getbuffer() as content:
        out.write_bytes(content)
    return written
