"""What a file would bring, before anything of it is taken in: its series, what is refused."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

import pandas as pd
from msgspec import Struct

from dashboards.reports.revisions.approvals import month_of
from ingest.importing.cells import BadCell, Cells, CsvReading
from ingest.importing.tables.bounds import ReadBounds
from ingest.journal.review.locks import SiteDay
from ingest.stores.base import Store
from liangqu.config.errors import ProblemError
from sensors.calendar import shanghai_day
from sensors.catalogue.model import Catalogue
from sensors.model import RefusalReason

MOST_EXAMPLES = 5
MOST_CELLS = 1_000_000
"""Of a file that is looked at: what is packed is small, and its readings are all held in memory."""
BOUNDS = ReadBounds(unpacked=128 * 1024**2, rows=MOST_CELLS)
_AFTER = timedelta(milliseconds=1)


class SeriesPreview(Struct, frozen=True, kw_only=True):
    """What a file has of a site's parameter. `same` and `other` of it are stored already, as it is or not.

    `is_known`: the catalogue has both; else all of it is refused. A text for a value is in neither bound.
    """

    site: str
    parameter: str
    number: int
    first: datetime
    last: datetime
    least: float | None
    most: float | None
    same: int
    other: int
    is_known: bool


class RefusedPreview(Struct, frozen=True):
    """Cells that would be refused for a reason, and the first of them."""

    reason: RefusalReason
    number: int
    examples: tuple[BadCell, ...]


class ImportPreview(Struct, frozen=True):
    """The whole file; `approved` are months (`YYYY-MM`) in it whose report is approved.

    `changed` are the days of sites that it has anything of which is not stored as it is.
    """

    series: tuple[SeriesPreview, ...]
    refused: tuple[RefusedPreview, ...]
    approved: tuple[str, ...]
    changed: frozenset[SiteDay]

    @property
    def number(self) -> int:
        """How many readings it has."""
        return sum(one.number for one in self.series)


def preview_import(
    files: Mapping[str, Cells], catalogue: Catalogue, store: Store, approved: Iterable[str]
) -> ImportPreview:
    """Read all cells and compare them with the store; nothing is changed.

    Raises:
        ProblemError: while the cells are read; or they are more than `MOST_CELLS`.
        StoreAway: the store does not answer.
    """
    readings: dict[tuple[str, str], list[CsvReading]] = {}
    bad: dict[RefusalReason, list[BadCell]] = {}
    refused: Counter[RefusalReason] = Counter()
    months: set[str] = set()
    for number, cell in enumerate(chain.from_iterable(files.values()), start=1):
        if number > MOST_CELLS:
            raise ProblemError(f"more than {MOST_CELLS} readings; take such a file in by liangqu import")
        if isinstance(cell, CsvReading):
            readings.setdefault((cell.site, cell.parameter), []).append(cell)
            months.add(month_of(cell.time))
        else:
            refused[cell.reason] += 1
            if len(examples := bad.setdefault(cell.reason, [])) < MOST_EXAMPLES:
                examples.append(cell)
    changed: set[SiteDay] = set()
    return ImportPreview(
        tuple(_series(key, found, catalogue, store, changed) for key, found in sorted(readings.items())),
        tuple(RefusedPreview(reason, n, tuple(bad[reason])) for reason, n in refused.most_common()),
        tuple(sorted(months & {*approved})),
        frozenset(changed),
    )


def _series(
    key: tuple[str, str],
    found: Sequence[CsvReading],
    catalogue: Catalogue,
    store: Store,
    changed: set[SiteDay],
) -> SeriesPreview:
    """Of one series; the days that it changes are added to `changed`."""
    site, parameter = key
    times = [cell.time for cell in found]
    values = [cell.value for cell in found if isinstance(cell.value, float)]
    known = catalogue.parameter(parameter)
    is_known = site in catalogue.sites and known is not None
    id_ = parameter if known is None else known.id
    same = other = 0
    if is_known:
        stored = dict(_stored(store, catalogue, site, id_, (min(times), max(times) + _AFTER)))
        held = [(cell.value, stored.get((cell.time, cell.kind))) for cell in found]
        same = sum(value is not None and value == new for new, value in held)
        other = sum(value is not None and value != new for new, value in held)
        new_times = (cell.time for cell, (new, value) in zip(found, held, strict=True) if value != new)
        changed.update((site, shanghai_day(time)) for time in new_times)
    return SeriesPreview(
        site=site, parameter=id_, number=len(found), first=min(times), last=max(times),
        least=min(values, default=None), most=max(values, default=None),
        same=same, other=other, is_known=is_known,
    )  # fmt: skip


def _stored(
    store: Store, catalogue: Catalogue, site: str, parameter: str, span: tuple[datetime, datetime]
) -> Iterator[tuple[tuple[datetime, str], float]]:
    """Values by time and kind, as they came."""
    frame = store.points(catalogue.sites[site].medium, *span, {"site": site, "parameter": parameter})
    if not len(frame):
        return
    index = pd.DatetimeIndex(frame.index)
    for time, kind, value in zip(index.to_pydatetime(), frame["kind"], frame["value"], strict=True):
        yield (time, kind), value
