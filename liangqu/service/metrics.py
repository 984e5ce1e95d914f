"""The figures of /metrics, read from the journal's accounts at one moment, so that their sums hold.

Their names are in docs/reference/http.md.
"""

from collections import Counter as Counts
from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client.core import CounterMetricFamily as Counter
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import Metric

from alerts.notify import outbox
from ingest.journal import accounting, check_state, held, sessions
from ingest.journal.file import Journal, used_bytes
from ingest.sites.unused import Unused
from liangqu.service.wording import logs
from liangqu.service.worker import Worker


def journal_metrics(journal: Journal, limit: int) -> Iterator[Metric]:
    """The families of one snapshot of the journal; above `limit` bytes nothing is acknowledged."""
    with journal.snapshot() as connection:
        accounts = accounting.read_counts(connection)
        last_seen = check_state.last_seen(connection)
        used = used_bytes(connection)
        held_items = held.count_held_items(connection)
    yield from _messages(accounts)
    yield from _items(accounts)
    text = "Of the outgoing items, those of what the store refuses as a whole."
    yield Gauge("liangqu_items_held", text, held_items)
    yield _tolerated(accounts)
    yield Gauge("liangqu_journal_bytes", "Used bytes of the journal file.", used)
    yield Gauge("liangqu_journal_limit_bytes", "Above this nothing is acknowledged.", limit)
    text = "1 while the journal's file is not where it was opened: nothing is acknowledged."
    yield Gauge("liangqu_journal_gone", text, float(bool(journal.gone())))
    last_messages = Gauge(
        "liangqu_last_message_timestamp_seconds", "When a site was last heard of.", labels=["site"]
    )
    yield labelled(last_messages, (([site], ms / 1000) for site, ms in last_seen.items()))
    notifications = Counter(
        "liangqu_notifications", "Notifications by channel and result.", labels=["channel", "result"]
    )
    results = _starting(accounts, outbox.COUNT).items()
    yield labelled(notifications, ((name.rsplit(":", 1), count) for name, count in results))
    text = "Lines of the log that could not be written since the start."
    yield Counter("liangqu_log_lines_dropped", text, logs.dropped()[0])
    yield from _sessions(accounts)


def unused_metrics(unused: Iterable[Unused]) -> Iterator[Metric]:
    """The series whose readings feed nothing."""
    series = Counts((one.site, one.reason) for one in unused)
    text = "Series whose readings are stored and feed nothing, by why."
    yield labelled(Gauge("liangqu_unused_series", text, labels=["site", "reason"]), series.items())


def _messages(accounts: Mapping[str, int]) -> Iterator[Metric]:
    yield Counter("liangqu_messages_received", "Messages taken into the inbox.", accounts["received"])
    yield Counter("liangqu_messages_processed", "Messages worked on.", accounts["processed"])
    yield Gauge("liangqu_messages_inbox", "Messages acknowledged, not yet worked on.", accounts["inbox"])


def _items(accounts: Mapping[str, int]) -> Iterator[Metric]:
    items = Counter("liangqu_items", "Items by what became of them.", labels=["outcome"])
    for outcome in accounting.OUTCOMES:
        items.add_metric([outcome], accounts[outcome])
    yield items
    yield Gauge("liangqu_items_outgoing", "Items on their way to the store.", accounts["outgoing"])
    yield Counter("liangqu_items_late", "Items stored though not newest.", accounts["late"])
    for name, text, label, prefix in (
        ("liangqu_quarantine", "Items ever refused.", "reason", accounting.REFUSED),
        ("liangqu_store_errors", "Failures of the store.", "kind", accounting.STORE_ERROR),
        (
            "liangqu_acknowledgements_passed_over",
            "Acknowledgements over MQTT of what is not ours, as of another shard.",
            "reason",
            accounting.PASSED_OVER,
        ),
        ("liangqu_internal_errors", "What was given up for a bug.", "what", accounting.INTERNAL_ERROR),
    ):
        counts = _starting(accounts, prefix).items()
        yield labelled(Counter(name, text, labels=[label]), (([value], count) for value, count in counts))


def _tolerated(accounts: Mapping[str, int]) -> Metric:
    text = "Messages that needed a tolerance to be read."
    found = _starting(accounts, accounting.TOLERATED).items()
    family = Counter("liangqu_tolerated", text, labels=["site", "tolerance"])
    return labelled(family, ((name.rsplit(":", 1), count) for name, count in found))


def _sessions(accounts: Mapping[str, int]) -> Iterator[Metric]:
    connections = sum(_starting(accounts, sessions.CONNECTIONS).values())
    yield Counter("liangqu_broker_connections", "Connections to the broker.", connections)
    text = "Sessions that the broker should have kept but no longer had."
    yield Counter("liangqu_broker_sessions_lost", text, accounts.get(sessions.LOST, 0))
    text = "Connections that apparently ended because another client used our client id."
    yield Counter("liangqu_broker_sessions_taken", text, accounts.get(sessions.TAKEN, 0))


def _starting(accounts: Mapping[str, int], prefix: str) -> dict[str, int]:
    """The accounts whose names begin so, by the rest of the name."""
    return {name.removeprefix(prefix): count for name, count in accounts.items() if name.startswith(prefix)}


def labelled(family: Counter | Gauge, samples: Iterable[tuple[Sequence[str], float]]) -> Metric:
    """The family with a sample for each set of labels, in their order."""
    for labels, value in sorted(samples):
        family.add_metric(labels, value)
    return family


def part_metrics(parts: Iterable[Worker]) -> Iterator[Metric]:
    """The condition of this process's parts; their figures start at 0 with it."""
    text = "Unexpected failures after which a part was restarted."
    restarts = Counter("liangqu_part_restarts", text, labels=["part"])
    text = "1 until a part has gone well for a minute again."
    failing = Gauge("liangqu_part_failing", text, labels=["part"])
    for part in parts:
        restarts.add_metric([part.name], part.restarts)
        failing.add_metric([part.name], bool(part.failing))
    yield restarts
    yield failing
