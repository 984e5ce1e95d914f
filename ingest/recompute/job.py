"""The recompute job: works off the days queued by late data, revisions and imports.

One place at a time. First everything that was outgoing when its requests were read has to be in the store,
then the raw readings are read, and the result is handed to the pipeline, which applies it and removes the
requests in one transaction. Zones and rivers come after their sites.
"""

from time import monotonic
from typing import TYPE_CHECKING

from ingest.journal import requests
from ingest.journal.file import Journal
from ingest.recompute import planner
from ingest.stores.base import Store
from ingest.stores.sender import is_store_known
from sensors.catalogue.model import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.recompute.model import RecomputePlan, RecomputeResult, ReplaysOf

POSTPONED_S = 600.0


class RecomputeJob:
    """Works off the recompute queue, some days of one place per step; used by one thread.

    Args:
        journal: Where the queue is.
        store: Where the raw readings are; no other thread uses this object.
        catalogue: Sites, zones and rivers.
        apply: Gives a result to the pipeline; returns whether it was applied.
        replays_of: The replays through which the rules see the days again; None without alerts.
    """

    def __init__(
        self,
        journal: Journal,
        store: Store,
        catalogue: Catalogue,
        apply: "Callable[[RecomputeResult], bool]",
        replays_of: "ReplaysOf | None" = None,
    ) -> None:
        self._journal = journal
        self._store = store
        self._catalogue = catalogue
        self._apply = apply
        self._replays_of = replays_of
        self._plan: RecomputePlan | None = None
        self._place = ""
        self._postponed: dict[str, float] = {}

    def step(self) -> bool:
        """Compute some days; False when there are none, or not yet.

        Raises:
            StoreAway: nothing was done; try again later.
        """
        if self._plan is None:
            self._plan = self._next_plan()
        plan = self._plan
        if plan is None or not self._is_stored(plan.outgoing):
            return False
        from ingest.recompute.compute import compute  # noqa: PLC0415 - pandas takes half a second

        self._store.check_layout()  # where no readings are found, stored statistics would be withdrawn
        result = compute(plan, self._catalogue, self._store, self._journal.connection(), self._replays_of)
        self._plan = None  # applied or not, the next plan is a fresh one
        return self._apply(result)

    def renew(self, store: Store) -> None:
        """After an unexpected failure of a step: use a new store object and postpone the failing place."""
        self._store = store
        self._postponed[self._place] = monotonic() + POSTPONED_S
        self._plan = None

    def _is_stored(self, up_to: int) -> bool:
        """Whether everything outgoing with a number up to this one has reached the store."""
        query = "SELECT 1 FROM outgoing WHERE id <= ? LIMIT 1"
        return self._journal.connection().execute(query, (up_to,)).fetchone() is None

    def _next_plan(self) -> "RecomputePlan | None":
        if not is_store_known(self._journal):
            return None
        now = monotonic()
        self._postponed = {place: until for place, until in self._postponed.items() if until > now}
        with self._journal.snapshot() as connection:
            queued = requests.next_requests(connection, self._postponed)
            self._place = queued[0].site if queued else ""
            if not queued:
                return None
            place = self._catalogue.places.get(self._place)
            if place is not None:
                return planner.plan(connection, self._catalogue, place, queued)
        with self._journal.transaction() as connection:  # no longer in the catalogue: nothing to compute
            requests.complete_recompute(connection, queued)
        return None
