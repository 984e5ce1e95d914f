"""`liangqu export`: what the store holds, as CSV or a workbook, a month at a time: memory stays flat."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from liangqu.cli.options import Config, settings_of
from liangqu.cli.terminal import OUTPUT, MachineOutput, say
from liangqu.config.errors import ProblemError
from sensors.excerpt import csv_cell

if TYPE_CHECKING:
    import pandas as pd
    from _typeshed import SupportsWrite

    from ingest.stores.base import Store

READINGS = ("site", "parameter", "time", "value", "flag", "kind", "validity", "failed")
STATISTICS = (
    "site", "parameter", "statistic", "time", "value", "n", "expected", "valid", "closed", "limit", "target",
)  # fmt: skip
EVERY = "all"

_SHEET_ROWS = 1_048_575
_CHUNK = timedelta(days=31)
_EVER = datetime(1900, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)  # nothing is stored beyond
_CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
Row = list[Any]


def export(
    context: typer.Context,
    site: Annotated[str, typer.Argument(help="A site's, zone's or river's id, or all.", metavar="SITE")],
    *,
    start: Annotated[str, typer.Option("--from", help="ISO 8601; without offset it is Shanghai's time.")],
    end: Annotated[str, typer.Option("--to", help="Where it ends; this moment is no longer in it.")],
    statistic: Annotated[
        str | None, typer.Option(help="A statistic such as day or 24h; without it the readings.")
    ] = None,
    form: Annotated[Literal["csv", "xlsx"], typer.Option("--format", help="What to write.")] = "csv",
    out: Annotated[
        Path | None, typer.Option(help="The file; without it CSV goes to standard output.", dir_okay=False)
    ] = None,
    config: Config = None,
) -> None:
    """Write readings or statistics as rows, times in Shanghai's clock with offset.

    Readings can be imported again: `liangqu import FILE --ignore-columns validity,failed`.
    """
    from ingest.stores.base import StoreAway
    from liangqu.cli.mark import _time
    from liangqu.config.factories import open_catalogue, open_store
    from sensors.catalogue.places import area_names

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    span = _time("--from", start), _time("--to", end)
    if span[1] <= span[0]:
        raise ProblemError(f"--to {end} is not after --from {start}")
    if site not in {EVERY, *catalogue.places, *area_names(catalogue)}:
        raise ProblemError(f"{site!r} is not in the catalogue; liangqu check names the sites")
    if form == "xlsx" and out is None:
        raise ProblemError("--format xlsx needs --out FILE")
    store = open_store(settings)
    head = READINGS if statistic is None else STATISTICS
    try:
        rows = _rows(store, site, statistic, span)
        written = _write_xlsx(out, head, rows) if form == "xlsx" and out else _write_csv(out, head, rows)
    except StoreAway as away:
        raise ProblemError(f"store: {away}", exit_code=1) from None
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise ProblemError(f"{out or OUTPUT}: {error.strerror}", exit_code=1) from None
    finally:
        store.close()
    if not written:
        raise ProblemError(f"nothing is stored for {site} in that interval", exit_code=1)
    say(f"{written} rows", err=True)


def _rows(store: "Store", site: str, statistic: str | None, span: tuple[datetime, datetime]) -> Iterator[Row]:
    """Row by row, a month of a measurement at a time."""
    tags = {} if site == EVERY else {"site": site}
    media = ("air", "water") if statistic is None else ("statistic",)
    if statistic is not None:
        tags["statistic"] = statistic
    head = READINGS if statistic is None else STATISTICS
    first, end = max(span[0], _EVER[0]), min(span[1], _EVER[1])
    while first < end:
        past = min(first + _CHUNK, end)
        for medium in media:
            yield from _of_frame(store.points(medium, first, past, tags), head)
        first = past


def _of_frame(frame: "pd.DataFrame", head: Sequence[str]) -> Iterator[Row]:
    import pandas as pd

    from sensors.calendar import SHANGHAI

    if not len(frame):
        return
    index = pd.DatetimeIndex(frame.index)
    frame = frame.assign(time=[stamp.isoformat() for stamp in index.tz_convert(SHANGHAI)])
    for row in frame[list(head)].itertuples(index=False):
        yield [None if cell != cell else cell for cell in row]  # noqa: PLR0124 - NaN is what has no value


@contextmanager
def _opened(out: Path | None) -> Iterator["SupportsWrite[str]"]:
    if out is None:
        yield MachineOutput()
        return
    with out.open("w", encoding="utf-8", newline="") as file:
        yield file


def _write_csv(out: Path | None, head: Sequence[str], rows: Iterator[Row]) -> int:
    """The rows as CSV; how many. Yes and no are `true` and `false`."""
    written = 0
    with _opened(out) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        for row in rows:
            writer.writerow([str(cell).lower() if isinstance(cell, bool) else csv_cell(cell) for cell in row])
            written += 1
    return written


def _write_xlsx(out: Path, head: Sequence[str], rows: Iterator[Row]) -> int:
    """The rows as a workbook with a frozen header; how many.

    Raises:
        ProblemError: they are more than a sheet holds.
    """
    import xlsxwriter

    written = 0
    with xlsxwriter.Workbook(str(out), {"constant_memory": True, "strings_to_numbers": False}) as book:
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
    return written
