"""Readings that were revised or came late, as the store recorded their arrival."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pandas as pd
from msgspec import Struct

from dashboards.reports.content.series import times_of
from ingest.stores.base import Store
from ingest.stores.reconcile import YIELDED

_CENTURY = timedelta(days=36525)


class Revision(Struct, frozen=True):
    """A reading of the time `of` that was given another value or came `late`; when and whence we got that."""

    site: str
    parameter: str
    of: datetime
    received: datetime
    source: str
    late: bool


def read_arrivals(store: Store, start: datetime, end: datetime) -> Iterator[Revision]:
    """Revisions and late readings of `start` to `end`, in the order of receipt; what yielded is none.

    Raises:
        StoreAway: the store does not answer.
    """
    frame = store.points("revision", start, end + _CENTURY)
    frame = frame[~frame["source"].str.endswith(YIELDED)]
    for received, row in zip(times_of(frame.index), frame.to_dict("records"), strict=True):
        of = datetime.fromisoformat(row["of"])
        if start <= of <= end:
            is_late = bool(pd.isna(row["former"]))
            yield Revision(row["site"], row["parameter"], of, received, row["source"], is_late)
