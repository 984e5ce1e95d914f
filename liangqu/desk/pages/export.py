"""*Export*: readings or statistics of a place as CSV or a workbook, also as they were known at a time."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from msgspec import Struct
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from liangqu.config.errors import ProblemError
from liangqu.desk.desk import FilesInForce
from liangqu.desk.page import Answer, NotShown, Page, Visit
from liangqu.tasks.export import EVERY, Row, exported_rows, heading, write_csv, write_workbook
from sensors.calendar import SHANGHAI
from sensors.catalogue.places import area_names
from sensors.model import Name
from sensors.standards.statistics import STORED, statistic_kind

LONGEST = timedelta(days=3700)
LONGEST_S = 45.0
"""So long the rows of a file may take: after a minute the connection ends. `liangqu export` has no bound."""
_DAY = timedelta(days=1)


class ExportChoice(Struct, frozen=True):
    """What is exported: of `span` the end is not; `statistic` None are readings, `as_of` None is now."""

    site: str
    statistic: str | None
    span: tuple[datetime, datetime]
    as_of: datetime | None
    form: str

    @property
    def file_name(self) -> str:
        """`<place>-day-2026-10-01-2026-10-31.csv`: with the last day, not the one after it."""
        first, last = (each.astimezone(SHANGHAI).date() for each in (self.span[0], self.span[1] - _DAY))
        return f"{self.site}-{self.statistic or 'readings'}-{first}-{last}.{self.form}"


def show(visit: Visit) -> Answer:
    """What can be chosen; the file itself once something is; and why it cannot be given."""
    if not _is_file(visit):
        return _content(visit)
    try:
        return _give(visit, _choice(visit))
    except ProblemError as error:
        return NotShown(_content(visit), visit.problem(error))


def _content(visit: Visit) -> dict[str, object]:
    today = visit.now.astimezone(SHANGHAI).date()
    given = {"from": today.replace(day=1).isoformat(), "to": today.isoformat(), **visit.query}
    return {
        "places": _places(visit.desk.files),
        "every": EVERY,
        "statistics": [(id_, statistic_kind(id_).name) for id_ in STORED],
        "asked": {key: given.get(key, "") for key in ("site", "from", "to", "statistic", "as_of", "format")},
    }


def _places(files: FilesInForce) -> Sequence[tuple[str, Sequence[tuple[str, Name]]]]:
    """Ids and names: zones and rivers, air stations, sections."""
    sites = files.catalogue.sites.values()
    return [
        ("areas", [*area_names(files.catalogue).items()]),
        ("air", [(site.id, site.name) for site in sites if site.medium == "air"]),
        ("water", [(site.id, site.name) for site in sites if site.medium == "water"]),
    ]


def _choice(visit: Visit) -> ExportChoice:
    files, query = visit.desk.files, visit.query
    site = files.catalogue.by_former.get(query["site"], query["site"])
    if site not in {EVERY, *files.catalogue.sites, *area_names(files.catalogue)}:
        raise ProblemError(visit.words("no_place", site=site))
    statistic = query.get("statistic") or None
    if statistic is not None and statistic not in STORED:
        raise ProblemError(visit.words("no_statistic"))
    span = _day(visit, "from"), _day(visit, "to") + _DAY
    if not timedelta() < span[1] - span[0] <= LONGEST:
        raise ProblemError(visit.words("no_span", days=LONGEST.days))
    as_of = query.get("as_of", "")
    if as_of and statistic is not None:
        raise ProblemError(visit.words("as_of_readings"))
    form = "xlsx" if query.get("format") == "xlsx" else "csv"
    return ExportChoice(site, statistic, span, _moment(visit, as_of) if as_of else None, form)


def _day(visit: Visit, key: str) -> datetime:
    try:
        day = date.fromisoformat(visit.query.get(key, ""))
        return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ProblemError(visit.words("no_days")) from None


def _moment(visit: Visit, text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ProblemError(visit.words("no_time")) from None


def _give(visit: Visit, choice: ExportChoice) -> FileResponse:
    """The file, as `liangqu export` writes it.

    Raises:
        ProblemError: nothing is stored there, the store is away, or what was known then cannot be told.
    """
    folder = tempfile.TemporaryDirectory(prefix="liangqu-export-")
    file = Path(folder.name) / choice.file_name
    try:
        written = _write(visit, choice, file)
    except BaseException:
        folder.cleanup()
        raise
    if not written:
        folder.cleanup()
        raise ProblemError(visit.words("empty"))
    return FileResponse(file, filename=choice.file_name, background=BackgroundTask(folder.cleanup))


def _write(visit: Visit, choice: ExportChoice, file: Path) -> int:
    settings, head = visit.desk.files.settings, heading(choice.statistic)
    with visit.desk.store() as store:
        rows, _ = exported_rows(settings, store, choice.site, choice.statistic, choice.span, choice.as_of)
        rows = _in_time(rows, visit)
        if choice.form == "xlsx":
            return write_workbook(file, head, rows)
        with file.open("w", encoding="utf-8", newline="") as out:
            return write_csv(out, head, rows)


def _in_time(rows: Iterator[Row], visit: Visit) -> Iterator[Row]:
    """The rows, as long as they come within `LONGEST_S`.

    Raises:
        ProblemError: they do not.
    """
    end = time.monotonic() + LONGEST_S
    for row in rows:
        if time.monotonic() > end:
            raise ProblemError(visit.words("too_long", seconds=round(LONGEST_S)))
        yield row


def _is_file(visit: Visit) -> bool:
    return "site" in visit.query


PAGES = (Page(path="/export", name="export", show=show, is_expensive=_is_file),)
