"""Figures of what is so now, to raise alarms on: parts, events, silences, stations, the program itself."""

import platform
from collections import Counter as Counts
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from prometheus_client.core import CounterMetricFamily as Counter
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import Metric

from alerts.events import register
from alerts.notify import silences
from alerts.notify.sending import results
from alerts.rules.definition import SEVERITIES
from ingest.journal import requests, site_clocks
from ingest.journal.file import Journal
from ingest.sites.activity import read_activities
from ingest.sites.clock import ClockLimits
from liangqu import __version__
from liangqu.service.metrics import labelled
from liangqu.service.self_monitoring import STATES, count_states, queue_ages
from sensors.calendar import to_ms
from sensors.catalogue.model import Catalogue


def process_metrics(
    started: datetime, troubles: Mapping[str, str], readings: Mapping[str, int], shard: str = ""
) -> Iterator[Metric]:
    """Of this process: what it is, which of its parts can work, how much it took from each site."""
    text = "1; the version of liangqu and of Python."
    build = Gauge("liangqu_build_info", text, labels=["version", "python"])
    yield labelled(build, [([__version__, platform.python_version()], 1.0)])
    text = "1; the name of this service among several that share the work, empty for the only one."
    yield labelled(Gauge("liangqu_shard_info", text, labels=["shard"]), [([shard], 1.0)])
    yield Gauge("liangqu_start_time_seconds", "When the service was started.", to_ms(started) / 1000)
    text = "1 while a part can work, 0 while it cannot; the parts are those of /readyz."
    up = Gauge("liangqu_up", text, labels=["part"])
    yield labelled(up, (([part], float(not words)) for part, words in troubles.items()))
    text = "Readings taken from a site since the start or a reload, late and repeated ones too."
    taken = Counter("liangqu_readings", text, labels=["site"])
    yield labelled(taken, (([site], count) for site, count in readings.items()))


def state_metrics(
    journal: Journal, catalogue: Catalogue, limits: ClockLimits, now: datetime
) -> Iterator[Metric]:
    """Of one snapshot of the journal: what is open, what waits and for how long, how stations are heard."""
    with journal.snapshot() as connection:
        events = [event.severity for event in register.open_events(connection) if event.calm is None]
        silenced = len(silences.in_force(connection, now))
        waiting = results.count_waiting(connection)
        ages = queue_ages(connection, now)
        days = requests.count_recompute_rows(connection)
        active = {one.site.id: one for one in read_activities(connection, catalogue, limits)}
        clocks = site_clocks.read(connection)
    yield _counted("liangqu_open_events", "Open events, by severity.", "severity", SEVERITIES, events)
    yield Gauge("liangqu_silences", "Silences in force.", silenced)
    text = "Notifications that wait to be sent, those that are not due too."
    pending = Gauge("liangqu_notifications_waiting", text, labels=["channel"])
    yield labelled(pending, (([channel], count) for channel, count in waiting.items()))
    text = "For how long the oldest of a queue has waited; 0 if nothing waits."
    age = Gauge("liangqu_oldest_waiting_seconds", text, labels=["queue"])
    yield labelled(age, (([queue], seconds) for queue, seconds in ages.items()))
    yield Gauge("liangqu_recompute_days", "Places and days that wait to be recomputed.", days)
    states = count_states(catalogue, active, now)
    text = "Stations and sections that are not switched off, by how they are heard."
    yield _counted("liangqu_sites", text, "state", STATES, states.elements())
    text = "After how long without readings a site that is not switched off is silent."
    late = Gauge("liangqu_site_late_after_seconds", text, labels=["site"])
    sites = (site for site in catalogue.sites.values() if site.active)
    yield labelled(late, (([site.id], site.late_after.total_seconds()) for site in sites))
    text = "How far the newest time in a site's last message was behind its receipt; negative: ahead."
    offset = Gauge("liangqu_site_clock_behind_seconds", text, labels=["site"])
    yield labelled(offset, (([site], one.behind_ms / 1000) for site, one in clocks.items()))


def _counted(name: str, text: str, label: str, all_: Sequence[str], found: Iterable[str]) -> Metric:
    """How many of each, 0 of what is not there."""
    counts = Counts(found)
    return labelled(Gauge(name, text, labels=[label]), (([each], float(counts[each])) for each in all_))
