"""The recompute job: works off the days queued by late data, revisions and imports.

A place's days at a time. First everything that was outgoing when its rows were read has to be in the store,
then the raw readings are read, and what comes of them is handed to the pipeline, which takes it in and takes
the days out of the queue in one transaction. Zones and rivers come after their sites.
"""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from ingest.journal import requests
from ingest.journal.file import Journal
from ingest.journal.requests import RecomputeRequest
from ingest.recompute import planner
from ingest.statistics.places import Places
from ingest.stores.base import Store
from ingest.stores.sender import is_store_known
from sensors.catalogue.model import Catalogue

if TYPE_CHECKING:
    from ingest.recompute.model import RecomputePlan, RecomputeResult, ReplayAlerts

PUT_OFF_S = 600.0

HandOff = Callable[["RecomputeResult"], bool]


class RecomputeJob:
    """Works off the recompute queue, one place's days per step; used by one thread.

    Args:
        journal: Where the queue is.
        store: Where the raw readings are; no other thread uses this object.
        catalogue: Sites, zones and rivers.
        hand_over: Gives a result to the pipeline; returns whether it was applied.
        rules: Replays the days through the rules; None without alerts.
    """

    def __init__(
        self,
        journal: Journal,
        store: Store,
        catalogue: Catalogue,
        hand_over: HandOff,
        rules: "ReplayAlerts | None" = None,
    ) -> None:
        self._journal = journal
        self._store = store
        self._places = Places(catalogue)
        self._hand_over = hand_over
        self._rules = rules
        self._plan: RecomputePlan | None = None
        self._at = ""
        self._put_off: dict[str, float] = {}

    def step(self) -> bool:
        """Compute some days; False when there are none, or not yet.

        Raises:
            StoreAway: nothing was done; the same call later does it.
        """
        if self._plan is None:
            self._plan = self._next()
        plan = self._plan
        if plan is None or not self._is_stored(plan.outgoing):
            return False
        from ingest.recompute.compute import compute  # noqa: PLC0415 - pandas takes half a second

        made = compute(plan, self._places, self._store, self._journal.connection(), self._rules)
        self._plan = None  # whatever comes of it, the next plan is a fresh one
        return self._hand_over(made)

    def renew(self, store: Store) -> None:
        """After an unexpected failure of a step: use a new store object and postpone the failing place."""
        self._store = store
        self._put_off[self._at] = monotonic() + PUT_OFF_S
        self._plan = None

    def _is_stored(self, up_to: int) -> bool:
        """Whether everything outgoing with a number up to this one has reached the store."""
        query = "SELECT 1 FROM outgoing WHERE id <= ? LIMIT 1"
        return self._journal.connection().execute(query, (up_to,)).fetchone() is None

    def _next(self) -> "RecomputePlan | None":
        if not is_store_known(self._journal):
            return None
        now = monotonic()
        self._put_off = {place: until for place, until in self._put_off.items() if until > now}
        with self._journal.snapshot() as connection:
            asked = requests.next_requests(connection, self._put_off)
            self._at = asked[0].site if asked else ""
            place = self._places.get(self._at) if asked else None
            if place is not None:
                return planner.plan(connection, self._places, place, asked)
        self._drop(asked)
        return None

    def _drop(self, asked: Sequence[RecomputeRequest]) -> None:
        """The catalogue no longer knows the place: nothing can be computed."""
        if asked:
            with self._journal.transaction() as connection:
                requests.complete_recompute(connection, asked)
