"""The recompute queue without a service: the parts of `liangqu run` that it needs, stepped in turn."""

from collections.abc import Callable
from datetime import UTC, datetime

from ingest.journal import requests
from ingest.journal.file import Journal, JournalInUseError
from ingest.pipeline import Pipeline
from ingest.recompute.job import RecomputeJob
from ingest.stores.sender import StoreSender
from liangqu.config.factories import open_alerting, open_notify, open_store
from liangqu.config.schema import parse_size
from liangqu.config.settings import Settings
from sensors.catalogue.model import Catalogue


def catch_up(
    settings: Settings, catalogue: Catalogue, journal: Journal, advance: Callable[[int], None]
) -> int | None:
    """Work off the queue; how many days it held, or None if a service has the journal and will do it.

    `advance` is told how many are behind us; days of zones and rivers come up on the way.

    The register of episodes follows; who is to be told of it is told when the service runs.

    Raises:
        ProblemError: rules or the notify file cannot be used.
        StoreAway: the store does not answer; what is done is done, the rest stays in the queue.
    """
    try:
        journal.own()
    except JournalInUseError:
        return None
    prefix, limit = settings.mqtt.prefix, parse_size(settings.journal.quarantine_limit)
    store, raw = open_store(settings), open_store(settings)
    try:
        drain = StoreSender(journal, store, prefix=prefix)
        pipeline = Pipeline(
            journal,
            catalogue,
            settings.bounds(),
            prefix=prefix,
            quarantine_limit=limit,
            observer=open_alerting(settings, catalogue, open_notify(settings)),
        )
        recompute = RecomputeJob(journal, raw, catalogue, pipeline.apply, pipeline.replay_alerts)
        done = 0
        while True:
            while drain.step(datetime.now(UTC)):
                pass
            left = requests.count_recompute_rows(journal.connection())
            if not left:
                return done
            recompute.step()
            done += max(0, left - requests.count_recompute_rows(journal.connection()))
            advance(done)
    finally:
        store.close()
        raw.close()
