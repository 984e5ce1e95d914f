"""The recompute queue without a service: the parts of `liangqu run` that it needs, stepped in turn."""

from collections.abc import Iterable
from datetime import UTC, datetime

from ingest.journal import audit, requests
from ingest.journal.file import Journal, JournalInUseError
from ingest.journal.review.locks import admit_change
from ingest.pipeline import Pipeline
from ingest.recompute.job import RecomputeJob
from ingest.stores.base import FormerLayoutError, StoreAway
from ingest.stores.former_sites import with_former_sites
from ingest.stores.sender import StoreSender
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_alerting, open_journal, open_notify, open_store
from liangqu.config.settings import Settings
from liangqu.tasks.declared.day_approval import locks_told
from liangqu.tasks.progress import Advance, Progress, silent
from sensors.catalogue.model import Catalogue
from sensors.section import parse_size


def recompute_days(
    settings: Settings,
    catalogue: Catalogue,
    requested: Iterable[tuple[str, str]],
    progress: Progress = silent,
    *,
    reason: str = "",
    by: str = "",
) -> int | None:
    """Queue days, each a place's id and an ISO date, and compute all that is queued.

    Approved days are requested with a reason and a name.

    Returns:
        How many days were computed; None if a running service has the journal and will do it.

    Raises:
        ProblemError: the store cannot be reached; the queue stays. Or an approved day is requested without
            a reason.
    """
    journal, days = open_journal(settings), sorted(requested)
    try:
        with locks_told(), journal.transaction() as connection:
            now = datetime.now(UTC)
            admit_change(connection, days, "recompute", by=by, reason=reason, now=now)
            requests.queue_recompute(connection, days, "command")
            if days:
                span = {"from": min(day for _, day in days), "to": max(day for _, day in days)}
                places = dict.fromkeys(place for place, _ in days)
                audit.record(connection, "recompute", places, now, why=reason, by=by, details=span)
        with progress("days") as advance:
            return catch_up(settings, catalogue, journal, advance)
    except StoreAway as away:
        left = f"days that stay queued: {requests.count_recompute_rows(journal.connection())}"
        code = 2 if isinstance(away, FormerLayoutError) else 1
        raise ProblemError(f"store: {away}; {left}", exit_code=code) from None
    finally:
        journal.close()


def catch_up(settings: Settings, catalogue: Catalogue, journal: Journal, advance: Advance) -> int | None:
    """Work off the queue; how many days it held, or None if a service has the journal and will do it.

    `advance` gets the number of days done; days of zones and rivers are added on the way.

    The register of episodes follows; notifications about it are sent when the service runs.

    Raises:
        ProblemError: rules or the notify file cannot be used.
        StoreAway: the store does not answer; what is done is done, the rest stays in the queue.
    """
    try:
        journal.own()
    except JournalInUseError:
        return None
    (prefix, *others), limit = settings.mqtt.served, parse_size(settings.journal.quarantine_limit)
    store, reader = open_store(settings), open_store(settings)
    try:
        sender = StoreSender(journal, store, prefix=prefix)
        alerting = open_alerting(settings, catalogue, open_notify(settings))
        pipeline = Pipeline(
            journal,
            catalogue,
            settings.bounds(),
            prefix=prefix,
            other_prefixes=others,
            quarantine_limit=limit,
            observer=alerting,
        )
        recompute = RecomputeJob(
            journal, with_former_sites(reader, catalogue), catalogue, pipeline.apply, alerting.replays
        )
        done, is_closed = 0, False
        while True:
            _send_all(sender)
            left = requests.count_recompute_rows(journal.connection())
            if not left and is_closed:
                return done
            if not left:  # may ask for days again that are older than live series hold
                pipeline.close_silent()
                is_closed = True
                continue
            recompute.step()
            done += max(0, left - requests.count_recompute_rows(journal.connection()))
            advance(done)
    finally:
        store.close()
        reader.close()


def _send_all(sender: StoreSender) -> None:
    while sender.step(datetime.now(UTC)):
        pass
